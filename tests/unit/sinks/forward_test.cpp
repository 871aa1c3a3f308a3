#include "made_sink.hpp"
#include "support/http_peer.hpp"

#include <shopbell/sinks/standard_webhooks.hpp>

#include <gtest/gtest.h>

namespace shopbell {
namespace {

using namespace std::string_view_literals;
using test::answer;
using test::http_peer;
using test::make_event;

class forward_sink : public ::testing::Test {
protected:
    std::unique_ptr<sink> make(const http_peer& to, const std::string& more = "") {
        auto made = bench_.make("forward", "url = \"" + to.url("/hooks?shop=1") + "\"\n" + more);
        for (const std::string& one : bench_.problems)
            EXPECT_NE(one.find("warning"), std::string::npos) << one;
        return made;
    }
    test::sink_workbench bench_;
};

/// An event as a store would have sent it, with bytes that no JSON library would give back.
std::shared_ptr<event> make_original() {
    auto one = make_event("id-1");
    one->original_headers = {{"Content-Type", "application/json; charset=utf-8"},
                             {"Jumpseller-Event", "order_paid"},
                             {"Jumpseller-Hmac-Sha256", "c2lnbmF0dXJl"}};
    one->original_body = "{ \"total\" : 369.20,\r\n \"total\":1}\0\xFF\n"sv;
    return one;
}

TEST_F(forward_sink, posts_the_event_document) {
    const http_peer peer;
    const auto made = make(peer);
    EXPECT_EQ(made->batch_limit(), 1U);
    EXPECT_EQ(bench_.deliver_one(*made, make_original()), "delivered");

    const auto seen = peer.wait_for(1).at(0);
    EXPECT_EQ(seen.method, "POST");
    EXPECT_EQ(seen.target, "/hooks?shop=1");
    EXPECT_EQ(seen.body, make_original()->document);
    EXPECT_EQ(value_of(seen.fields, "Content-Type"), "application/cloudevents+json");
    EXPECT_EQ(value_of(seen.fields, "Host"), "127.0.0.1:" + std::to_string(peer.port()));
    EXPECT_EQ(value_of(seen.fields, "Content-Length"), std::to_string(seen.body.size()));
    for (const char* absent : {"Authorization", "webhook-id", "webhook-signature", "Jumpseller-Event"})
        EXPECT_EQ(count(seen.fields, absent), 0U) << absent;
}

TEST_F(forward_sink, sends_the_headers_method_and_content_type_asked_for) {
    const http_peer peer;
    const auto made = make(peer,
                           "method = \"PUT\"\ncontent_type = \"application/json\"\n"
                           "headers = { X-Shop = \"main\", x-empty = \"\" }");
    EXPECT_EQ(bench_.deliver_one(*made, make_event("1")), "delivered");

    const auto seen = peer.wait_for(1).at(0);
    EXPECT_EQ(seen.method, "PUT");
    EXPECT_EQ(value_of(seen.fields, "Content-Type"), "application/json");
    EXPECT_EQ(value_of(seen.fields, "X-Shop"), "main");
    EXPECT_EQ(count(seen.fields, "x-empty"), 1U);
}

TEST_F(forward_sink, sends_the_exact_bytes_and_headers_of_the_store) {
    const http_peer peer;
    const auto one = make_original();
    EXPECT_EQ(bench_.deliver_one(*make(peer, "body = \"original\""), one), "delivered");

    const auto seen = peer.wait_for(1).at(0);
    EXPECT_EQ(seen.body, one->original_body);
    for (const header& field : one->original_headers)
        EXPECT_EQ(value_of(seen.fields, field.name), field.value) << field.name;
}

TEST_F(forward_sink, lets_its_own_headers_win_over_the_stores) {
    const http_peer peer;
    auto one = make_original();
    one->original_headers.push_back({"Authorization", "Basic c3RvcmU="});
    one->original_headers.push_back({"Content-Length", "3"});
    const auto made = make(
        peer, "body = \"original\"\nbearer_token = \"ours\"\nheaders = { jumpseller-event = \"other\" }");
    EXPECT_EQ(bench_.deliver_one(*made, one), "delivered");

    const auto seen = peer.wait_for(1).at(0);
    EXPECT_EQ(count(seen.fields, "Authorization"), 1U);
    EXPECT_EQ(value_of(seen.fields, "Authorization"), "Bearer ours");
    EXPECT_EQ(count(seen.fields, "Jumpseller-Event"), 1U);
    EXPECT_EQ(value_of(seen.fields, "Jumpseller-Event"), "other");
    EXPECT_EQ(value_of(seen.fields, "Content-Length"), std::to_string(one->original_body.size()));
}

TEST_F(forward_sink, sends_basic_credentials) {
    const http_peer peer;
    const auto made = make(peer, "basic_user = \"Aladdin\"\nbasic_password = \"open sesame\"");
    EXPECT_EQ(bench_.deliver_one(*made, make_event("1")), "delivered");
    // RFC 7617, section 2
    EXPECT_EQ(value_of(peer.wait_for(1).at(0).fields, "Authorization"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

TEST_F(forward_sink, signs_what_it_sends_with_every_secret) {
    const http_peer peer;
    const secret old_key = *standard_webhooks_key(secret("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    const secret new_key = *standard_webhooks_key(secret("bmV3IHNlY3JldA=="));
    const auto made = make(peer,
                           "body = \"original\"\nsign_secret = [\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\", "
                           "\"bmV3IHNlY3JldA==\"]");
    const auto before = std::chrono::floor<std::chrono::seconds>(now()).time_since_epoch().count();
    EXPECT_EQ(bench_.deliver_one(*made, make_original()), "delivered");

    const auto seen = peer.wait_for(1).at(0);
    EXPECT_EQ(value_of(seen.fields, "webhook-id"), "id-1");
    const std::int64_t stamp = std::stoll(std::string(value_of(seen.fields, "webhook-timestamp")));
    EXPECT_GE(stamp, before);
    EXPECT_LE(stamp, before + 20);
    EXPECT_EQ(value_of(seen.fields, "webhook-signature"),
              sign_standard_webhook({old_key, new_key}, "id-1", stamp, seen.body));
}

struct echo_row {
    std::string_view name;
    std::string keys;
    std::string echo;  ///< what the other side answers
    std::string shown;
};

class forward_echo : public forward_sink, public ::testing::WithParamInterface<echo_row> {};

TEST_P(forward_echo, shows_no_secret) {
    for (const unsigned status : {200U, 400U, 503U}) {
        const http_peer peer({{status, {}, GetParam().echo}});
        auto one = make_original();
        one->original_proof = "cafe0123";
        const auto outcome = bench_.deliver_for_outcome(*make(peer, GetParam().keys), one);
        EXPECT_EQ(test::response_of(outcome), GetParam().shown);
        const std::string reason = "answered " + std::to_string(status) + ": " + GetParam().shown;
        EXPECT_TRUE(status == 200 || test::describe(outcome).ends_with(reason)) << test::describe(outcome);
    }
}

INSTANTIATE_TEST_SUITE_P(
    answers, forward_echo,
    ::testing::Values(
        echo_row{"bearer", "bearer_token = \"s3cret\"", "got Authorization: Bearer s3cret, no",
                 "got Authorization: Bearer [secret], no"},
        echo_row{"bearers", "bearer_token = [\"new\", \"old\"]", "new? old?", "[secret]? [secret]?"},
        echo_row{"basic", "basic_user = \"Aladdin\"\nbasic_password = \"open sesame\"",
                 "Aladdin:open sesame is Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
                 "Aladdin:[secret] is Basic [secret]"},
        echo_row{"sign_secret", "sign_secret = \"whsec_bmV3IHNlY3JldA==\"",
                 "whsec_bmV3IHNlY3JldA==, bmV3IHNlY3JldA==, new secret", "[secret], [secret], [secret]"},
        echo_row{"headers",
                 "headers = { X-Api-Key = \"k3y\", Authorization = \"Token t0ken\", X-Shop = \"main\" }",
                 "k3y, Token t0ken, t0ken, main", "[secret], [secret], [secret], main"},
        echo_row{"handshake_of_the_original", "body = \"original\"", "handshake=cafe0123&x=1",
                 "handshake=[secret]&x=1"},
        echo_row{"nothing_sent", "", "cafe0123", "cafe0123"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST_F(forward_sink, shows_no_part_of_a_secret_at_the_end_of_what_is_kept) {
    const std::string before(longest_response - 3, '.');
    const http_peer peer({{200, {}, before + "s3cret, as it goes on"}});
    const auto outcome =
        bench_.deliver_for_outcome(*make(peer, "bearer_token = \"s3cret\""), make_original());
    EXPECT_EQ(test::response_of(outcome).find("s3c"), std::string::npos);
}

struct status_row {
    std::string_view name;
    answer given;
    std::string expected;
};

class forward_answer : public forward_sink, public ::testing::WithParamInterface<status_row> {};

TEST_P(forward_answer, is_classified) {
    const http_peer peer({GetParam().given});
    EXPECT_EQ(bench_.deliver_one(*make(peer), make_event("1")), GetParam().expected);
    EXPECT_EQ(peer.requests().size(), 1U);
}

std::string repeat(std::string_view text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i)
        all += text;
    return all;
}

INSTANTIATE_TEST_SUITE_P(
    statuses, forward_answer,
    ::testing::Values(
        status_row{"ok", {200, {}, "fine"}, "delivered"}, status_row{"created", {201}, "delivered"},
        status_row{"accepted", {202}, "delivered"}, status_row{"odd_success", {299}, "delivered"},
        status_row{
            "moved", {301, {{"Location", "/x"}}}, "reject: answered 301, and redirects are not followed"},
        status_row{"temporary_redirect",
                   {307, {{"Location", "/x"}}},
                   "reject: answered 307, and redirects are not followed"},
        status_row{"bad_request",
                   {400, {}, "{\"error\":\"no such shop\"}"},
                   "reject: answered 400: {\"error\":\"no such shop\"}"},
        status_row{"unauthorized", {401}, "reject: answered 401"},
        status_row{"gone", {410}, "reject: answered 410"},
        status_row{"unprocessable", {422}, "reject: answered 422"},
        status_row{"reject_ignores_retry_after", {404, {{"Retry-After", "9"}}}, "reject: answered 404"},
        status_row{"request_timeout", {408}, "retry: answered 408"},
        status_row{"too_early", {425}, "retry: answered 425"},
        status_row{"too_many", {429, {{"Retry-After", "120"}}}, "retry after 120000: answered 429"},
        status_row{
            "server_error", {500, {}, "  oops\r\n\r\n\tagain\x01 "}, "retry: answered 500: oops again"},
        status_row{"unavailable", {503, {{"Retry-After", "-1"}}}, "retry after 0: answered 503"},
        status_row{"past_date",
                   {503, {{"Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT"}}},
                   "retry after 0: answered 503"},
        status_row{"nonsense_retry_after", {503, {{"Retry-After", "soon"}}}, "retry: answered 503"},
        status_row{"not_utf8", {500, {}, "caf\xE9"}, "retry: answered 500: caf\xEF\xBF\xBD"},
        status_row{"long_text", {500, {}, repeat("x", 1000)}, "retry: answered 500: " + repeat("x", 200)},
        status_row{"long_text_of_wide_characters",
                   {500, {}, "x" + repeat("ñ", 500)},
                   "retry: answered 500: x" + repeat("ñ", 99)}),
    [](const auto& row) { return std::string(row.param.name); });

struct fault_row {
    std::string_view name;
    answer given;
};

class forward_fault : public forward_sink, public ::testing::WithParamInterface<fault_row> {};

TEST_P(forward_fault, is_retried) {
    http_peer peer({GetParam().given});
    bench_.timeout = std::chrono::milliseconds(300);
    const auto made = make(peer);
    const std::string outcome = bench_.deliver_one(*made, make_event("secret-id"));
    EXPECT_TRUE(outcome.starts_with("retry: ")) << outcome;
    EXPECT_EQ(outcome.find("secret-id"), std::string::npos) << outcome;
    peer.set_script({});
    EXPECT_EQ(bench_.deliver_one(*made, make_event("secret-id")), "delivered");
}

INSTANTIATE_TEST_SUITE_P(
    transport, forward_fault,
    ::testing::Values(fault_row{"closed", {.act = answer::action::close}},
                      fault_row{"reset", {.act = answer::action::reset}},
                      fault_row{"silent", {.act = answer::action::hang}},
                      fault_row{"not_http", {.body = "SSH-2.0-OpenSSH_9.2\r\n", .act = answer::action::raw}},
                      fault_row{"cut_short",
                                {.body = "HTTP/1.1 200 OK\r\nContent-", .act = answer::action::raw}}),
    [](const auto& row) { return std::string(row.param.name); });

struct response_row {
    std::string_view name;
    answer given;
    std::string kept;
};

class forward_response : public forward_sink, public ::testing::WithParamInterface<response_row> {};

TEST_P(forward_response, is_kept_with_the_outcome) {
    const http_peer peer({GetParam().given});
    const outcome got = bench_.deliver_for_outcome(*make(peer), make_event("1"));
    EXPECT_EQ(test::response_of(got), GetParam().kept);
}

INSTANTIATE_TEST_SUITE_P(
    bodies, forward_response,
    ::testing::Values(
        response_row{"of_a_delivery", {200, {}, "thanks\r\n"}, "thanks\r\n"},
        response_row{"of_a_retry", {503, {}, "later"}, "later"},
        response_row{"of_a_reject", {422, {}, "no\nnever"}, "no\nnever"},
        response_row{"none", {204, {}, ""}, ""},
        response_row{"too_long", {200, {}, repeat("x", 100'000)}, repeat("x", 2048)},
        response_row{"cut_within_a_character", {200, {}, "x" + repeat("ñ", 5000)}, "x" + repeat("ñ", 1023)},
        response_row{"not_utf8", {200, {}, repeat("\xE9", 5000)}, repeat("\xEF\xBF\xBD", 682)}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(forward_sink, retries_when_nobody_listens) {
    std::unique_ptr<sink> made;
    {
        const http_peer gone;
        made = make(gone);
    }
    const std::string outcome = bench_.deliver_one(*made, make_event("1"));
    EXPECT_TRUE(outcome.starts_with("retry: ")) << outcome;
}

TEST_F(forward_sink, keeps_its_connection) {
    const http_peer peer;
    const auto made = make(peer);
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(bench_.deliver_one(*made, make_event("1")), "delivered");
    EXPECT_EQ(peer.requests().back().connection, 0U);
}

}  // namespace
}  // namespace shopbell
