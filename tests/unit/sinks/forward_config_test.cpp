#include "made_sink.hpp"
#include "support/http_peer.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace shopbell {
namespace {

struct forward_sink_row {
    std::string_view name;
    std::string keys;     // below a line with a good url
    std::string problem;  // behind "sink.toml:"
};

class forward_config : public ::testing::TestWithParam<forward_sink_row> {
protected:
    test::sink_workbench bench_;
};

constexpr std::string_view good_url = "url = \"https://crm.example.com/hooks\"\n";

/// The errors; a secret in the file itself earns a warning, which is not what these rows are about.
std::vector<std::string> errors_of(const std::vector<std::string>& problems) {
    std::vector<std::string> errors;
    for (const std::string& one : problems) {
        if (one.find("warning") == std::string::npos)
            errors.push_back(one);
    }
    return errors;
}

TEST_P(forward_config, is_refused_with_the_place_and_the_reason) {
    (void)bench_.make("forward", std::string(good_url) + GetParam().keys);
    EXPECT_EQ(errors_of(bench_.problems), std::vector<std::string>{"sink.toml:" + GetParam().problem});
}

INSTANTIATE_TEST_SUITE_P(
    keys, forward_config,
    ::testing::Values(
        forward_sink_row{"header_name", "headers = { \"X Shop\" = \"a\" }",
                         "2:11: \"headers\": \"X Shop\" is not a header's name"},
        forward_sink_row{"header_name_empty", "headers = { \"\" = \"a\" }",
                         "2:11: \"headers\": \"\" is not a header's name"},
        forward_sink_row{"header_line_break", "headers = { X = \"a\\r\\nY: b\" }",
                         "2:11: \"headers\": \"X\" has a control character in its value"},
        forward_sink_row{"header_nul", "headers = { X = \"a\\u0000\" }",
                         "2:11: \"headers\": \"X\" has a control character in its value"},
        forward_sink_row{"header_host", "headers = { host = \"a\" }",
                         "2:11: \"headers\": \"host\" is set by the connection itself"},
        forward_sink_row{"header_length", "headers = { Content-Length = \"1\" }",
                         "2:11: \"headers\": \"Content-Length\" is set by the connection itself"},
        forward_sink_row{"header_coding", "headers = { transfer-encoding = \"chunked\" }",
                         "2:11: \"headers\": \"transfer-encoding\" is set by the connection itself"},
        forward_sink_row{"header_connection", "headers = { Connection = \"close\" }",
                         "2:11: \"headers\": \"Connection\" is set by the connection itself"},
        forward_sink_row{"header_twice", "headers = { X-A = \"1\", x-a = \"2\" }",
                         "2:11: \"headers\": \"x-a\" is given twice, in different case"},
        forward_sink_row{"method", "\nmethod = \"DELETE\"",
                         "3:10: \"method\" expects one of \"POST\", \"PUT\" or \"PATCH\", got \"DELETE\""},
        forward_sink_row{
            "authorization_and_bearer", "bearer_token = \"t\"\nheaders = { authorization = \"x\" }",
            "3:11: \"headers\": \"authorization\" goes out already for bearer_token or basic_user; remove "
            "one of the two"},
        forward_sink_row{"webhook_header_and_secret",
                         "sign_secret = \"YWJj\"\nheaders = { Webhook-Id = \"x\" }",
                         "3:11: \"headers\": \"Webhook-Id\" belongs to sign_secret"},
        forward_sink_row{
            "content_type_with_original", "body = \"original\"\ncontent_type = \"text/plain\"",
            "3:16: \"content_type\" does not go with body = \"original\", which keeps the store's own"},
        forward_sink_row{"content_type_line_break", "content_type = \"a\\nb\"",
                         "2:16: \"content_type\" expects a media type such as \"application/json\""},
        forward_sink_row{"bearer_and_basic",
                         "bearer_token = \"t\"\nbasic_user = \"u\"\nbasic_password = \"p\"",
                         "2:16: \"bearer_token\" and \"basic_user\" exclude each other"},
        forward_sink_row{"bearer_line_break", "bearer_token = \"a\\nb\"",
                         "2:16: \"bearer_token\" holds a control character"},
        forward_sink_row{"user_without_password", "basic_user = \"u\"",
                         "2:14: \"basic_user\" and \"basic_password\" go together"},
        forward_sink_row{"password_without_user", "basic_password = \"p\"",
                         "2:18: \"basic_user\" and \"basic_password\" go together"},
        forward_sink_row{"user_with_colon", "basic_user = \"a:b\"\nbasic_password = \"p\"",
                         "2:14: \"basic_user\" expects a name without a colon"},
        forward_sink_row{"certificate_without_key", "client_certificate = \"/x.pem\"",
                         "2:22: \"client_certificate\" and \"client_key\" go together"},
        forward_sink_row{"key_without_certificate", "client_key = \"/x.key\"",
                         "2:14: \"client_certificate\" and \"client_key\" go together"},
        forward_sink_row{
            "certificate_that_is_missing", "client_certificate = \"/no/x.pem\"\nclient_key = \"/no/x.key\"",
            "2:22: \"client_certificate\": read the client certificate /no/x.pem: No such file or directory"},
        forward_sink_row{"template_without_a_file", "body = \"template\"",
                         "1:1: \"template_file\" is missing; it takes a string"},
        forward_sink_row{"template_that_is_missing",
                         "body = \"template\"\ntemplate_file = \"/no/x.mustache\"",
                         "3:17: \"template_file\": /no/x.mustache: No such file or directory"},
        forward_sink_row{"template_that_is_no_file", "body = \"template\"\ntemplate_file = \"/\"",
                         "3:17: \"template_file\": /: Is a directory"},
        forward_sink_row{"template_without_end", "body = \"template\"\ntemplate_file = \"/dev/zero\"",
                         "3:17: \"template_file\": /dev/zero: Invalid argument"},
        forward_sink_row{"template_file_with_another_body", "template_file = \"/no/x.mustache\"",
                         "2:17: \"template_file\" goes with body = \"template\" only"}),
    [](const auto& one) { return std::string(one.param.name); });

struct url_row {
    std::string_view name;
    std::string url;
};

class forward_url : public ::testing::TestWithParam<url_row> {
protected:
    test::sink_workbench bench_;
};

TEST_P(forward_url, is_refused_at_its_key) {
    EXPECT_EQ(bench_.make("forward", "url = \"" + GetParam().url + "\""), nullptr);
    ASSERT_EQ(bench_.problems.size(), 1U);
    EXPECT_TRUE(bench_.problems[0].starts_with("sink.toml:1:7: ")) << bench_.problems[0];
}

INSTANTIATE_TEST_SUITE_P(urls, forward_url,
                         ::testing::Values(url_row{"empty", ""}, url_row{"relative", "/hooks"},
                                           url_row{"no_scheme", "crm.example.com"},
                                           url_row{"ftp", "ftp://crm.example.com/"},
                                           url_row{"no_host", "https:///hooks"},
                                           url_row{"space", "https://crm.example.com/a b"},
                                           url_row{"port", "https://crm.example.com:99999/"},
                                           url_row{"line_break", "https://crm.example.com/\\r\\nX: y"}),
                         [](const auto& one) { return std::string(one.param.name); });

class forward_config_plain : public forward_config {};

TEST_F(forward_config_plain, shows_where_credentials_of_a_url_belong_but_not_them) {
    EXPECT_EQ(bench_.make("forward", "url = \"https://user:hunter2@crm.example.com/\""), nullptr);
    EXPECT_EQ(
        bench_.problems,
        std::vector<std::string>{
            R"(sink.toml:1:7: "url" cannot hold a user or password; use basic_user and basic_password)"});
}

TEST_F(forward_config_plain, accepts_an_at_sign_in_a_path) {
    EXPECT_NE(bench_.make("forward", "url = \"https://crm.example.com/@shop?to=a@b\""), nullptr);
    EXPECT_TRUE(bench_.problems.empty());
}

TEST_F(forward_config_plain, never_shows_a_signing_secret) {
    (void)bench_.make("forward", std::string(good_url) + "sign_secret = \"not base64, hunter2\"");
    const auto errors = errors_of(bench_.problems);
    EXPECT_EQ(errors,
              std::vector<std::string>{
                  R"(sink.toml:2:15: "sign_secret" expects base64, with or without "whsec_" before it)"});
    for (const std::string& one : bench_.problems)
        EXPECT_EQ(one.find("hunter2"), std::string::npos) << one;
}

TEST_F(forward_config_plain, needs_a_url) {
    EXPECT_EQ(bench_.make("forward", "method = \"POST\""), nullptr);
    EXPECT_EQ(bench_.problems.size(), 1U);
}

TEST_F(forward_config_plain, reports_a_ca_file_that_cannot_be_read) {
    (void)bench_.make("forward", std::string(good_url) + "ca_file = \"/nonexistent/ca.pem\"");
    ASSERT_EQ(bench_.problems.size(), 1U);
    EXPECT_TRUE(bench_.problems[0].starts_with("sink.toml:2:11: ")) << bench_.problems[0];
}

TEST_F(forward_config_plain, reports_a_ca_file_without_tls) {
    (void)bench_.make("forward",
                      "url = \"http://crm.example.com/\"\nca_file = \"/etc/ssl/certs/ca-certificates.crt\"");
    EXPECT_EQ(bench_.problems,
              std::vector<std::string>{"sink.toml:2:11: \"ca_file\" has no use with a plain http url"});
}

TEST_F(forward_config_plain, reports_a_client_certificate_without_tls) {
    (void)bench_.make("forward",
                      "url = \"http://crm.example.com/\"\nclient_certificate = \"/a\"\nclient_key = \"/b\"");
    EXPECT_EQ(bench_.problems, (std::vector<std::string>{
                                   "sink.toml:2:22: \"client_certificate\" has no use with a plain http url",
                                   "sink.toml:3:14: \"client_key\" has no use with a plain http url"}));
}

/// A variable of the environment for one test.
class variable {
public:
    variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
    ~variable() { ::unsetenv(name_); }
    variable(const variable&) = delete;
    variable& operator=(const variable&) = delete;

private:
    const char* name_;
};

TEST_F(forward_config_plain, reports_a_proxy_of_the_environment_that_it_cannot_use) {
    const variable proxy("https_proxy", "socks5://user:hunter2@proxy:1080");
    (void)bench_.make("forward", std::string(good_url));
    EXPECT_EQ(bench_.problems,
              std::vector<std::string>{
                  "sink.toml:1:7: \"url\": the environment's https_proxy names no usable proxy: only http:// "
                  "proxies are supported, which also lead to https servers"});
}

TEST_F(forward_config_plain, goes_through_the_proxy_of_the_environment) {
    const test::http_peer proxy;
    const std::string address = "http://u:p@127.0.0.1:" + std::to_string(proxy.port());
    const variable setting("http_proxy", address.c_str());
    const auto made = bench_.make("forward", "url = \"http://crm.invalid/hooks\"");
    ASSERT_TRUE(bench_.problems.empty()) << bench_.problems.front();
    EXPECT_EQ(bench_.deliver_one(*made, test::make_event("1")), "delivered");
    const auto seen = proxy.requests().at(0);
    EXPECT_EQ(seen.target, "http://crm.invalid/hooks");
    EXPECT_EQ(value_of(seen.fields, "Proxy-Authorization"), "Basic dTpw");
}

TEST_F(forward_config_plain, shows_where_a_template_is_wrong) {
    const test::temp_dir folder;
    const std::string path = folder.file("x.mustache");
    test::write_file(path, "{\n  \"a\": \"{{#b}}\"\n}");
    EXPECT_EQ(bench_.make("forward",
                          std::string(good_url) + "body = \"template\"\ntemplate_file = \"" + path + "\""),
              nullptr);
    EXPECT_EQ(bench_.problems, std::vector<std::string>{"sink.toml:3:17: \"template_file\": " + path +
                                                        ":2:9: unclosed section \"b\""});
}

TEST_F(forward_config_plain, warns_of_credentials_in_clear_but_not_on_this_machine) {
    const std::string keys = "basic_user = \"u\"\nbasic_password_env = \"PATH\"\n";
    EXPECT_NE(bench_.make("forward", "url = \"http://crm.example.com/\"\n" + keys), nullptr);
    ASSERT_EQ(bench_.problems.size(), 1U);
    EXPECT_NE(bench_.problems[0].find("go over the network in clear"), std::string::npos)
        << bench_.problems[0];
    EXPECT_NE(bench_.make("forward", "url = \"http://127.0.0.1:9000/\"\n" + keys), nullptr);
    EXPECT_TRUE(bench_.problems.empty());
}

}  // namespace
}  // namespace shopbell
