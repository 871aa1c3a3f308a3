#include "support/http_peer.hpp"
#include "workshop.hpp"

#include <shopbell/cli/exit_status.hpp>
#include <shopbell/cli/send.hpp>
#include <shopbell/cli/sender.hpp>
#include <shopbell/core/json.hpp>
#include <shopbell/core/text.hpp>
#include <shopbell/stores/form.hpp>

#include <gtest/gtest.h>

#include <set>
#include <sstream>

namespace shopbell {
namespace {

using test::printed;
using test::workshop;

const test::answer taken{.status = 200, .body = R"({"status":"accepted","id":"0193-x"})"};
const test::answer refused{.status = 401, .body = R"({"error":"unauthorized"})"};

class sending : public testing::Test {
protected:
    printed run(const send_options& options, const std::string& input = "") {
        std::istringstream in(input);
        std::ostringstream out;
        std::ostringstream err;
        const int status = send(shop_.config(), options, in, out, err);
        return {status, out.str(), err.str()};
    }

    static send_options event(std::string provider, std::string name) {
        send_options options;
        options.provider = std::move(provider);
        options.event = std::move(name);
        return options;
    }

    test::http_peer daemon_{{taken}};
    workshop shop_{"[\"127.0.0.1:" + std::to_string(daemon_.port()) + "\"]"};
};

TEST_F(sending, posts_the_signed_sample_to_the_endpoint_s_path) {
    const auto result = run(event("jumpseller", "order_paid"));
    EXPECT_EQ(result.status, exit_done) << result.err;
    EXPECT_EQ(result.out, "200 accepted 0193-x\n");
    EXPECT_EQ(result.err, "");
    const auto seen = daemon_.requests();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].method, "POST");
    EXPECT_EQ(seen[0].target, "/hooks/jumpseller");
    EXPECT_EQ(value_of(seen[0].fields, "Jumpseller-Event"), "order_paid");
    EXPECT_EQ(value_of(seen[0].fields, "Jumpseller-Hmac-Sha256").size(), 44U);
}

TEST_F(sending, takes_the_endpoint_that_is_named) {
    auto options = event("jumpseller", "order.paid");
    options.endpoint = "second-shop";
    EXPECT_EQ(run(options).status, exit_done);
    EXPECT_EQ(daemon_.requests().at(0).target, "/hooks/second");
}

TEST_F(sending, goes_where_the_url_says) {
    const workshop nowhere(R"(["unix:/run/shopbell/none.sock"])");
    auto options = event("usaepay", "transaction.sale.success");
    options.url = daemon_.url("/elsewhere");
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    EXPECT_EQ(send(nowhere.config(), options, in, out, err), exit_done) << err.str();
    EXPECT_EQ(daemon_.requests().at(0).target, "/elsewhere");
}

TEST_F(sending, says_so_where_only_a_unix_socket_is_listened_on) {
    const workshop nowhere(R"(["unix:/run/shopbell/none.sock"])");
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    EXPECT_EQ(send(nowhere.config(), event("ejunkie", "order.paid"), in, out, err), exit_usage);
    EXPECT_NE(err.str().find("--url http://HOST:PORT/hooks/ejunkie"), std::string::npos) << err.str();
}

TEST_F(sending, changes_values_before_signing) {
    auto options = event("jumpseller", "order_paid");
    options.changes = {"/order/id=7", "/order/total=10.50"};
    EXPECT_EQ(run(options).status, exit_done);
    const auto body = json::document::parse(daemon_.requests().at(0).body);
    ASSERT_TRUE(body);
    EXPECT_EQ(body->root().at("/order/id")->raw(), "7");
    EXPECT_EQ(body->root().at("/order/total")->raw(), "10.50");
}

TEST_F(sending, takes_a_body_from_a_file_or_the_standard_input) {
    auto options = event("jumpseller", "order_paid");
    options.body = shop_.file("body.json");
    test::write_file(options.body, "{\"order\":{\"id\":1.0}}\n");
    EXPECT_EQ(run(options).status, exit_done);
    options.body = "-";
    EXPECT_EQ(run(options, "not json").status, exit_done);
    const auto seen = daemon_.requests();
    EXPECT_EQ(seen.at(0).body, "{\"order\":{\"id\":1.0}}\n");
    EXPECT_EQ(seen.at(1).body, "not json");
}

