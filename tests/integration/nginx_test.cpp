#include "support/nginx.hpp"
#include "support/daemon.hpp"
#include "support/http_peer.hpp"
#include "support/localhost.hpp"
#include "support/places.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <ostream>

namespace shopbell::test {
namespace {

const std::string site = source_folder() + "/config/nginx-shopbell.conf";
constexpr std::size_t max_body = 8UL * 1024 * 1024;

/// A shop whose daemon listens on a unix socket, too: where nginx finds it.
class shop_behind_nginx {
public:
    shop_behind_nginx() {
        place_.write_config(
            {.server = "max_body = \"8MiB\"", .listen = "127.0.0.1:0\", \"unix:" + place_.file("http.sock")});
        daemon_.emplace(place_.config());
    }

    [[nodiscard]] const shop& place() const noexcept { return place_; }
    [[nodiscard]] daemon& running() { return *daemon_; }
    [[nodiscard]] nginx& front() noexcept { return front_; }

    void start_again() { daemon_.emplace(place_.config()); }

    /// `shopbell send ARGUMENTS... --url https://...`
    [[nodiscard]] finished send(std::vector<std::string> arguments, const std::string& path) const {
        command one;
        one.arguments = {shopbell_binary(), "--config", place_.config(), "send"};
        one.arguments.insert(one.arguments.end(), arguments.begin(), arguments.end());
        one.arguments.insert(one.arguments.end(), {"--url", front_.url(path)});
        one.environment = {"SSL_CERT_FILE=" + front_.certificate()};
        return run_command(one);
    }

private:
    shop place_;
    std::optional<daemon> daemon_;
    nginx front_{site, "unix:" + place_.file("http.sock")};
};

TEST(the_nginx_site, is_accepted_by_nginx_without_a_warning) {
    const nginx front(site, "unix:/run/shopbell/http.sock");
    const auto checked = front.check();
    EXPECT_EQ(checked.status.code, 0) << checked.errors;
    EXPECT_EQ(checked.errors.find("[warn]"), checked.errors.npos) << checked.errors;
}

struct store_row {
    std::string name;
    std::string event;
    std::function<store_request()> genuine, forged;
};

std::ostream& operator<<(std::ostream& out, const store_row& row) {
    return out << row.name;
}

const std::vector<store_row>& stores() {
    static const std::vector<store_row> all = {
        {"jumpseller", "order_paid", [] { return jumpseller_request("order_paid", jumpseller_order(7)); },
         [] { return jumpseller_request("order_paid", jumpseller_order(7), "another-token"); }},
        {"ejunkie", "completed", [] { return ejunkie_request("TXN1"); },
         [] { return ejunkie_request("TXN1", "00000000000000000000000000000000"); }},
        {"usaepay", "transaction.sale.success", [] { return usaepay_request("e1"); },
         [] { return usaepay_request("e1", "another-key"); }},
    };
    return all;
}

class every_store_behind_nginx : public testing::TestWithParam<store_row> {};

INSTANTIATE_TEST_SUITE_P(stores, every_store_behind_nginx, testing::ValuesIn(stores()),
                         [](const auto& row) { return row.param.name; });

TEST_P(every_store_behind_nginx, has_its_sample_accepted_and_a_tampered_one_refused) {
    SKIP_WITHOUT_LOCALHOST();
    const shop_behind_nginx served;
    const auto path = GetParam().genuine().path;
    const auto sent = served.send({GetParam().name, GetParam().event}, path);
    EXPECT_EQ(sent.status.code, 0) << sent.errors;
    EXPECT_TRUE(sent.output.starts_with("200 accepted ")) << sent.output;

    const auto tampered = served.send({GetParam().name, GetParam().event, "--tamper"}, path);
    EXPECT_EQ(tampered.status.code, 1);
    EXPECT_TRUE(tampered.output.starts_with("401 unauthorized")) << tampered.output;

    const auto events = wait_for_events(served.place().events(), 1);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0]["provider"], GetParam().name);
}

TEST_P(every_store_behind_nginx, gets_our_answer_and_is_known_by_its_own_address) {
    shop_behind_nginx served;
    const auto genuine = GetParam().genuine().with("X-Forwarded-For", "203.0.113.9");
    // Any address of 127.0.0.0/8 is this machine's.
    const auto answer = read_receipt(
        served.front().curl(genuine, served.front().url(genuine.path), {"--interface", "127.0.0.2"}));
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.outcome, "accepted");
    EXPECT_EQ(answer.raw.field("Content-Type"), "application/json");
    const auto line = served.running().wait_for_log({R"("message":"request")", answer.id});
    EXPECT_EQ(line["client"], "127.0.0.2") << line;

    const auto again = read_receipt(served.front().curl(genuine));
    EXPECT_EQ(again.outcome, "duplicate");
    EXPECT_EQ(again.id, answer.id);

    const auto refused = served.front().curl(GetParam().forged());
    EXPECT_EQ(refused.status, 401U);
    EXPECT_EQ(refused.body, R"({"error":"unauthorized"})");
}

