#include "support/daemon.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <barrier>
#include <set>
#include <thread>

namespace shopbell::test {
namespace {

std::vector<store_request> one_of_each() {
    return {jumpseller_request("order_paid", jumpseller_order(1)), ejunkie_request("TXN1"),
            usaepay_request("e1")};
}

TEST(a_repeat, is_answered_with_the_first_id_and_delivered_once) {
    const shop place;
    const daemon running(place.config());
    for (const auto& request : one_of_each()) {
        const auto first = running.send(request);
        ASSERT_EQ(first.outcome, "accepted");
        const auto again = running.send(request);
        EXPECT_EQ(again.status, 200U);
        EXPECT_EQ(again.outcome, "duplicate");
        EXPECT_EQ(again.id, first.id);
    }
    ASSERT_EQ(running.send(usaepay_request("last")).outcome, "accepted");
    EXPECT_EQ(wait_for_events(place.events(), 4).size(), 4U);
}

TEST(a_repeat, of_a_hundred_at_one_instant_leaves_one_event) {
    constexpr std::ptrdiff_t clients = 100;
    const shop place;
    const daemon running(place.config());
    const auto request = jumpseller_request("order_paid", jumpseller_order(1)).bytes();

    std::barrier together(clients);
    std::vector<receipt> answers(clients);
    std::vector<std::thread> threads;
    for (auto& answer : answers) {
        threads.emplace_back([&together, &answer, &request, port = running.port()] {
            raw_client client(port);
            together.arrive_and_wait();
            answer = read_receipt(client.ask(request));
        });
    }
    for (auto& one : threads)
        one.join();

    std::set<std::string> ids;
    std::ptrdiff_t accepted = 0, duplicate = 0;
    for (const auto& answer : answers) {
        EXPECT_EQ(answer.status, 200U);
        ids.insert(answer.id);
        accepted += answer.outcome == "accepted" ? 1 : 0;
        duplicate += answer.outcome == "duplicate" ? 1 : 0;
    }
    EXPECT_EQ(accepted, 1);
    EXPECT_EQ(duplicate, clients - 1);
    EXPECT_EQ(ids.size(), 1U);

    ASSERT_EQ(running.send(usaepay_request("last")).outcome, "accepted");
    const auto events = wait_for_events(place.events(), 2);
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0]["id"], *ids.begin());
}

store_request at(std::string_view time, const store_request& one) {
    constexpr std::string_view header = "Jumpseller-Triggered-At";
    return one.without(header).with(header, std::string(time));
}

store_request stock(int left) {
    return jumpseller_request("product_stock_updated", jumpseller_stock(1, left));
}

TEST(an_update, repeats_only_the_latest_of_its_resource) {
    const shop place;
    const daemon running(place.config());
    const struct {
        store_request sent;
        std::string outcome;
    } rows[] = {
        {at("2026-01-01 10:00:00.000 UTC", stock(5)), "accepted"},
        {at("2026-01-01 10:00:01.000 UTC", stock(4)), "accepted"},
        {at("2026-01-01 10:00:02.000 UTC", stock(5)), "accepted"},
        {at("2026-01-01 10:00:03.000 UTC", stock(5)), "duplicate"},
        {at("2026-01-01 10:00:01.000 UTC", stock(4)), "duplicate"},  // a late retry
        {at("2026-01-01 10:00:04.000 UTC", stock(5)), "duplicate"},
    };
    for (const auto& row : rows)
        EXPECT_EQ(running.send(row.sent).outcome, row.outcome) << row.sent.body;
    ASSERT_EQ(running.send(usaepay_request("last")).outcome, "accepted");
    const auto events = wait_for_events(place.events(), 4);
    ASSERT_EQ(events.size(), 4U);
    std::vector<int> stocks;
    for (const auto& one : events) {
        if (one["type"] == "jumpseller.product.stock_updated")
            stocks.push_back(one["data"]["payload"]["product"]["stock"].get<int>());
    }
    EXPECT_EQ(stocks, (std::vector<int>{5, 4, 5}));
}

