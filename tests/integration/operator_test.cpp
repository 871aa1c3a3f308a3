#include "support/daemon.hpp"
#include "support/eventually.hpp"
#include "support/http_peer.hpp"
#include "support/inbox_file.hpp"
#include "support/places.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

// What the daemon's owner does with its commands, against the real program.

namespace shopbell::test {
namespace {

std::string content_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> ids_of(const std::vector<seen_request>& all) {
    std::vector<std::string> ids;
    for (const auto& one : all)
        ids.push_back(nlohmann::json::parse(one.body)["id"].get<std::string>());
    return ids;
}

nlohmann::json delivery_of(const nlohmann::json& shown, std::string_view sink) {
    for (const auto& one : shown["deliveries"]) {
        if (one["sink"] == sink)
            return one;
    }
    return {};
}

std::vector<std::string> history_of(const nlohmann::json& shown, std::string_view sink) {
    std::vector<std::string> all;
    const auto delivery = delivery_of(shown, sink);
    for (const auto& one : delivery.at("history"))
        all.push_back(one["what"].get<std::string>());
    return all;
}

nlohmann::json sink_named(const shop& place, std::string_view name) {
    for (const auto& one : place.ask({"sinks"})) {
        if (one["name"] == name)
            return one;
    }
    return {};
}

class operated_shop : public ::testing::Test {
protected:
    void configure(const std::string& more = {}) {
        place.write_config({.operated = true, .sinks = place.file_and_log() + more});
    }
    shop place;
};

TEST_F(operated_shop, lists_shows_and_gives_back_what_came) {
    configure();
    const daemon running(place.config());
    const auto order = jumpseller_request("order_paid", jumpseller_order(1026));
    const auto first = running.send(order).id;
    const auto second = running.send(ejunkie_request("TXN1")).id;
    (void)wait_for_events(place.events(), 2);

    const auto all = place.ask({"events"});
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0]["id"], second);
    EXPECT_EQ(all[1]["id"], first);
    EXPECT_EQ(all[1]["type"], "jumpseller.order.paid");
    EXPECT_EQ(all[1]["subject"], "order/1026");
    EXPECT_EQ(place.ask({"events", "--type", "jumpseller.**"}).at(0)["id"], first);
    EXPECT_EQ(place.ask({"events", "--endpoint", "ejunkie", "--limit", "5"}).size(), 1U);
    EXPECT_EQ(place.ask({"events", "--subject", "order/1026"}).size(), 1U);
    EXPECT_TRUE(place.ask({"events", "--until", "2026-01-01T00:00:00Z"}).empty());
    EXPECT_EQ(place.ask({"events", "--since", "10m", "--limit", "1"}).size(), 1U);

    EXPECT_TRUE(eventually([&] { return sink_named(place, "events-file")["lag"]["events"] == 0; }));
    const auto shown = place.ask({"show", first}).at(0);
    EXPECT_EQ(shown["event"]["data"]["order"]["number"], "1026");
    EXPECT_EQ(delivery_of(shown, "events-file")["state"], "delivered");

    const auto exact = run_shopbell(place.config(), {"show", first, "--original"});
    EXPECT_EQ(exact.output, order.body);
    const auto blanked = run_shopbell(place.config(), {"show", second, "--original"});
    EXPECT_EQ(blanked.output.find(handshake), std::string::npos) << blanked.output;
    EXPECT_NE(blanked.output.find("TXN1"), std::string::npos);

    const auto unknown = run_shopbell(place.config(), {"show", "01900000-0000-7000-8000-000000000000"});
    EXPECT_EQ(unknown.status.code, 1);
    EXPECT_NE(unknown.errors.find("no event"), std::string::npos) << unknown.errors;
}

TEST_F(operated_shop, reads_the_inbox_of_a_stopped_daemon_and_changes_nothing_in_it) {
    configure();
    std::string id;
    {
        daemon running(place.config());
        id = running.send(usaepay_request("e1")).id;
        (void)wait_for_events(place.events(), 1);
        running.kill();
    }
    EXPECT_EQ(place.ask({"events"}).at(0)["id"], id);
    EXPECT_EQ(place.ask({"show", id}).at(0)["event"]["id"], id);
    EXPECT_EQ(place.ask({"sinks"}).size(), 2U);
    for (const std::vector<std::string>& change :
         {std::vector<std::string>{"replay", id}, {"sinks", "pause", "log"}, {"dead", "retry"}}) {
        const auto refused = run_shopbell(place.config(), change);
        EXPECT_EQ(refused.status.code, 1) << change[0];
        EXPECT_NE(refused.errors.find("not running"), std::string::npos) << refused.errors;
    }
}

