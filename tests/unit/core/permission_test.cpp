#include "support/temp_dir.hpp"

#include <shopbell/core/permission.hpp>

#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

namespace shopbell {
namespace {

constexpr ::uid_t nobody = 65534;

/// Of a service that every Debian has.
struct account {
    ::uid_t user;
    ::gid_t group;
};

/// A file that only root can lay down for others, and what somebody else is told of it.
class a_closed_file : public testing::Test {
protected:
    a_closed_file() {
        if (::geteuid() != 0)
            return;
        const auto* const found = ::getpwnam("daemon");
        service_ = {found->pw_uid, found->pw_gid};
        for (auto folder = folder_.path(); folder != "/tmp" && folder != "/"; folder = folder.parent_path())
            EXPECT_EQ(::chmod(folder.c_str(), 0755), 0);
        test::write_file(path_, "secret");
    }

    void SetUp() override {
        if (::geteuid() != 0)
            GTEST_SKIP() << "only root can be somebody else";
    }

    /// In a process that ends with it, which prints what that user is told.
    void tell(::uid_t user) const {
        if (::setgid(user) != 0 || ::setuid(user) != 0)
            std::exit(1);
        const auto why = with_permission_advice(failure{errc::io, "cannot be read"}, path_, R_OK);
        std::cerr << '<' << why.reason << ">\n";
        std::exit(0);
    }
    void expect_told(::uid_t user, const std::string& advice) const {
        EXPECT_EXIT(tell(user), testing::ExitedWithCode(0), "<cannot be read" + advice + ">");
    }

    test::temp_dir folder_;
    const std::string path_ = folder_.file("secret");
    account service_{};
};

TEST_F(a_closed_file, of_root_is_root_s) {
    ASSERT_EQ(::chmod(path_.c_str(), 0600), 0);
    expect_told(nobody, "; run this as root, or sudo -u shopbell shopbell \\.\\.\\.");
}

TEST_F(a_closed_file, of_a_service_is_opened_as_that) {
    ASSERT_EQ(::chown(path_.c_str(), service_.user, service_.group), 0);
    ASSERT_EQ(::chmod(path_.c_str(), 0600), 0);
    expect_told(nobody, "; run this as root, or sudo -u daemon shopbell \\.\\.\\.");
}

TEST_F(a_closed_file, of_root_that_a_service_s_group_may_read_is_opened_as_that_service) {
    ASSERT_EQ(::chown(path_.c_str(), 0, service_.group), 0);
    ASSERT_EQ(::chmod(path_.c_str(), 0640), 0);
    expect_told(nobody, "; run this as root, or sudo -u daemon shopbell \\.\\.\\.");
}

TEST_F(a_closed_file, in_a_folder_of_a_service_is_opened_as_that) {
    ASSERT_EQ(::chown(folder_.path().c_str(), 0, service_.group), 0);
    ASSERT_EQ(::chmod(folder_.path().c_str(), 0750), 0);
    expect_told(nobody, "; run this as root, or sudo -u daemon shopbell \\.\\.\\.");
}

TEST_F(a_closed_file, that_its_own_user_may_not_use_has_to_be_opened_to_it) {
    ASSERT_EQ(::chown(path_.c_str(), service_.user, service_.group), 0);
    ASSERT_EQ(::chmod(path_.c_str(), 0), 0);
    expect_told(service_.user, "; let daemon use it: [^ ]+ belongs to daemon and has the mode 0000");
}

TEST_F(a_closed_file, is_no_matter_of_permissions_where_it_is_open_or_not_there) {
    ASSERT_EQ(::chmod(path_.c_str(), 0644), 0);
    expect_told(nobody, "");
    ASSERT_EQ(::unlink(path_.c_str()), 0);
    expect_told(nobody, "");
}

}  // namespace
}  // namespace shopbell
