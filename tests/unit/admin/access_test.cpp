#include "../src/admin/access.hpp"

#include <gtest/gtest.h>

namespace shopbell::test {
namespace {

struct access_row {
    const char* name;
    std::string_view method;
    headers fields;
    unsigned refused;  ///< 0: may pass
    bool with_token = false;
    bool unix_socket = false;
};

const header local{"Host", "127.0.0.1:9180"};
const header ajax{"X-Requested-With", "shopbell"};
const header bearer{"Authorization", "Bearer test-token"};

class access_rules : public testing::TestWithParam<access_row> {};

TEST_P(access_rules, let_the_operator_in_and_other_sites_not) {
    const auto& row = GetParam();
    http::request_head head;
    head.method = row.method;
    head.path = "/api/sinks";
    head.fields = row.fields;
    secrets tokens;
    if (row.with_token)
        tokens = {secret("old-token"), secret("test-token")};
    const auto refused = refuse_access(head, tokens, row.unix_socket);
    EXPECT_EQ(refused ? refused->status : 0U, row.refused);
    if (refused) {
        EXPECT_EQ(refused->body.find("test-token"), std::string::npos);
    }
}

INSTANTIATE_TEST_SUITE_P(
    hosts, access_rules,
    testing::Values(access_row{"an_address", "GET", {local}, 0},
                    access_row{"a_name", "GET", {{"Host", "LocalHost:9180"}}, 0},
                    access_row{"no_port", "GET", {{"Host", "localhost"}}, 0},
                    access_row{"another_loopback_address", "GET", {{"Host", "127.8.9.10:1"}}, 0},
                    access_row{"ipv6", "GET", {{"Host", "[::1]:9180"}}, 0},
                    access_row{"a_rebound_name", "GET", {{"Host", "evil.example:9180"}}, 403},
                    access_row{"a_name_that_begins_alike", "GET", {{"Host", "localhost.evil.example"}}, 403},
                    access_row{"an_address_as_a_label", "GET", {{"Host", "127.0.0.1.evil.example"}}, 403},
                    access_row{"another_ipv6", "GET", {{"Host", "[2001:db8::1]:9180"}}, 403},
                    access_row{"half_an_ipv6", "GET", {{"Host", "[::1"}}, 403},
                    access_row{"another_machine", "GET", {{"Host", "10.0.0.1"}}, 403},
                    access_row{"none", "GET", {}, 403},
                    access_row{"any_with_the_token", "GET", {{"Host", "ops.example"}, bearer}, 0, true},
                    access_row{"any_on_a_unix_socket", "GET", {{"Host", "shop"}}, 0, false, true}),
    [](const auto& one) { return one.param.name; });

INSTANTIATE_TEST_SUITE_P(
    tokens, access_rules,
    testing::Values(
        access_row{"missing", "GET", {local}, 401, true},
        access_row{"missing_on_a_unix_socket", "GET", {local}, 401, true, true},
        access_row{"right", "GET", {local, bearer}, 0, true},
        access_row{"an_older_one", "GET", {local, {"Authorization", "bearer old-token"}}, 0, true},
        access_row{"wrong", "GET", {local, {"Authorization", "Bearer other"}}, 401, true},
        access_row{"empty", "GET", {local, {"Authorization", "Bearer "}}, 401, true},
        access_row{"another_scheme", "GET", {local, {"Authorization", "Basic test-token"}}, 401, true},
        access_row{"twice", "GET", {local, bearer, bearer}, 401, true},
        access_row{"enough_for_a_change", "POST", {local, bearer}, 0, true},
        access_row{"not_asked_for", "GET", {local, bearer}, 0}),
    [](const auto& one) { return one.param.name; });

INSTANTIATE_TEST_SUITE_P(
    sites, access_rules,
    testing::Values(access_row{"a_change_by_the_command_line", "POST", {local, ajax}, 0},
                    access_row{"a_change_by_a_form", "POST", {local}, 403},
                    access_row{"a_change_by_a_form_on_a_unix_socket", "POST", {local}, 403, false, true},
                    access_row{"a_deletion", "DELETE", {local}, 403},
                    access_row{"a_look", "HEAD", {local}, 0},
                    access_row{"another_site", "GET", {local, {"Sec-Fetch-Site", "cross-site"}}, 403},
                    access_row{"a_sister_site", "GET", {local, {"Sec-Fetch-Site", "same-site"}}, 403},
                    access_row{"another_site_that_knows_the_header",
                               "POST",
                               {local, ajax, {"Sec-Fetch-Site", "cross-site"}},
                               403},
                    access_row{"another_site_with_the_token",
                               "POST",
                               {local, bearer, {"Sec-Fetch-Site", "cross-site"}},
                               403,
                               true},
                    access_row{"the_own_page", "GET", {local, {"Sec-Fetch-Site", "same-origin"}}, 0},
                    access_row{"the_address_bar", "GET", {local, {"Sec-Fetch-Site", "none"}}, 0},
                    access_row{"own_origin", "POST", {local, ajax, {"Origin", "http://127.0.0.1:9180"}}, 0},
                    access_row{"other_origin", "POST", {local, ajax, {"Origin", "http://evil.example"}}, 403},
                    access_row{"other_port", "POST", {local, ajax, {"Origin", "http://127.0.0.1:8080"}}, 403},
                    access_row{"no_origin", "POST", {local, ajax, {"Origin", "null"}}, 403},
                    access_row{
                        "two_origins",
                        "POST",
                        {local, ajax, {"Origin", "http://127.0.0.1:9180"}, {"Origin", "http://evil.example"}},
                        403}),
    [](const auto& one) { return one.param.name; });

TEST(a_refusal, says_what_is_missing) {
    http::request_head head;
    head.method = "POST";
    head.fields = {local};
    EXPECT_EQ(refuse_access(head, {}, false)->body,
              R"({"error":"refused: a change needs the header X-Requested-With, any value"})");
    const auto unknown = refuse_access(head, {secret("x")}, false);
    EXPECT_EQ(value_of(unknown->fields, "WWW-Authenticate"), "Bearer realm=\"shopbell\"");
}

}  // namespace
}  // namespace shopbell::test