/// What makes the delivery another one.
std::string id_in(const std::string& sent) {
    const auto body = json::document::parse(sent);
    if (!body)
        return std::string(form::parse(sent).first("txn_id").value_or(""));
    const auto* id = body->root().at("/order/id");
    return std::string((id != nullptr ? id : body->root().at("/event_id"))->text());
}

std::string any_event_of(std::string_view provider) {
    return provider == "usaepay" ? "transaction.sale.success" : "order.paid";
}

TEST_F(sending, makes_each_another_delivery) {
    std::set<std::string> ids;
    for (const auto* provider : {"jumpseller", "ejunkie", "usaepay"}) {
        auto options = event(provider, any_event_of(provider));
        for (const std::size_t count : {5U, 1U, 1U}) {
            options.count = count;
            const auto result = run(options);
            EXPECT_EQ(result.status, exit_done) << result.err;
            std::string lines;
            for (std::size_t i = 0; i < count; ++i)
                lines += "200 accepted 0193-x\n";
            EXPECT_EQ(result.out, lines);
        }
    }
    for (const auto& seen : daemon_.requests())
        ids.insert(id_in(seen.body));
    EXPECT_EQ(ids.size(), 21U);
}

TEST_F(sending, makes_the_same_delivery_again_where_that_is_asked_for) {
    for (const auto* provider : {"jumpseller", "ejunkie", "usaepay"}) {
        auto options = event(provider, any_event_of(provider));
        options.repeat = true;
        options.count = 2;
        EXPECT_EQ(run(options).status, exit_done);
        options.count = 1;
        EXPECT_EQ(run(options).status, exit_done);
    }
    const auto seen = daemon_.requests();
    ASSERT_EQ(seen.size(), 9U);
    for (std::size_t i = 0; i < seen.size(); ++i) {
        const auto& first = seen[i - i % 3];
        EXPECT_EQ(seen[i].body, first.body);
        EXPECT_EQ(value_of(seen[i].fields, "Jumpseller-Triggered-At"),
                  value_of(first.fields, "Jumpseller-Triggered-At"));
    }
}

TEST_F(sending, keeps_an_id_that_was_set) {
    auto options = event("ejunkie", "order.paid");
    options.changes = {"/txn_id=T7", "/txn_type=cash"};
    EXPECT_EQ(run(options).status, exit_done);
    EXPECT_EQ(id_in(daemon_.requests().at(0).body), "T7");
}

TEST_F(sending, at_a_rate_keeps_it) {
    auto options = event("jumpseller", "order_paid");
    options.count = 3;
    options.rate = 50;
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(run(options).status, exit_done);
    EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(40));
}

TEST_F(sending, prints_a_refusal_and_fails) {
    daemon_.set_script({refused});
    auto options = event("jumpseller", "order_paid");
    options.tamper = true;
    const auto result = run(options);
    EXPECT_EQ(result.status, exit_failed);
    EXPECT_EQ(result.out, "401 unauthorized\n");
}

TEST_F(sending, tampers_with_the_credential_only) {
    auto options = event("ejunkie", "order.paid");
    options.repeat = true;
    EXPECT_EQ(run(options).status, exit_done);
    options.tamper = true;
    EXPECT_EQ(run(options).status, exit_done);
    const auto seen = daemon_.requests();
    const auto genuine = form::parse(seen.at(0).body);
    const auto broken = form::parse(seen.at(1).body);
    EXPECT_EQ(genuine.first("handshake"), "6b6833aca1f51dc7ca84723dba452a79");
    EXPECT_NE(broken.first("handshake"), genuine.first("handshake"));
    EXPECT_EQ(broken.first("txn_id"), genuine.first("txn_id"));
}

