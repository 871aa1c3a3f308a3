#include "../src/config/secret_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace shopbell::config {
namespace {

constexpr ::uid_t us = 998, nobody_known = 4'123'456'789;
constexpr ::gid_t our_group = 997, our_other_group = 110, strange_group = 100;

struct secret_file_row {
    const char* name;
    ::uid_t owner;
    ::gid_t group;
    unsigned mode;
    std::string as_us;    ///< what the service's user is told
    std::string as_root;  ///< what root is told, who checks before it starts
};

class the_file_of_a_secret : public testing::TestWithParam<secret_file_row> {
protected:
    static std::string told(const file_reader& reader) {
        const auto& one = GetParam();
        return exposure_of("/etc/x/token", text_file{"abc", one.mode, one.owner, one.group}, reader);
    }
};

TEST_P(the_file_of_a_secret, is_for_its_reader_alone) {
    EXPECT_EQ(told({us, {our_group, our_other_group}, "shopbell"}), GetParam().as_us);
    EXPECT_EQ(told({0, {0}, "root"}), GetParam().as_root);
}

const std::string chmod = "; run: chmod 600 /etc/x/token";
const std::string chown = "; run: chown shopbell /etc/x/token";
const std::string both = chown + " && chmod 600 /etc/x/token";

INSTANTIATE_TEST_SUITE_P(
    files, the_file_of_a_secret,
    testing::Values(
        secret_file_row{"ours", us, our_group, 0600, "", ""},
        secret_file_row{"ours_read_only", us, our_group, 0400, "", ""},
        secret_file_row{"ours_for_the_group", us, our_group, 0640,
                        "can be read by other users (mode 0640)" + chmod,
                        "can be read by other users (mode 0640)" + chmod},
        secret_file_row{"ours_for_all", us, our_group, 0644, "can be read by other users (mode 0644)" + chmod,
                        "can be read by other users (mode 0644)" + chmod},
        secret_file_row{"ours_for_all_to_write", us, our_group, 0602,
                        "can be changed by other users (mode 0602)" + chmod,
                        "can be changed by other users (mode 0602)" + chmod},
        secret_file_row{"roots", 0, 0, 0600, "", ""},
        secret_file_row{"roots_for_our_group", 0, our_group, 0640, "", ""},
        secret_file_row{"roots_for_our_other_group", 0, our_other_group, 0440, "", ""},
        secret_file_row{"roots_for_roots_group", 0, 0, 0640, "can be read by other users (mode 0640)" + both,
                        "can be read by other users (mode 0640)" + chmod},
        secret_file_row{"roots_for_our_group_to_write", 0, our_group, 0660,
                        "can be read by other users (mode 0660)" + both,
                        "can be read by other users (mode 0660)" + chmod},
        secret_file_row{"roots_for_a_strange_group", 0, strange_group, 0640,
                        "can be read by other users (mode 0640)" + both, ""},
        secret_file_row{"roots_for_all", 0, 0, 0644, "can be read by other users (mode 0644)" + both,
                        "can be read by other users (mode 0644)" + chmod},
        secret_file_row{"a_strangers", nobody_known, our_group, 0600,
                        "belongs to another user (4123456789)" + chown, ""},
        secret_file_row{
            "a_strangers_for_all", nobody_known, our_group, 0604,
            "belongs to another user (4123456789) and can be read by other users (mode 0604)" + both,
            "can be read by other users (mode 0604)" + chmod}),
    [](const auto& one) { return one.param.name; });

TEST(the_command_that_mends_it, can_be_pasted_whatever_the_path) {
    const file_reader reader{us, {our_group}, "shopbell"};
    const text_file open{"abc", 0644, us, our_group};
    EXPECT_TRUE(exposure_of("/srv/shop's secrets/a $b", open, reader)
                    .ends_with(R"(run: chmod 600 '/srv/shop'\''s secrets/a $b')"));
}

TEST(this_process, reads_as_itself) {
    const auto reader = file_reader::this_process();
    EXPECT_EQ(reader.user, ::geteuid());
    EXPECT_FALSE(reader.user_name.empty());
    EXPECT_FALSE(reader.groups.empty());
}

}  // namespace
}  // namespace shopbell::config
