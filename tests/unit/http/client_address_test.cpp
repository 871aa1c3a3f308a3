#include "../src/http/forwarding.hpp"

#include <gtest/gtest.h>

namespace shopbell::http {
namespace {

struct client_address_row {
    const char* name;
    std::string_view peer;  ///< empty: a unix socket
    headers fields;
    std::string_view client;  ///< empty: not known
};

class the_client : public testing::TestWithParam<client_address_row> {};

TEST_P(the_client, is_whom_the_trusted_proxies_name) {
    const auto& one = GetParam();
    const networks trusted{*network::parse("127.0.0.0/8"), *network::parse("10.0.0.0/8"),
                           *network::parse("::1")};
    const auto peer = one.peer.empty() ? optional_address() : asio::ip::make_address(one.peer);
    const auto found = client_address(peer, one.fields, trusted);
    EXPECT_EQ(found ? found->to_string() : "", one.client);
}

INSTANTIATE_TEST_SUITE_P(
    addresses, the_client,
    testing::Values(
        client_address_row{"the_peer_itself", "203.0.113.9", {}, "203.0.113.9"},
        client_address_row{"a_stranger_may_claim_nothing",
                           "203.0.113.9",
                           {{"X-Forwarded-For", "1.2.3.4"}, {"X-Real-IP", "1.2.3.4"}},
                           "203.0.113.9"},
        client_address_row{
            "behind_one_proxy", "127.0.0.1", {{"x-forwarded-for", "203.0.113.9"}}, "203.0.113.9"},
        client_address_row{"what_the_client_wrote_itself_does_not_count",
                           "127.0.0.1",
                           {{"X-Forwarded-For", "6.6.6.6, 203.0.113.9"}},
                           "203.0.113.9"},
        client_address_row{"behind_two_proxies",
                           "127.0.0.1",
                           {{"X-Forwarded-For", "6.6.6.6,203.0.113.9 , 10.0.0.2"}},
                           "203.0.113.9"},
        client_address_row{"over_two_lines",
                           "127.0.0.1",
                           {{"X-Forwarded-For", "203.0.113.9"}, {"X-Forwarded-For", "10.0.0.2"}},
                           "203.0.113.9"},
        client_address_row{
            "all_trusted", "127.0.0.1", {{"X-Forwarded-For", "10.0.0.3, 10.0.0.2"}}, "10.0.0.3"},
        client_address_row{"nonsense_stops_the_walk",
                           "127.0.0.1",
                           {{"X-Forwarded-For", "203.0.113.9, unknown, 10.0.0.2"}},
                           "10.0.0.2"},
        client_address_row{"nonsense_at_once",
                           "127.0.0.1",
                           {{"X-Forwarded-For", "unknown"}, {"X-Real-IP", "6.6.6.6"}},
                           "127.0.0.1"},
        client_address_row{"an_empty_line", "127.0.0.1", {{"X-Forwarded-For", ""}}, "127.0.0.1"},
        client_address_row{
            "with_a_port", "127.0.0.1", {{"X-Forwarded-For", "203.0.113.9:4711"}}, "203.0.113.9"},
        client_address_row{"ipv6", "::1", {{"X-Forwarded-For", "2001:db8::7"}}, "2001:db8::7"},
        client_address_row{"ipv6_in_brackets", "::1", {{"X-Forwarded-For", "[2001:db8::7]"}}, "2001:db8::7"},
        client_address_row{
            "ipv6_with_a_port", "::1", {{"X-Forwarded-For", "[2001:db8::7]:4711"}}, "2001:db8::7"},
        client_address_row{"real_ip", "127.0.0.1", {{"X-Real-IP", "203.0.113.9"}}, "203.0.113.9"},
        client_address_row{"two_real_ips",
                           "127.0.0.1",
                           {{"X-Real-IP", "203.0.113.9"}, {"X-Real-IP", "6.6.6.6"}},
                           "127.0.0.1"},
        client_address_row{"unix_socket", "", {{"X-Forwarded-For", "203.0.113.9"}}, "203.0.113.9"},
        client_address_row{"unix_socket_that_says_nothing", "", {}, ""},
        client_address_row{"unix_socket_with_nonsense", "", {{"X-Real-IP", "x"}}, ""},
        client_address_row{
            "a_path_is_no_address", "127.0.0.1", {{"X-Forwarded-For", "unix:/x"}}, "127.0.0.1"}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace shopbell::http