TEST_F(operated_shop, replays_one_event_or_many_to_one_sink_or_all) {
    const http_peer target;
    configure(forward_sink("target", target.url(), "concurrency = 1"));
    const daemon running(place.config());
    const auto first = running.send(jumpseller_request("order_paid", jumpseller_order(1))).id;
    const auto second = running.send(usaepay_request("e1")).id;
    (void)target.wait_for(2);
    (void)wait_for_events(place.events(), 2);

    const auto one = place.ask({"replay", first, "--sink", "target"}).at(0);
    EXPECT_EQ(one["events"], 1);
    EXPECT_EQ(one["deliveries"], 1);
    EXPECT_EQ(ids_of(target.wait_for(3)), (std::vector<std::string>{first, second, first}));
    EXPECT_EQ(read_events(place.events()).size(), 2U);
    EXPECT_TRUE(eventually([&] {
        return history_of(place.ask({"show", first}).at(0), "target") ==
               std::vector<std::string>{"replayed", "delivered"};
    }));

    const auto all = place.ask({"replay", "--type", "usaepay.**"}).at(0);
    EXPECT_EQ(all["events"], 1);
    EXPECT_EQ(all["deliveries"], 3);
    EXPECT_EQ(ids_of(target.wait_for(4)).back(), second);
    EXPECT_EQ(wait_for_events(place.events(), 3).back()["id"], second);
}

TEST_F(operated_shop, a_paused_sink_stays_paused_over_a_restart_and_goes_on_where_it_stopped) {
    const http_peer target;
    configure(forward_sink("target", target.url()));
    std::vector<std::string> sent;
    {
        daemon running(place.config());
        sent.push_back(running.send(usaepay_request("e1")).id);
        (void)target.wait_for(1);
        EXPECT_EQ(run_shopbell(place.config(), {"sinks", "pause", "target"}).status.code, 0);
        sent.push_back(running.send(usaepay_request("e2")).id);
        (void)wait_for_events(place.events(), 2);
        EXPECT_EQ(running.stop().code, 0);
    }
    const daemon again(place.config());
    sent.push_back(again.send(usaepay_request("e3")).id);
    (void)wait_for_events(place.events(), 3);
    const auto paused = sink_named(place, "target");
    EXPECT_EQ(paused["state"], "paused");
    EXPECT_EQ(paused["lag"]["events"], 2);
    EXPECT_EQ(target.requests().size(), 1U);

    EXPECT_EQ(run_shopbell(place.config(), {"sinks", "resume", "target"}).status.code, 0);
    auto got = ids_of(target.wait_for(3));
    std::sort(got.begin(), got.end());
    EXPECT_EQ(got, sent);
    EXPECT_EQ(run_shopbell(place.config(), {"sinks", "pause", "targt"}).status.code, 1);
}

TEST_F(operated_shop, a_sink_that_leaves_the_configuration_keeps_its_place_until_it_is_forgotten) {
    const http_peer target;
    const auto with = forward_sink("target", target.url());
    configure(with);
    std::string before, meanwhile, after;
    {
        daemon running(place.config());
        before = running.send(usaepay_request("e1")).id;
        (void)target.wait_for(1);
        EXPECT_TRUE(eventually([&] { return sink_named(place, "target")["lag"]["events"] == 0; }));
        EXPECT_EQ(running.stop().code, 0);
    }
    configure();
    {
        daemon without(place.config());
        meanwhile = without.send(usaepay_request("e2")).id;
        (void)wait_for_events(place.events(), 2);
        EXPECT_EQ(sink_named(place, "target")["state"], "not configured");
        EXPECT_EQ(without.stop().code, 0);
    }
    configure(with);
    {
        daemon back(place.config());
        EXPECT_EQ(ids_of(target.wait_for(2)), (std::vector<std::string>{before, meanwhile}));
        EXPECT_EQ(run_shopbell(place.config(), {"sinks", "forget", "target"}).status.code, 1);
        EXPECT_EQ(back.stop().code, 0);
    }
    configure();
    {
        daemon without(place.config());
        EXPECT_EQ(run_shopbell(place.config(), {"sinks", "forget", "target"}).status.code, 0);
        EXPECT_TRUE(sink_named(place, "target").is_null());
        (void)without.send(usaepay_request("e3"));
        EXPECT_EQ(without.stop().code, 0);
    }
    configure(with);
    const daemon fresh(place.config());
    after = fresh.send(usaepay_request("e4")).id;
    EXPECT_EQ(ids_of(target.wait_for(3)).back(), after) << "a new sink starts at the present";
}

