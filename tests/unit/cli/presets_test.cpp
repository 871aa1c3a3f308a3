#include <shopbell/cli/presets.hpp>

#include <shopbell/cli/exit_status.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <sstream>

namespace shopbell::test {
namespace {

struct printed {
    int status;
    std::string out, err;
};

printed run_presets(const std::string& name, bool json = false) {
    std::ostringstream out, err;
    const auto status = presets(name, json, out, err);
    return {status, out.str(), err.str()};
}

TEST(the_command_presets, lists_each_with_the_name_of_its_store) {
    const auto all = run_presets("");
    EXPECT_EQ(all.status, exit_done);
    EXPECT_NE(all.out.find("woocommerce"), std::string::npos);
    EXPECT_NE(all.out.find("WooCommerce"), std::string::npos);
}

TEST(the_command_presets, prints_one_as_a_configuration_under_either_spelling) {
    const auto one = run_presets("lemon_squeezy");
    EXPECT_EQ(one.status, exit_done);
    EXPECT_EQ(one.out.substr(0, one.out.find('\n')), "[[endpoint]]");
    EXPECT_NE(one.out.find("provider = \"lemon_squeezy\""), std::string::npos);
    EXPECT_NE(one.out.find("signature = \"header:X-Signature\""), std::string::npos);
    EXPECT_EQ(run_presets("lemon-squeezy").out, one.out);
}

TEST(the_command_presets, gives_programs_an_object_for_each_or_the_whole_of_one) {
    std::istringstream lines(run_presets("", true).out);
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count)
        EXPECT_FALSE(nlohmann::json::parse(line)["name"].get<std::string>().empty());
    EXPECT_GE(count, 65U);

    const auto one = nlohmann::json::parse(run_presets("stripe", true).out);
    EXPECT_EQ(one["title"], "Stripe");
    EXPECT_EQ(one["toml"], run_presets("stripe").out);
}

TEST(the_command_presets, tells_a_store_with_code_from_one_that_is_not_known) {
    const auto coded = run_presets("jumpseller");
    EXPECT_EQ(coded.status, exit_usage);
    EXPECT_NE(coded.err.find("shopbell.toml(5)"), std::string::npos) << coded.err;
}

TEST(the_command_presets, knows_what_was_meant) {
    const auto wrong = run_presets("shopfy");
    EXPECT_EQ(wrong.status, exit_usage);
    EXPECT_EQ(wrong.out, "");
    EXPECT_NE(wrong.err.find("did you mean \"shopify\"?"), std::string::npos) << wrong.err;
}

}  // namespace
}  // namespace shopbell::test
