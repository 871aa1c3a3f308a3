#include <shopbell/cli/target.hpp>

#include <gtest/gtest.h>

namespace shopbell {
namespace {

struct target_row {
    const char* name;
    std::vector<std::string_view> listen;
    std::string_view url;
};

class the_url_of_a_local_daemon : public testing::TestWithParam<target_row> {};

TEST_P(the_url_of_a_local_daemon, comes_from_what_it_listens_on) {
    std::vector<http::listen_address> listen;
    for (const auto text : GetParam().listen)
        listen.push_back(*http::listen_address::parse(text));
    const auto url = local_url(listen, false, "/hooks/x");
    EXPECT_EQ(url ? *url : "none", GetParam().url);
}

INSTANTIATE_TEST_SUITE_P(
    listen, the_url_of_a_local_daemon,
    testing::Values(
        target_row{"loopback", {"127.0.0.1:8080"}, "http://127.0.0.1:8080/hooks/x"},
        target_row{"ipv6", {"[::1]:8080"}, "http://[::1]:8080/hooks/x"},
        target_row{"every_ipv4_address", {"0.0.0.0:80"}, "http://127.0.0.1:80/hooks/x"},
        target_row{"every_ipv6_address", {"[::]:80"}, "http://[::1]:80/hooks/x"},
        target_row{"a_unix_socket_first", {"unix:/run/x.sock", "10.0.0.1:81"}, "http://10.0.0.1:81/hooks/x"},
        target_row{"only_a_unix_socket", {"unix:/run/x.sock"}, "none"},
        target_row{"any_free_port", {"127.0.0.1:0"}, "none"}, target_row{"nothing", {}, "none"}),
    [](const auto& one) { return one.param.name; });

TEST(a_daemon_that_speaks_tls, has_an_https_url) {
    const auto url = local_url({*http::listen_address::parse("0.0.0.0:443")}, true, "/hooks/x");
    EXPECT_EQ(url ? *url : "none", "https://127.0.0.1:443/hooks/x");
}

TEST(a_daemon_behind_a_unix_socket, is_asked_for_by_url) {
    const auto url = local_url({*http::listen_address::parse("unix:/run/x.sock")}, false, "/hooks/x");
    ASSERT_FALSE(url);
    EXPECT_EQ(
        url.error().reason,
        "[server] listen names no TCP address with a fixed port, and send speaks TCP only; say where the "
        "daemon is with --url http://HOST:PORT/hooks/x");
}

}  // namespace
}  // namespace shopbell
