#include <shopbell/ingest/endpoint.hpp>

#include <gtest/gtest.h>

namespace shopbell::test {

namespace {

std::vector<std::string> problems_of(std::string_view toml) {
    config::problems found("test.toml");
    {
        const auto source = config::file::from_text(toml, found);
        auto root = source.root();
        (void)read_endpoints(root);
    }
    std::vector<std::string> lines;
    for (const auto& one : found.sorted())
        lines.push_back(found.describe(one));
    return lines;
}

std::string table(std::string_view lines) {
    return "[[endpoint]]\nname = \"shop\"\npath = \"/hooks\"\nprovider = \"jumpseller\"\n" +
           std::string(lines);
}

TEST(endpoint, reads_its_keys) {
    config::problems found("test.toml");
    const auto source = config::file::from_text(
        table("auth = \"none\"\nallow = [\"203.0.113.0/24\"]\nexpect_every = \"6h\"\nkeep_rejected = true\n"),
        found);
    auto root = source.root();
    const auto endpoints = read_endpoints(root);
    ASSERT_FALSE(found.has_errors());
    ASSERT_EQ(endpoints.size(), 1U);
    EXPECT_EQ(endpoints[0].name, "shop");
    EXPECT_EQ(endpoints[0].path, "/hooks");
    EXPECT_EQ(endpoints[0].kind->name, "jumpseller");
    EXPECT_EQ(endpoints[0].expect_every, std::chrono::hours(6));
    EXPECT_TRUE(endpoints[0].keep_rejected);
    EXPECT_TRUE(http::contains(endpoints[0].allow, boost::asio::ip::make_address("203.0.113.7")));
}

TEST(endpoint, says_what_is_wrong_and_where) {
    const struct {
        std::string toml;
        std::vector<std::string> problems;
    } rows[] = {
        {"", {"test.toml:1:1: there is no [[endpoint]]: nothing would be received"}},
        {table("auth = \"none\"\n"),
         {"test.toml:5:8: warning: auth = \"none\": anyone who knows the path can send events to this "
          "endpoint"}},
        {table("auth = \"nope\"\nhooks_token_env = \"PATH\"\n"),
         {"test.toml:5:8: \"auth\" expects \"none\", got \"nope\" (did you mean \"none\"?)"}},
        {table("hooks_token_env = \"PATH\"\nallow = [\"10.0.0.0/33\"]\n"),
         {"test.toml:6:9: \"10.0.0.0/33\" is no address or network such as \"203.0.113.0/24\""}},
        {"[[endpoint]]\nname = \"a b\"\npath = \"hooks?x\"\nprovider = \"jumpsellr\"\nhooks_token_env = "
         "\"PATH\"\n",
         {"test.toml:2:8: a name holds letters, digits, \"-\", \"_\" and \".\" only",
          "test.toml:3:8: a path begins with \"/\" and holds no \"?\", \"#\" or space",
          "test.toml:4:12: \"provider\" expects \"jumpseller\", \"ejunkie\", \"usaepay\", \"generic\" or "
          "what "
          "`shopbell presets` lists, got \"jumpsellr\" (did you mean \"jumpseller\"?)"}},
        {table("hooks_token_env = \"PATH\"\n") + table("hooks_token_env = \"PATH\"\n"),
         {"test.toml:7:8: another endpoint is named \"shop\" already",
          "test.toml:8:8: endpoint \"shop\" has the path \"/hooks\" already"}},
    };
    for (const auto& [toml, problems] : rows)
        EXPECT_EQ(problems_of(toml), problems) << toml;
}

}  // namespace

}  // namespace shopbell::test
