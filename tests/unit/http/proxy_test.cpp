#include <shopbell/http/proxy.hpp>

#include <gtest/gtest.h>

#include <map>

namespace shopbell::http {
namespace {

using variables = std::map<std::string, std::string>;

result<std::optional<proxy>> find(const std::string& target, const variables& all) {
    return proxy_from_environment(*url::parse(target), [&](const char* name) {
        const auto found = all.find(name);
        return found == all.end() ? std::nullopt : std::optional(found->second);
    });
}

/// "HOST:PORT", "HOST:PORT with AUTHORIZATION", "direct" or "problem: REASON"
std::string describe(const result<std::optional<proxy>>& found) {
    if (!found)
        return "problem: " + found.error().reason;
    if (!*found)
        return "direct";
    const proxy& one = **found;
    std::string text = one.address.host + ":" + one.address.port;
    if (!one.authorization.empty())
        text += " with " + std::string(one.authorization.reveal());
    return text;
}

struct proxy_row {
    const char* name;
    variables environment;
    std::string target;
    std::string expected;
};

class a_proxy : public testing::TestWithParam<proxy_row> {};

TEST_P(a_proxy, is_what_the_environment_says) {
    EXPECT_EQ(describe(find(GetParam().target, GetParam().environment)), GetParam().expected);
}

const std::string http = "http://crm.example/";
const std::string https = "https://crm.example/";

INSTANTIATE_TEST_SUITE_P(
    variables, a_proxy,
    testing::Values(
        proxy_row{"none", {}, http, "direct"},
        proxy_row{"for_http", {{"http_proxy", "http://p:3128"}}, http, "p:3128"},
        proxy_row{"for_https", {{"https_proxy", "http://p:3128/"}}, https, "p:3128"},
        proxy_row{"for_https_in_capitals", {{"HTTPS_PROXY", "http://p:3128"}}, https, "p:3128"},
        proxy_row{"not_for_http_in_capitals", {{"HTTP_PROXY", "http://p:3128"}}, http, "direct"},
        proxy_row{
            "small_letters_win", {{"https_proxy", "http://a"}, {"HTTPS_PROXY", "http://b"}}, https, "a:80"},
        proxy_row{"of_the_other_scheme", {{"http_proxy", "http://p:3128"}}, https, "direct"},
        proxy_row{"empty", {{"https_proxy", ""}, {"HTTPS_PROXY", "http://b"}}, https, "direct"},
        proxy_row{"without_scheme", {{"http_proxy", " p:3128 "}}, http, "p:3128"},
        proxy_row{"ipv6", {{"http_proxy", "http://[2001:db8::1]:3128"}}, http, "2001:db8::1:3128"},
        proxy_row{"with_credentials",
                  {{"http_proxy", "http://Aladdin:open%20sesame@p:3128"}},
                  http,
                  "p:3128 with Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
        proxy_row{"with_a_user_only", {{"http_proxy", "shop@p"}}, http, "p:80 with Basic c2hvcDo="}),
    [](const auto& one) { return one.param.name; });

struct bad_row {
    const char* name;
    std::string value;
    std::string_view why;
};

class a_bad_proxy : public testing::TestWithParam<bad_row> {};

TEST_P(a_bad_proxy, is_refused_without_showing_its_password) {
    const auto found = find(https, {{"HTTPS_PROXY", GetParam().value}});
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, errc::malformed);
    const std::string& reason = found.error().reason;
    EXPECT_TRUE(reason.starts_with("the environment's HTTPS_PROXY names no usable proxy: ")) << reason;
    EXPECT_NE(reason.find(GetParam().why), std::string::npos) << reason;
    EXPECT_EQ(reason.find("hunter2"), std::string::npos) << reason;
}

INSTANTIATE_TEST_SUITE_P(values, a_bad_proxy,
                         testing::Values(bad_row{"tls", "https://u:hunter2@p:3128", "only http://"},
                                         bad_row{"socks", "socks5://u:hunter2@p:1080", "only http://"},
                                         bad_row{"bad_password", "http://u:hunter2 #@p:3128", "no URL"},
                                         bad_row{"no_host", "http://u:hunter2@:3128", "host"},
                                         bad_row{"port", "http://u:hunter2@p:99999", "port"},
                                         bad_row{"line_break", "http://p\r\nX: y", "no URL"}),
                         [](const auto& one) { return one.param.name; });

struct exception_row {
    const char* name;
    std::string list;
    std::string host;
    bool direct;
};

class an_exception : public testing::TestWithParam<exception_row> {};

TEST_P(an_exception, goes_without_the_proxy) {
    const auto& one = GetParam();
    const std::string target = "https://" + one.host + "/";
    const std::string expected = one.direct ? "direct" : "p:3128";
    EXPECT_EQ(describe(find(target, {{"https_proxy", "http://p:3128"}, {"no_proxy", one.list}})), expected);
    EXPECT_EQ(describe(find(target, {{"https_proxy", "http://p:3128"}, {"NO_PROXY", one.list}})), expected);
}

INSTANTIATE_TEST_SUITE_P(
    lists, an_exception,
    testing::Values(exception_row{"nothing", "", "crm.example", false},
                    exception_row{"all", "*", "crm.example", true},
                    exception_row{"the_host", "crm.example", "crm.example", true},
                    exception_row{"another_host", "crm.example", "xcrm.example", false},
                    exception_row{"part_of_a_name", "example", "crmexample", false},
                    exception_row{"below_a_domain", "example", "crm.example", true},
                    exception_row{"below_a_domain_with_a_dot", ".example", "crm.example", true},
                    exception_row{"the_domain_itself_with_a_dot", ".crm.example", "crm.example", true},
                    exception_row{"below_a_domain_with_a_star", "*.example", "crm.example", true},
                    exception_row{"in_other_case", "CRM.Example", "crm.EXAMPLE", true},
                    exception_row{"ends_with_a_dot", "crm.example.", "crm.example", true},
                    exception_row{"one_of_several", "a.example, b.example,,crm.example", "crm.example", true},
                    exception_row{"separated_by_spaces", "a.example crm.example", "crm.example", true},
                    exception_row{"only_separators", ",, ,", "crm.example", false},
                    exception_row{"a_lone_dot", ".", "crm.example", false},
                    exception_row{"the_port", "crm.example:443", "crm.example", true},
                    exception_row{"another_port", "crm.example:8443", "crm.example", false},
                    exception_row{"all_of_a_port", "*:8443", "crm.example:8443", true},
                    exception_row{"an_address", "203.0.113.9", "203.0.113.9", true},
                    exception_row{"another_address", "203.0.113.9", "203.0.113.8", false},
                    exception_row{"an_address_and_port", "203.0.113.9:8443", "203.0.113.9:8443", true},
                    exception_row{"a_block", "203.0.113.0/24", "203.0.113.77", true},
                    exception_row{"outside_a_block", "203.0.113.0/24", "203.0.114.1", false},
                    exception_row{"a_block_and_a_name", "0.0.0.0/0", "crm.example", false},
                    exception_row{"ipv6", "2001:db8::1", "[2001:db8::1]", true},
                    exception_row{"ipv6_block", "2001:db8::/32", "[2001:db8::77]", true},
                    exception_row{"ipv6_in_brackets", "[2001:db8::1]", "[2001:db8::1]", true},
                    exception_row{"ipv6_and_port", "[2001:db8::1]:8443", "[2001:db8::1]:8443", true},
                    exception_row{"ipv6_and_another_port", "[2001:db8::1]:8443", "[2001:db8::1]", false},
                    exception_row{"half_a_bracket", "[2001:db8::1", "[2001:db8::2]", false},
                    exception_row{"localhost", "", "localhost", true},
                    exception_row{"loopback", "", "127.1.2.3", true},
                    exception_row{"loopback_of_ipv6", "", "[::1]", true},
                    exception_row{"loopback_mapped", "", "[::ffff:127.0.0.1]", true}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace shopbell::http