TEST_F(operated_shop, forgets_a_person_to_the_last_byte) {
    configure();
    daemon running(place.config());
    const auto order = [](long long number, std::string_view email) {
        return jumpseller_request("order_paid", R"({"order":{"id":)" + std::to_string(number) +
                                                    R"(,"status_enum":"paid","customer":{"email":")" +
                                                    std::string(email) + R"("}}})");
    };
    const auto gone = running.send(order(1, "jane.roe@example.com")).id;
    const auto escaped = running.send(order(2, "JANE.ROE\\u0040example.com")).id;
    const auto other = running.send(order(3, "mary-jane.roe@example.com")).id;
    (void)wait_for_events(place.events(), 3);
    EXPECT_TRUE(eventually([&] { return sink_named(place, "log")["lag"]["events"] == 0; }));

    const auto told = run_shopbell(place.config(), {"forget", "--email", "Jane.Roe@example.com"});
    EXPECT_EQ(told.status.code, 0) << told.errors;
    EXPECT_NE(told.output.find('2'), std::string::npos) << told.output;
    EXPECT_NE((told.output + told.errors).find(place.events()), std::string::npos)
        << "its owner has to clean the file himself: " << told.output;

    const auto left = place.ask({"events"});
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0]["id"], other);
    for (const auto* const suffix : {"", "-wal"}) {
        const auto bytes = content_of(place.inbox() + suffix);
        for (const auto& trace : {gone, escaped, std::string("\"jane.roe@example.com\"")})
            EXPECT_EQ(bytes.find(trace), std::string::npos) << trace << " in inbox.db" << suffix;
    }
    EXPECT_EQ(place.ask({"forget", "--subject", "order/3"}).at(0)["erased"], 1);
    EXPECT_EQ(running.written().find("jane.roe@"), std::string::npos) << "not in the log either";
    EXPECT_EQ(running.stop().code, 0);
    EXPECT_EQ(check_integrity(place.inbox()), "ok");
}

TEST_F(operated_shop, drops_a_dead_letter_for_good) {
    const http_peer target({{.status = 422, .body = "no such customer"}, {}});
    configure(forward_sink("target", target.url(), "concurrency = 1"));
    const daemon running(place.config());
    const auto id = running.send(usaepay_request("e1")).id;
    (void)running.wait_for_log({"\"dead letter\"", id});
    EXPECT_TRUE(eventually([&] { return place.ask({"dead", "list", "--sink", "target"}).size() == 1; }));
    const auto shown = place.ask({"show", id}).at(0);
    EXPECT_EQ(delivery_of(shown, "target")["history"][0]["response"], "no such customer");
    EXPECT_EQ(run_shopbell(place.config(), {"dead", "drop"}).status.code, 2) << "not all, by mistake";
    EXPECT_EQ(place.ask({"dead", "drop", "--sink", "target", id}).at(0)["count"], 1);
    EXPECT_TRUE(place.ask({"dead", "list"}).empty());
    EXPECT_EQ(history_of(place.ask({"show", id}).at(0), "target"),
              (std::vector<std::string>{"dead", "dropped"}));
    EXPECT_EQ(target.requests().size(), 1U);
}

TEST_F(operated_shop, takes_orders_from_curl_and_none_from_other_sites) {
    configure();
    const daemon running(place.config());
    const auto curl = [this](std::vector<std::string> more) {
        std::vector<std::string> all = {"/usr/bin/curl",
                                        "-s",
                                        "--unix-socket",
                                        place.file("admin.sock"),
                                        "-X",
                                        "POST",
                                        "http://localhost/api/sinks/log/pause"};
        all.insert(all.end(), more.begin(), more.end());
        const auto done = run_command({.arguments = std::move(all)});
        return done.output + done.errors;
    };
    EXPECT_NE(curl({"-H", "X-Requested-With: curl"}).find("\"paused\":true"), std::string::npos);
    EXPECT_NE(curl({}).find("X-Requested-With"), std::string::npos) << "says what is missing";
    EXPECT_NE(curl({"-H", "X-Requested-With: x", "-H", "Sec-Fetch-Site: cross-site"}).find("error"),
              std::string::npos);
    EXPECT_NE(curl({"-H", "X-Requested-With: x", "-H", "Origin: http://evil.example.com"}).find("error"),
              std::string::npos);
}

TEST_F(operated_shop, tail_shows_events_as_they_come) {
    configure();
    const daemon running(place.config());
    const process tail({.arguments = {shopbell_binary(), "--config", place.config(), "tail", "--json",
                                      "--type", "usaepay.**"}});
    // Whether it listens already cannot be seen from outside: send until it shows the first.
    std::size_t sent = 0;
    EXPECT_TRUE(eventually([&] {
        (void)running.send(usaepay_request("e" + std::to_string(sent++)));
        (void)running.send(ejunkie_request("TXN" + std::to_string(sent)));
        return tail.output().line_count() > 0;
    }));
    const auto id = running.send(usaepay_request("the last")).id;
    const auto line =
        tail.output().wait_for([&](std::string_view one) { return one.find(id) != std::string_view::npos; });
    ASSERT_TRUE(line);
    EXPECT_EQ(nlohmann::json::parse(*line)["type"], "usaepay.transaction.sale.success");
    EXPECT_EQ(tail.output().text().find("ejunkie"), std::string::npos);
    tail.signal(SIGINT);
    EXPECT_TRUE(tail.ends_within(std::chrono::seconds(20)));
}

}  // namespace
}  // namespace shopbell::test
