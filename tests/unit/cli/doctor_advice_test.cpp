#include "../src/cli/doctor_advice.hpp"

#include <gtest/gtest.h>

namespace shopbell {
namespace {

struct step_row {
    const char* name;
    failure why;
    std::string_view for_the_way, for_a_sink;
};

class a_failed_exchange : public testing::TestWithParam<step_row> {};

TEST_P(a_failed_exchange, is_explained_by_its_code_and_by_no_word) {
    const auto& row = GetParam();
    const auto explained = explain_way(row.why);
    EXPECT_NE(explained.what.find(row.why.reason), std::string::npos) << explained.what;
    EXPECT_NE(explained.advice.find(row.for_the_way), std::string::npos) << explained.advice;
    const auto for_a_sink = advice_for_sink(row.why.code);
    EXPECT_NE(for_a_sink.find(row.for_a_sink), std::string::npos) << for_a_sink;
}

INSTANTIATE_TEST_SUITE_P(
    steps, a_failed_exchange,
    testing::Values(step_row{"no_name",
                             {errc::unresolved, "resolve hooks.example.com: Name or service not known"},
                             "DNS record",
                             "resolv.conf"},
                    step_row{"refused",
                             {errc::unreachable, "connect to 127.0.0.1:1: Connection refused"},
                             "firewall",
                             "`url`"},
                    step_row{"dropped",
                             {errc::unreachable, "connect to 192.0.2.1:443: no answer in time"},
                             "firewall",
                             "firewall"},
                    step_row{"certificate",
                             {errc::untrusted,
                              "TLS handshake with h:443: certificate verify failed: certificate has expired"},
                             "certbot renew",
                             "`ca_file`"},
                    step_row{
                        "handshake",
                        {errc::no_handshake, "TLS handshake with h:443: tlsv13 alert certificate required"},
                        "TLS 1.2",
                        "`client_certificate`"},
                    step_row{"own_proxy",
                             {errc::no_proxy, "connect to the proxy 10.0.0.1:3128: Connection refused"},
                             "no_proxy",
                             "no_proxy"},
                    step_row{"no_answer",
                             {errc::timeout, "read the answer of h:443: no answer in time"},
                             "in front of it",
                             "`url`"},
                    step_row{"broken",
                             {errc::unavailable, "read the answer of h:443: connection closed"},
                             "the log of what listens",
                             "`url`"},
                    step_row{"not_http",
                             {errc::malformed, "the answer of h:80 is not HTTP: bad version"},
                             "http and https",
                             "`url`"}),
    [](const auto& row) { return row.param.name; });

http::incoming_response proxy_answer(unsigned status, std::string body, headers fields = {}) {
    http::incoming_response made;
    made.status = status;
    made.body = std::move(body);
    made.fields = std::move(fields);
    return made;
}

http::incoming_response of_ours(unsigned status) {
    return proxy_answer(status, R"({"error":"x"})", {{"Content-Type", "application/json"}});
}

http::incoming_response of_nginx(unsigned status) {
    return proxy_answer(status, "<html>", {{"Content-Type", "text/html"}, {"Server", "nginx"}});
}

http::incoming_response through_nginx(unsigned status) {
    auto made = of_ours(status);
    made.fields.push_back({"Server", "nginx/1.22.1"});
    return made;
}

http::incoming_response of_another(unsigned status) {
    return proxy_answer(status, "", {{"Server", "Caddy"}});
}

TEST(our_answers, are_told_from_those_of_others) {
    EXPECT_TRUE(is_ours(of_ours(401)));
    EXPECT_TRUE(is_ours(proxy_answer(200, R"({"status":"accepted","id":"x"})",
                                     {{"content-type", "application/json; charset=utf-8"}})));
    EXPECT_FALSE(is_ours(of_nginx(404)));
    EXPECT_FALSE(is_ours(proxy_answer(404, R"({"error":"x"})", {{"Content-Type", "text/plain"}})));
    EXPECT_FALSE(is_ours(proxy_answer(404, R"({"message":"x"})", {{"Content-Type", "application/json"}})));
    EXPECT_FALSE(is_ours(proxy_answer(404, "[]", {{"Content-Type", "application/json"}})));
    EXPECT_FALSE(is_ours(proxy_answer(200, "", {{"Content-Type", "application/json"}})));
}

struct answer_row {
    const char* name;
    http::incoming_response given;
    std::string_view what, advice;
};

class an_unexpected_answer : public testing::TestWithParam<answer_row> {};

TEST_P(an_unexpected_answer, is_explained_with_what_to_change) {
    const auto explained = explain_answer(GetParam().given, 1234);
    EXPECT_NE(explained.what.find(GetParam().what), std::string::npos) << explained.what;
    EXPECT_NE(explained.advice.find(GetParam().advice), std::string::npos) << explained.advice;
}

INSTANTIATE_TEST_SUITE_P(
    answers, an_unexpected_answer,
    testing::Values(
        answer_row{"redirect", proxy_answer(301, "", {{"Location", "https://www.example.com/hooks/x"}}),
                   "(301 to https://www.example.com/hooks/x)", "give the store that URL"},
        answer_row{"redirect_to_nowhere", proxy_answer(302, ""), "(302)", "pass this one on to the daemon"},
        answer_row{"redirect_of_nginx", of_nginx(302), "(302)", "location"},
        answer_row{"path_changed", of_ours(404), "the daemon knows no such path", "as it came"},
        answer_row{"path_changed_by_nginx", through_nginx(404), "the daemon knows no such path",
                   "proxy_pass"},
        answer_row{"no_location", of_nginx(404), "something in front", "server_name"},
        answer_row{"too_large_for_nginx", of_nginx(413), "this one has 1234 bytes", "client_max_body_size"},
        answer_row{"too_large_for_us", of_ours(413), "this one has 1234 bytes", "max_body"},
        answer_row{"address", of_ours(403), "sender", "trusted_proxies"},
        answer_row{"firewall", of_nginx(403), "forbids", "CDN"},
        answer_row{"password", of_nginx(401), "password", "auth_basic off;"},
        answer_row{"no_post", of_nginx(405), "no POST", "proxy_pass"},
        answer_row{"daemon_unreachable", of_nginx(502), "cannot reach the daemon", "start the daemon"},
        answer_row{"limit", of_nginx(503), "turns requests away", "limit_req"},
        answer_row{"full_disk", of_ours(503), "cannot store", "inbox"},
        answer_row{"late", of_nginx(504), "in vain", "proxy_read_timeout"},
        answer_row{"a_page", of_another(200), "in its stead", "go on to the daemon"},
        answer_row{"a_page_of_nginx", of_nginx(200), "in its stead", "proxy_pass"},
        answer_row{"anything", of_nginx(418), "418", "logs"}),
    [](const auto& row) { return row.param.name; });

TEST(what_is_not_known_to_be_nginx, is_not_spoken_of_as_that) {
    constexpr std::string_view words[] = {"nginx",     "proxy_",   "client_max_body_size", "server_name",
                                          "limit_req", "location", "auth_basic",           "listen 443"};
    const auto expect_none = [&words](const diagnosis& said) {
        for (const auto word : words)
            EXPECT_EQ((said.what + said.advice).find(word), std::string::npos) << said.what << said.advice;
    };
    for (unsigned status = 200; status < 600; ++status) {
        expect_none(explain_answer(of_another(status), 1));
        expect_none(explain_answer(proxy_answer(status, "<html>"), 1));
        expect_none(explain_answer(of_ours(status), 1));
    }
    for (const auto code : {errc::unavailable, errc::timeout, errc::malformed}) {
        for (const auto* const reason : {"resolve x", "connect to x: refused", "TLS handshake with x: eof",
                                         "TLS x: certificate verify failed", "read the answer of x: closed"})
            expect_none(explain_way(failure{code, reason}));
    }
}

}  // namespace
}  // namespace shopbell
