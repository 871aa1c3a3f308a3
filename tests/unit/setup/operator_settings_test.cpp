#include "support/temp_dir.hpp"

#include <shopbell/setup/operator_settings.hpp>

#include <gtest/gtest.h>

namespace shopbell::test {
namespace {

class operator_settings_test : public ::testing::Test {
protected:
    operator_settings read(const std::string& toml) {
        write_file(folder_.file("test.toml"), toml);
        config::problems found(folder_.file("test.toml"));
        auto all = read_operator_settings(found.file(), found);
        problems_.clear();
        for (const auto& one : found.sorted())
            problems_.push_back(found.describe(one).substr(found.file().size()));
        return all;
    }

    temp_dir folder_;
    std::vector<std::string> problems_;
};

TEST_F(operator_settings_test, need_none_of_the_stores_secrets) {
    const auto all = read(R"([admin]
listen = "unix:/run/shopbell/admin.sock"
[inbox]
path = "/nowhere/inbox.db"
[[endpoint]]
name = "shop"
path = "/hooks"
provider = "jumpseller"
hooks_token_file = "/nowhere/secret"
[[sink]]
name = "disk"
type = "file"
path = "/nowhere/{date}.jsonl"
[[sink]]
name = "crm"
type = "forward"
url = "https://crm.example.com"
bearer_token_file = "/nowhere/secret"
[[route]]
events = ["**"]
sinks = ["disk"]
)");
    EXPECT_EQ(problems_, std::vector<std::string>());
    ASSERT_TRUE(all.admin.listen);
    EXPECT_EQ(all.admin.listen->unix_path, "/run/shopbell/admin.sock");
    EXPECT_EQ(describe_place(all.inbox), "/nowhere/inbox.db");
    ASSERT_EQ(all.sinks.size(), 2U);
    EXPECT_EQ(all.sinks[0].path, "/nowhere/{date}.jsonl");
    EXPECT_EQ(all.sinks[1].type, "forward");
    EXPECT_EQ(all.sinks[1].path, "");
    EXPECT_TRUE(may_take(all.routes, "disk", "jumpseller.order.paid", "shop"));
    EXPECT_FALSE(may_take(all.routes, "crm", "jumpseller.order.paid", "shop"));
}

TEST_F(operator_settings_test, have_the_defaults_of_the_contract) {
    const auto all = read("");
    EXPECT_EQ(all.admin.listen->to_string(), "127.0.0.1:9180");
    EXPECT_EQ(describe_place(all.inbox), "/var/lib/shopbell/inbox.db");
    EXPECT_EQ(problems_, std::vector<std::string>());
}

TEST_F(operator_settings_test, ask_for_the_token_where_one_is_configured) {
    (void)read("[admin]\ntoken_file = \"/nowhere/token\"\n");
    ASSERT_EQ(problems_.size(), 1U);
    EXPECT_NE(problems_[0].find("/nowhere/token"), std::string::npos);
    EXPECT_EQ(read("[admin]\ntoken = [\"new\", \"old\"]\n").admin.token.size(), 2U);
}

TEST_F(operator_settings_test, report_what_is_no_toml_and_leave_the_rest_to_check) {
    (void)read("[admin\n");
    EXPECT_EQ(problems_.size(), 1U);
    (void)read("[server]\nnonsense = 1\n[[sink]]\nname = 7\n[[route]]\nsinks = [\"nobody\"]\n");
    EXPECT_EQ(problems_, std::vector<std::string>());
    (void)read("[admin]\nlisten = \"nowhere\"\n");
    EXPECT_EQ(problems_.size(), 1U);
}

}  // namespace
}  // namespace shopbell::test