TEST_F(sending, fails_where_one_of_many_was_refused) {
    daemon_.set_script({taken, refused, taken});
    auto options = event("jumpseller", "order_paid");
    options.count = 3;
    const auto result = run(options);
    EXPECT_EQ(result.status, exit_failed);
    EXPECT_EQ(result.out, "200 accepted 0193-x\n401 unauthorized\n200 accepted 0193-x\n");
}

TEST_F(sending, as_json_prints_a_line_for_each_answer) {
    daemon_.set_script({taken, refused});
    auto options = event("jumpseller", "order_paid");
    options.count = 2;
    options.json = true;
    std::istringstream lines(run(options).out);
    std::string first;
    std::string second;
    std::getline(lines, first);
    std::getline(lines, second);
    EXPECT_TRUE(first.starts_with(R"({"status":200,"outcome":"accepted","id":"0193-x","duration_ms":)"))
        << first;
    EXPECT_TRUE(second.starts_with(R"({"status":401,"outcome":"unauthorized","duration_ms":)")) << second;
    EXPECT_TRUE(json::document::parse(first));
}

TEST_F(sending, says_why_there_was_no_answer) {
    daemon_.set_script({{.act = test::answer::action::close}});
    const auto result = run(event("jumpseller", "order_paid"));
    EXPECT_EQ(result.status, exit_failed);
    EXPECT_EQ(result.out, "");
    EXPECT_TRUE(result.err.starts_with("shopbell send: no answer: ")) << result.err;
}

struct usage_row {
    const char* name;
    send_options options;
    std::string_view message;
};

class wrong_usage_of_send : public testing::TestWithParam<usage_row> {};

TEST_P(wrong_usage_of_send, is_refused_before_anything_is_sent) {
    const workshop shop;
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    EXPECT_EQ(send(shop.config(), GetParam().options, in, out, err), exit_usage);
    EXPECT_TRUE(err.str().starts_with(GetParam().message)) << err.str();
    EXPECT_EQ(out.str(), "");
}

INSTANTIATE_TEST_SUITE_P(
    usage, wrong_usage_of_send,
    testing::Values(
        usage_row{
            "unknown_provider",
            {.provider = "ejunky", .event = "order.paid"},
            "shopbell send: unknown provider \"ejunky\" (did you mean \"ejunkie\"?); there are: jumpseller "},
        usage_row{"unknown_event",
                  {.provider = "jumpseller", .event = "order_payed"},
                  "shopbell send: unknown event \"order_payed\" (did you mean \"order_paid\"?); jumpseller "
                  "sends: "},
        usage_row{
            "unknown_endpoint",
            {.provider = "jumpseller", .event = "order_paid", .endpoint = "x"},
            "shopbell send: no endpoint is named \"x\"; there are: main-shop second-shop downloads cards\n"},
        usage_row{"bad_assignment",
                  {.provider = "jumpseller", .event = "order_paid", .changes = {"order"}},
                  "shopbell send: --set expects POINTER=VALUE such as /order/total=10.50, got order\n"},
        usage_row{"pointer_to_nothing",
                  {.provider = "jumpseller", .event = "order_paid", .changes = {"/a/b=1"}},
                  "shopbell send: the body has no /a to set /a/b in\n"},
        usage_row{"bad_url",
                  {.provider = "jumpseller", .event = "order_paid", .url = "ftp://x"},
                  "shopbell send: the URL ftp://x: "}),
    [](const auto& one) { return one.param.name; });

TEST(an_answer, of_another_server_is_told_by_its_status) {
    http::incoming_response html;
    html.status = 502;
    html.body = "<html>Bad Gateway</html>";
    EXPECT_EQ(to_line(read_answer(html)), "502");
}

TEST(an_answer, reaches_the_terminal_without_control_sequences) {
    http::incoming_response hostile;
    hostile.status = 401;
    hostile.body = R"({"error":"\u001b[31mred\n\u009b2J"})";
    EXPECT_EQ(to_line(read_answer(hostile)), "401 \uFFFD[31mred \uFFFD2J");
}

}  // namespace
}  // namespace shopbell