TEST(behind_nginx, a_body_may_be_as_large_as_for_us_and_is_never_written_to_disk) {
    shop_behind_nginx served;
    const auto filled = [](std::size_t size) {
        const auto empty = jumpseller_order(1).size();
        return jumpseller_request("order_paid", jumpseller_order(1, "paid", std::string(size - empty, 'x')));
    };
    EXPECT_EQ(served.front().curl(filled(max_body)).status, 200U);
    EXPECT_EQ(served.front().curl(filled(max_body + 1)).status, 413U);
    const auto events = wait_for_events(served.place().events(), 1);
    EXPECT_EQ(events[0]["type"], "jumpseller.order.paid");
    const auto log = served.front().written();
    EXPECT_EQ(log.find("temporary file"), log.npos) << log;
}

TEST(behind_nginx, nothing_but_the_hooks_is_there) {
    shop_behind_nginx served;
    auto& front = served.front();
    const auto order = jumpseller_request("order_paid", jumpseller_order(1));
    for (const auto* path : {"/", "/hooks", "/metrics", "/healthz", "/api/events", "/hooks/nowhere",
                             "/hooks/../metrics", "/elsewhere/../hooks/jumpseller"})
        EXPECT_EQ(front.curl(order, front.url(path), {"--path-as-is"}).status, 404U) << path;

    const auto other_method = front.curl(order, front.url(order.path), {"--request", "PUT"});
    EXPECT_EQ(other_method.status, 405U);
    EXPECT_EQ(other_method.field("Allow"), "POST");

    const auto plain = front.curl(order, front.plain_url("/hooks/jumpseller?a=b"));
    EXPECT_EQ(plain.status, 308U);
    EXPECT_EQ(plain.field("Location"), "https://hooks.example.com/hooks/jumpseller?a=b");
}

TEST(behind_nginx, a_query_string_stands_in_no_access_log) {
    shop_behind_nginx served;
    auto& front = served.front();
    const auto order = jumpseller_request("order_paid", jumpseller_order(1));
    EXPECT_EQ(front.curl(order, front.url(order.path + "?token=s3cret")).status, 200U);
    wait_for_text(front.access_log(), "\"POST /hooks/jumpseller HTTP/1.1\" 200 ");
    const auto log = read_file(front.access_log());
    EXPECT_EQ(log.find("s3cret"), log.npos) << log;
}

TEST(behind_nginx, a_restart_is_survived_and_meanwhile_nobody_is_told_2xx) {
    shop_behind_nginx served;
    auto& front = served.front();
    const auto before = ejunkie_request("BEFORE"), during = ejunkie_request("DURING"),
               after = ejunkie_request("AFTER");
    EXPECT_EQ(front.curl(before).status, 200U);

    EXPECT_EQ(served.running().stop().code, 0);
    EXPECT_EQ(front.curl(during).status, 502U);

    served.start_again();
    EXPECT_EQ(front.curl(after).status, 200U);
    const auto events = wait_for_events(served.place().events(), 2);
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0]["subject"], "order/BEFORE");
    EXPECT_EQ(events[1]["subject"], "order/AFTER");
}

TEST(behind_nginx, a_post_whose_connection_breaks_is_sent_once_more) {
    const answer taken{.status = 200, .fields = {{"Content-Type", "application/json"}}, .body = "{}"};
    http_peer shopbell({taken, {.act = answer::action::reset}, taken, {.act = answer::action::close}, taken});
    const nginx front(site, "127.0.0.1:" + std::to_string(shopbell.port()));

    const auto first = ejunkie_request("FIRST"), kept = ejunkie_request("KEPT"),
               fresh = ejunkie_request("FRESH");
    EXPECT_EQ(front.curl(first).status, 200U);
    EXPECT_EQ(front.curl(kept).status, 200U);
    EXPECT_EQ(front.curl(fresh).status, 200U);

    const auto arrived = shopbell.wait_for(5);
    ASSERT_EQ(arrived.size(), 5U);
    EXPECT_EQ(arrived[0].connection, arrived[1].connection) << "the connection was not kept";
    for (const auto& [one, again, body] : {std::tuple{1U, 2U, kept.body}, std::tuple{3U, 4U, fresh.body}}) {
        EXPECT_EQ(arrived[one].body, body);
        EXPECT_EQ(arrived[again].body, body);
    }
}

TEST(behind_nginx, a_request_reaches_us_as_the_store_made_it) {
    http_peer shopbell({{.status = 503, .fields = {{"Retry-After", "7"}}, .body = R"({"error":"x"})"}});
    const nginx front(site, "127.0.0.1:" + std::to_string(shopbell.port()));
    auto odd = jumpseller_request("order_paid", std::string("{\"a\":\t1.10, \"b\":\"\0\xff\"}\r\n", 23));
    odd.path = "/hooks/%6Aumpseller//.?a=%2F&a=b";
    const auto answer = front.curl(odd, front.url(odd.path), {"--path-as-is"});
    EXPECT_EQ(answer.status, 503U);
    EXPECT_EQ(answer.field("Retry-After"), "7");
    EXPECT_EQ(answer.body, R"({"error":"x"})");

    const auto arrived = shopbell.wait_for(1);
    ASSERT_EQ(arrived.size(), 1U);
    EXPECT_EQ(arrived[0].target, odd.path);
    EXPECT_EQ(arrived[0].body, odd.body);
    for (const auto& field : odd.fields)
        EXPECT_EQ(value_of(arrived[0].fields, field.name), field.value) << field.name;
}

}  // namespace
}  // namespace shopbell::test
