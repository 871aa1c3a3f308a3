#pragma once

#include "support/confinement.hpp"
#include "support/daemon.hpp"
#include "support/places.hpp"
#include "support/shop.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace shopbell::test {

/// A daemon under the unit's filters.
class confined : public ::testing::Test {
protected:
    void SetUp() override {
#ifdef SHOPBELL_SANITIZED
        GTEST_SKIP() << "the sanitizers' run-time makes system calls that the unit forbids";
#endif
        write_file(rules_,
                   confinement_rules(read_file(source_folder() + "/config/systemd/shopbell.service")));
        hand_over(place_.file("."));
        const auto tried = probe_confinement(rules_);
        if (tried.status.code == no_confinement)
            GTEST_SKIP() << tried.errors;
        ASSERT_EQ(tried.status.code, 0) << tried.errors;
    }

    /// Whoever it runs as, the folder is his, as the unit's StateDirectory= is.
    static void hand_over(const std::string& path) {
        if (::geteuid() == 0) {
            ASSERT_EQ(::chown(path.c_str(), confined_user, confined_user), 0) << path;
        }
    }

    /// `shopbell serve`, by a copy that anybody may run: the build's folder may be closed to others.
    [[nodiscard]] command serve_confined() const {
        auto how = serve(place_.config(), place_.file("."));
        how.arguments.front() = place_.file("shopbell");
        std::filesystem::copy_file(shopbell_binary(), how.arguments.front());
        return confine(std::move(how), rules_);
    }

    shop place_;
    std::string rules_ = place_.file("rules");
};

}  // namespace shopbell::test
