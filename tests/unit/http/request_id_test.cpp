#include "../src/http/forwarding.hpp"

#include <gtest/gtest.h>

namespace shopbell::http {
namespace {

struct request_id_row {
    const char* name;
    std::string_view peer;  ///< empty: a unix socket
    headers fields;
    std::string id;  ///< empty: one of our own
};

class a_request_id : public testing::TestWithParam<request_id_row> {};

TEST_P(a_request_id, is_taken_from_whom_we_trust) {
    const auto& one = GetParam();
    const networks trusted{*network::parse("127.0.0.0/8"), *network::parse("::1")};
    const auto peer = one.peer.empty() ? optional_address() : asio::ip::make_address(one.peer);
    EXPECT_EQ(forwarded_request_id(peer, one.fields, trusted), one.id);
}

INSTANTIATE_TEST_SUITE_P(
    ids, a_request_id,
    testing::Values(
        request_id_row{"none", "127.0.0.1", {{"Host", "a"}}, ""},
        request_id_row{"of_nginx",
                       "127.0.0.1",
                       {{"X-Request-Id", "3f9a0c5e8d7b6a5948372615f0e1d2c3"}},
                       "3f9a0c5e8d7b6a5948372615f0e1d2c3"},
        request_id_row{"uuid_in_any_case_of_name",
                       "::1",
                       {{"x-request-ID", "0193a1b2-0000-7000-8000-00000000000A"}},
                       "0193a1b2-0000-7000-8000-00000000000A"},
        request_id_row{
            "over_a_unix_socket", "", {{"X-Request-Id", "a!#$%&'*+-.^_`|~9Z"}}, "a!#$%&'*+-.^_`|~9Z"},
        request_id_row{"of_a_stranger", "203.0.113.9", {{"X-Request-Id", "forged"}}, ""},
        request_id_row{"of_a_stranger_who_claims_an_address",
                       "203.0.113.9",
                       {{"X-Forwarded-For", "127.0.0.1"}, {"X-Request-Id", "forged"}},
                       ""},
        request_id_row{
            "longest", "127.0.0.1", {{"X-Request-Id", std::string(128, 'x')}}, std::string(128, 'x')},
        request_id_row{"too_long", "127.0.0.1", {{"X-Request-Id", std::string(129, 'x')}}, ""},
        request_id_row{"empty", "127.0.0.1", {{"X-Request-Id", ""}}, ""},
        request_id_row{"with_a_space", "127.0.0.1", {{"X-Request-Id", "a b"}}, ""},
        request_id_row{"with_a_quote", "127.0.0.1", {{"X-Request-Id", "a\"b"}}, ""},
        request_id_row{"with_a_separator", "127.0.0.1", {{"X-Request-Id", "a;b=c"}}, ""},
        request_id_row{"not_ascii", "127.0.0.1", {{"X-Request-Id", "a\xC3\xA9"}}, ""},
        request_id_row{"two", "127.0.0.1", {{"X-Request-Id", "a"}, {"X-Request-Id", "a"}}, ""}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace shopbell::http
