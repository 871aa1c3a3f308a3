#include <shopbell/http/client.hpp>

#include <gtest/gtest.h>

namespace shopbell::http {
namespace {

struct good_row {
    const char* name;
    std::string_view text;
    bool tls;
    std::string_view host;
    std::string_view port;
    std::string_view target;
    std::string_view host_header;
};

class a_url : public testing::TestWithParam<good_row> {};

TEST_P(a_url, is_taken_apart) {
    const auto& row = GetParam();
    const auto parsed = url::parse(row.text);
    ASSERT_TRUE(parsed) << parsed.error().reason;
    EXPECT_EQ(parsed->tls, row.tls);
    EXPECT_EQ(parsed->host, row.host);
    EXPECT_EQ(parsed->port, row.port);
    EXPECT_EQ(parsed->target, row.target);
    EXPECT_EQ(parsed->host_header(), row.host_header);
}

INSTANTIATE_TEST_SUITE_P(
    forms, a_url,
    testing::Values(
        good_row{"https", "https://crm.example.com/hooks", true, "crm.example.com", "443", "/hooks",
                 "crm.example.com"},
        good_row{"no_path", "http://crm.example.com", false, "crm.example.com", "80", "/", "crm.example.com"},
        good_row{"query", "http://a.example?x=1&y=%20", false, "a.example", "80", "/?x=1&y=%20", "a.example"},
        good_row{"port", "http://a.example:8080/x", false, "a.example", "8080", "/x", "a.example:8080"},
        good_row{"usual_port_in_words", "https://a.example:443/", true, "a.example", "443", "/", "a.example"},
        good_row{"empty_port", "https://a.example:/", true, "a.example", "443", "/", "a.example"},
        good_row{"upper_case_scheme", "HTTPS://a.example/", true, "a.example", "443", "/", "a.example"},
        good_row{"ipv4", "http://127.0.0.1:9000/", false, "127.0.0.1", "9000", "/", "127.0.0.1:9000"},
        good_row{"ipv6", "http://[::1]:9000/", false, "::1", "9000", "/", "[::1]:9000"},
        good_row{"path_stays_as_it_is", "http://a.example/a//../%2e%2e/b", false, "a.example", "80",
                 "/a//../%2e%2e/b", "a.example"}),
    [](const auto& row) { return row.param.name; });

struct bad_row {
    const char* name;
    std::string_view text;
    std::string_view reason;
};

class no_url : public testing::TestWithParam<bad_row> {};

TEST_P(no_url, is_refused_with_the_reason) {
    const auto parsed = url::parse(GetParam().text);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, errc::malformed);
    EXPECT_NE(parsed.error().reason.find(GetParam().reason), std::string::npos) << parsed.error().reason;
}

INSTANTIATE_TEST_SUITE_P(forms, no_url,
                         testing::Values(bad_row{"nothing", "", "syntax"},
                                         bad_row{"only_a_host", "crm.example.com", "syntax"},
                                         bad_row{"a_space", "http://a.example/a b", "syntax"},
                                         bad_row{"a_line_end", "http://a.example/\r\nX: y", "syntax"},
                                         bad_row{"ftp", "ftp://a.example/", "scheme"},
                                         bad_row{"file", "file:///etc/passwd", "scheme"},
                                         bad_row{"password", "http://u:p@a.example/", "user name"},
                                         bad_row{"fragment", "http://a.example/#x", "fragment"},
                                         bad_row{"no_host", "http:///x", "host"},
                                         bad_row{"escapes_in_the_host", "http://a%0d%0ab/", "host"},
                                         bad_row{"two_colons", "http://c::ffff:x", "syntax"},
                                         bad_row{"port_zero", "http://a.example:0/", "port"},
                                         bad_row{"port_too_high", "http://a.example:65536/", "port"}),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace shopbell::http