TEST(an_update, without_a_time_repeats_only_the_latest_of_its_type) {
    const shop place;
    const daemon running(place.config());
    const auto untimed = [](const store_request& one) { return one.without("Jumpseller-Triggered-At"); };
    const auto product = jumpseller_request("product_updated", jumpseller_stock(1, 5));
    const struct {
        store_request sent;
        std::string outcome;
    } rows[] = {
        {stock(5), "accepted"}, {product, "accepted"},  {stock(5), "duplicate"},
        {stock(4), "accepted"}, {stock(5), "accepted"}, {product, "duplicate"},
    };
    for (const auto& row : rows)
        EXPECT_EQ(running.send(untimed(row.sent)).outcome, row.outcome) << row.sent.body;
}

TEST(news, of_one_order_that_comes_to_the_same_again_is_news) {
    const shop place;
    const daemon running(place.config());
    const auto paid = jumpseller_request("order_paid", jumpseller_order(7));
    const auto canceled = jumpseller_request("order_canceled", jumpseller_order(7, "canceled"));
    const auto contact = jumpseller_request("contact", R"({"contact":{"id":3,"message":"Is it blue?"}})");
    const struct {
        store_request sent;
        std::string outcome;
    } rows[] = {
        {at("2026-01-01 10:00:00 UTC", paid), "accepted"},
        {at("2026-01-01 10:00:09 UTC", paid), "duplicate"},
        {at("2026-01-01 10:01:00 UTC", canceled), "accepted"},
        {at("2026-01-01 10:00:00 UTC", paid), "duplicate"},
        {at("2026-01-01 10:02:00 UTC", paid), "accepted"},
        {at("2026-01-01 10:02:00 UTC", paid), "duplicate"},
        {at("2026-01-01 10:03:00 UTC", contact), "accepted"},
        {at("2026-01-01 10:04:00 UTC", contact), "accepted"},
        {at("2026-01-01 10:04:00 UTC", contact), "duplicate"},
        {paid.without("Jumpseller-Triggered-At"), "duplicate"},
    };
    for (const auto& row : rows)
        EXPECT_EQ(running.send(row.sent).outcome, row.outcome) << row.sent.body;
}

TEST(news, of_one_transaction_is_told_apart_by_its_status) {
    const shop place;
    const daemon running(place.config());
    const auto completed = ejunkie_request("T1");
    const auto with_status = [&](const std::string& status) {
        auto body = completed.body;
        const std::string sent = "payment_status=Completed";
        return completed.with_body(body.replace(body.find(sent), sent.size(), "payment_status=" + status));
    };
    EXPECT_EQ(running.send(with_status("Pending")).outcome, "accepted");
    EXPECT_EQ(running.send(completed).outcome, "accepted");
    EXPECT_EQ(running.send(with_status("Refunded")).outcome, "accepted");
    for (const auto& again : {with_status("PENDING+"), completed, with_status("refunded"), with_status("")})
        EXPECT_EQ(running.send(again).outcome, "duplicate") << again.body;
    const auto events = wait_for_events(place.events(), 3);
    ASSERT_EQ(events.size(), 3U);
    EXPECT_EQ(events[0]["type"], "ejunkie.order.pending");
    EXPECT_EQ(events[1]["type"], "ejunkie.order.paid");
    EXPECT_EQ(events[2]["type"], "ejunkie.order.refunded");
}

/// The first ids, told by the daemon that ran before.
class after_a_restart : public testing::TestWithParam<bool> {};

INSTANTIATE_TEST_SUITE_P(how, after_a_restart, testing::Bool(),
                         [](const auto& row) { return row.param ? "by_kill_9" : "by_SIGTERM"; });

TEST_P(after_a_restart, a_repeat_is_still_known) {
    const shop place;
    std::vector<std::string> ids;
    {
        daemon before(place.config());
        for (const auto& request : one_of_each())
            ids.push_back(before.send(request).id);
        if (GetParam())
            before.kill();
        else
            EXPECT_EQ(before.stop().code, 0);
    }
    const daemon after(place.config());
    std::size_t at = 0;
    for (const auto& request : one_of_each()) {
        const auto again = after.send(request);
        EXPECT_EQ(again.outcome, "duplicate");
        EXPECT_EQ(again.id, ids[at++]);
    }
    const auto last = after.send(usaepay_request("last"));
    wait_for_text(place.events(), last.id);
    std::set<std::string> delivered;
    for (const auto& one : read_events(place.events()))
        delivered.insert(one["id"].get<std::string>());
    ids.push_back(last.id);
    EXPECT_EQ(delivered, std::set<std::string>(ids.begin(), ids.end()));
}

}  // namespace
}  // namespace shopbell::test
