#include "support/confinement.hpp"
#include "support/daemon.hpp"
#include "support/eventually.hpp"
#include "support/http_peer.hpp"
#include "support/localhost.hpp"
#include "support/places.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>

// The daemon as config/systemd/shopbell.service confines it: system calls, address families, namespaces and
// memory by seccomp, no capabilities, no privileges, no user of its own. What a service manager does besides
// (mounts, devices) takes one.

namespace shopbell::test {
namespace {

namespace fs = std::filesystem;

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
        fs::copy_file(shopbell_binary(), how.arguments.front());
        return confine(std::move(how), rules_);
    }

    shop place_;
    std::string rules_ = place_.file("rules");
};

TEST_F(confined, what_the_unit_forbids_is_refused) {
    constexpr std::string_view refused =
        "chown EPERM\nsetpriority EPERM\nnetlink EAFNOSUPPORT\ninet ok\nmprotect EPERM\nmmap EPERM\n"
        "ptrace EPERM\nunshare EPERM\nchroot EPERM\n";
    EXPECT_EQ(probe_confinement(rules_).output, refused);
}

TEST_F(confined, and_only_because_the_unit_forbids_it) {
    const auto free = probe_confinement("").output;
    for (const auto* const name : {"chown", "setpriority", "netlink", "inet", "mprotect", "mmap", "ptrace"})
        EXPECT_NE(free.find(std::string(name) + " ok\n"), std::string::npos) << free;
}

TEST_F(confined, a_daemon_does_all_that_it_is_there_for) {
    SKIP_WITHOUT_LOCALHOST();
    const http_peer crm;
    const auto programs_own = place_.file("of-the-program.jsonl");
    const auto configure = [&](std::string_view more) {
        place_.write_config(
            {.admin = "listen = \"unix:" + place_.file("admin.sock") + "\"",
             .log = std::string(more),
             .sinks =
                 place_.file_and_log() +
                 forward_sink("crm", "http://localhost:" + std::to_string(crm.port())) +
                 "[[sink]]\nname = \"program\"\ntype = \"exec\"\ncommand = [\"/bin/sh\", \"-c\", \"cat >> " +
                 programs_own + "\"]\n[[route]]\nevents = [\"**\"]\nsinks = [\"program\"]\n"});
    };
    configure("");
    daemon running(serve_confined());
    const auto status = read_file("/proc/" + std::to_string(running.id()) + "/status");
    for (const auto* const line : {"\nCapEff:\t0000000000000000\n", "\nNoNewPrivs:\t1\n", "\nSeccomp:\t2\n"})
        EXPECT_NE(status.find(line), std::string::npos) << status;

    const auto id = running.send(jumpseller_request("order_paid", jumpseller_order(1))).id;
    for (const auto& path : {place_.events(), programs_own}) {
        const auto events = wait_for_events(path, 1);
        ASSERT_EQ(events.size(), 1U) << path;
        EXPECT_EQ(events[0]["id"], id) << path;
    }
    EXPECT_NE(crm.wait_for(1).at(0).body.find(id), std::string::npos);

    configure("level = \"debug\"");
    running.signal(SIGHUP);
    (void)running.wait_for_log({"\"reloaded\""});
    EXPECT_EQ(running.send(ejunkie_request("T1")).status, 200U);
    (void)wait_for_events(place_.events(), 2);
    (void)wait_for_events(programs_own, 2);
    EXPECT_EQ(running.stop().code, 0);
    EXPECT_EQ(running.written().find("not permitted"), std::string::npos) << running.written();
}

}  // namespace
}  // namespace shopbell::test
