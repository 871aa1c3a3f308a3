#include "store_support.hpp"

#include <ostream>

namespace shopbell::test {
namespace {

constexpr std::string_view plain_keys = "secret = \"s\"\nsignature = \"header:X-S\"\n";

/// What cannot work is said where the configuration is read: the line, and what the message holds.
struct wrong_row {
    const char* name;
    const char* keys;  ///< behind two lines of right ones
    const char* place;
    const char* message;
};

std::ostream& operator<<(std::ostream& out, const wrong_row& row) {
    return out << row.name;
}

class wrong_keys : public testing::TestWithParam<wrong_row> {};

TEST_P(wrong_keys, are_errors_with_line_and_column_and_a_hint) {
    const auto made = make_store("generic", std::string(plain_keys) + GetParam().keys);
    ASSERT_FALSE(made.errors.empty());
    EXPECT_TRUE(made.errors.front().starts_with(GetParam().place)) << made.errors.front();
    EXPECT_NE(made.errors.front().find(GetParam().message), std::string::npos) << made.errors.front();
}

INSTANTIATE_TEST_SUITE_P(
    all, wrong_keys,
    testing::Values(
        wrong_row{"misspelt_key", "sigend = \"{body}\"", "3:1:", "did you mean \"signed\"?"},
        wrong_row{"misspelt_placeholder", "signed = \"{timestmp}.{body}\"",
                  "3:10:", "did you mean {timestamp}?"},
        wrong_row{"misspelt_source", "id = \"{heder:X-Id}\"", "3:6:", "did you mean \"header:\"?"},
        wrong_row{"pointer_without_slash", "event = \"json:type\"", "3:9:", "did you mean \"json:/type\"?"},
        wrong_row{"second_of_an_array", "event = [\"json:/a\", \"jsn:/b\"]",
                  "3:21:", "did you mean \"json:\"?"},
        wrong_row{"open_brace", "signed = \"{body\"", "3:10:", "\"{\" without its \"}\""},
        wrong_row{"open_bracket", "signed = \"[{body}\"", "3:10:", "\"[\" without its \"]\""},
        wrong_row{"nested_brackets", "signed = \"[a[b]]\"", "3:10:", "brackets within brackets"},
        wrong_row{"algorithm", "algorithm = \"hmac-sha265\"", "3:13:", "did you mean \"hmac-sha256\"?"},
        wrong_row{"encoding", "encoding = [\"hex\", \"base46\"]", "3:20:", "did you mean \"base64\"?"},
        wrong_row{"key_encoding", "key_encoding = \"base46\"", "3:16:", "did you mean \"base64\"?"},
        wrong_row{"unit", "timestamp = \"header:T\"\ntimestamp_unit = \"sec\"",
                  "4:18:", "\"timestamp_unit\""},
        wrong_row{"separator", "separator = \"|\"", "3:13:", "is none of"},
        wrong_row{"format_without_signature", "format = \"v1=\"", "3:10:", "must hold {signature}"},
        wrong_row{"format_with_user", "format = \"{user}|{signature}\"", "3:10:", "set \"user\""},
        wrong_row{"time_without_source", "signed = \"{timestamp}.{body}\"",
                  "3:10:", "does not say where the time stands"},
        wrong_row{"tolerance_without_time", "tolerance = \"5m\"", "3:13:", "without \"timestamp\""},
        wrong_row{"entry_without_separator", "timestamp = \"entry:t\"", "3:13:", "needs \"separator\""},
        wrong_row{"url_without_public_url", "signed = \"{url}{body}\"", "1:1:", "\"public_url\" is missing"},
        wrong_row{"url_without_scheme", "public_url = \"shop.example.com/h\"", "3:14:", "is no URL"},
        wrong_row{"digest_without_secret", "algorithm = \"sha256\"",
                  "1:1:", "unless {secret} is in what is signed"},
        wrong_row{"secret_in_an_id", "id = \"{secret}\"", "3:6:", "means nothing here"},
        wrong_row{"store_without_source", "store = \"mine\"", "3:9:", "needs \"store_from\""},
        wrong_row{"items", "items = \"events\"", "3:9:", "is no JSON Pointer"},
        wrong_row{"condition", "unsigned = [{ when = \"json:/a is 1\" }]", "3:22:", "is no condition"},
        wrong_row{"condition_without_when", "challenge = [{ answer = { status = 200 } }]",
                  "3:14:", "\"when\" is missing"},
        wrong_row{"method", "unsigned = [{ when = \"method == PUT\" }]",
                  "3:22:", "there are GET, HEAD, OPTIONS and POST"},
        wrong_row{"answer_that_is_a_refusal", "answer = { status = 500 }", "3:10:", "from 200 to 299"},
        wrong_row{"header_of_the_server", "answer = { headers = { Content-Length = \"3\" } }",
                  "3:22:", "is no header that an answer"},
        wrong_row{"match", "match = { \"frm:seller\" = \"x\" }", "3:9:", "did you mean \"form:\"?"},
        wrong_row{"public_key_beside_a_secret", "public_key = \"x\"", "3:14:", "is for ed25519"},
        wrong_row{"secret_beside_a_public_key",
                  "algorithm = \"ed25519\"\nkey_encoding = \"base64\"\npublic_key = "
                  "\"MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\"",
                  "1:10:", "instead of a secret"},
        wrong_row{"secret_that_is_no_base64", "key_encoding = \"base64\"\nkey_prefix = \"s\"",
                  "1:10:", "is empty"},
        wrong_row{"member_of_an_order", "[order]\nttoal = \"/total\"", "4:1:", "did you mean \"total\"?"},
        wrong_row{"status_of_an_order", "[order]\nstatus = { done = \"paidd\" }",
                  "4:10:", "did you mean \"paid\"?"},
        wrong_row{"pointer_of_an_order", "[order]\nid = \"id\"", "4:6:", "did you mean \"/id\"?"},
        wrong_row{"rule_of_an_order", "[order]\nstatus_when = [{ when = \"/a is b\", status = \"paid\" }]",
                  "4:25:", "is no condition"}),
    [](const auto& row) { return row.param.name; });

TEST(generic_keys, need_a_secret_and_a_place_of_the_signature) {
    const auto made = make_store("generic", "");
    ASSERT_EQ(made.errors.size(), 2U);
    EXPECT_NE(made.errors[0].find("signature"), std::string::npos);
    EXPECT_NE(made.errors[1].find("no secret"), std::string::npos);
}

TEST(generic_keys, report_all_that_is_wrong_in_one_go) {
    const auto made = make_store(
        "generic", std::string(plain_keys) + "event = \"json:x\"\nid = \"{x}\"\nseparator = \"x\"");
    EXPECT_EQ(made.errors.size(), 3U);
}

TEST(generic_keys, take_no_secret_beside_auth_none) {
    EXPECT_FALSE(make_store("generic", plain_keys, true).errors.empty());
    EXPECT_TRUE(make_store("generic", "", true).errors.empty());
}

TEST(preset_keys, name_the_secret_in_the_words_of_the_provider) {
    const auto made = make_store("stripe", "");
    ASSERT_EQ(made.errors.size(), 1U);
    EXPECT_NE(made.errors[0].find("the endpoint's signing secret"), std::string::npos) << made.errors[0];
}

TEST(preset_keys, are_each_overridden_by_the_endpoints) {
    const auto source = store_of("github", "secret = \"s\"\nevent = \"json:/own\"\n");
    const auto request = source->sign("", R"({"own":"Own/Event"})", signing::genuine);
    EXPECT_EQ(accepted_of(source->accept({request.fields, request.body})).type, "github.own.event");
}

TEST(preset_keys, say_what_an_endpoints_key_has_wrong_at_that_key) {
    const auto made = make_store("stripe", "secret = \"s\"\ntolerance = \"5 minutes\"\n");
    ASSERT_EQ(made.errors.size(), 1U);
    EXPECT_TRUE(made.errors[0].starts_with("2:13:")) << made.errors[0];
}

TEST(preset_keys, name_the_user_that_the_preset_s_format_holds) {
    const auto without = make_store("braintree", "secret = \"private\"\n");
    ASSERT_EQ(without.errors.size(), 1U);
    EXPECT_EQ(without.errors.front(),
              "1:1: \"user\" is missing: the name behind which the store puts its signature");
    EXPECT_TRUE(make_store("braintree", "secret = \"private\"\nuser = \"public\"\n").errors.empty());
}

TEST(preset_keys, of_standard_webhooks_take_a_secret_with_its_version_in_front) {
    const auto made = make_store("standard_webhooks",
                                 "secret = \"v1,whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=\"\n");
    EXPECT_TRUE(made.errors.empty());
    ASSERT_EQ(made.warnings.size(), 2U);
    EXPECT_NE((made.warnings[0] + made.warnings[1]).find("begins with \"v1,\""), std::string::npos);
}

}  // namespace
}  // namespace shopbell::test
