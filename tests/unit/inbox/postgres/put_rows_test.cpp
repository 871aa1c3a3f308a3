#include "put_fixture.hpp"

#include "support/random_seed.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <random>
#include <set>
#include <thread>

// Against a real server, which the tests start themselves.

namespace shopbell::test {
namespace {

using put_rows_test = put_rows_fixture;

TEST_F(put_rows_test, gives_back_what_was_stored_byte_for_byte) {
    const std::string body("{\"a\":1.10,\"a\":2}\0\xff\r\n", 20);
    auto delivery = make("one", body);
    delivery.fields.push_back({"X-Name", "caf\xe9"});
    const auto id = accepted(delivery);
    const auto events = after(0);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].id, id);
    EXPECT_EQ(events[0].body, body);
    EXPECT_EQ(events[0].endpoint, "shop");
    EXPECT_EQ(events[0].provider, "jumpseller");
    EXPECT_EQ(events[0].type, "jumpseller.order.paid");
    EXPECT_EQ(events[0].subject, "order/1");
    EXPECT_EQ(events[0].store, "mystore");
    ASSERT_EQ(events[0].fields.size(), 3U);
    EXPECT_EQ(value_of(events[0].fields, "jumpseller-event"), "order_paid");
    EXPECT_EQ(value_of(events[0].fields, "x-name"), "caf\xe9");
}

TEST_F(put_rows_test, takes_what_no_column_of_text_holds) {
    auto odd = make("odd");
    odd.subject = std::string("a\0b\xff", 4);
    odd.store = "caf\xe9";
    accepted(odd);
    auto other = odd;
    other.identity = "another";
    other.subject = std::string("a\0b\xfe", 4);
    accepted(other);
    auto large = make("large", std::string(1 << 20, 'x'));
    large.subject = std::string(8192, 's');
    accepted(large);
    const auto events = after(0);
    ASSERT_EQ(events.size(), 3U);
    EXPECT_EQ(events[0].subject, "a\uFFFDb\uFFFD");
    EXPECT_EQ(events[0].store, "caf\uFFFD");
    EXPECT_EQ(events[2].body.size(), 1U << 20U);
    EXPECT_EQ(events[2].subject.size(), 8192U);
}

TEST_F(put_rows_test, answers_a_repeat_with_the_first_id) {
    const auto first = accepted(make("one"));
    EXPECT_EQ(duplicate(make("one")), first);
    EXPECT_EQ(duplicate(make("one", "another body")), first);
    auto elsewhere = make("one");
    elsewhere.endpoint = "second-shop";
    accepted(elsewhere);
    EXPECT_EQ(after(0).size(), 2U);
}

TEST_F(put_rows_test, keeps_the_order_of_a_group_and_knows_what_it_repeats) {
    const auto first = accepted(make("b"));
    auto group = queue_all({make("c"), make("b"), make("a")});
    const auto stored = store(*database_, group);
    ASSERT_FALSE(stored.failed);
    EXPECT_FALSE(stored.answers[0]->value().duplicate);
    EXPECT_TRUE(stored.answers[1]->value().duplicate);
    EXPECT_EQ(stored.answers[1]->value().id, first);
    EXPECT_FALSE(stored.answers[2]->value().duplicate);
    const auto events = after(0);
    ASSERT_EQ(events.size(), 3U);
    EXPECT_EQ(events[1].id, group[0].id);
    EXPECT_EQ(events[2].id, group[2].id);
    EXPECT_LT(events[1].number, events[2].number);
    EXPECT_LE(events[1].accepted_at, events[2].accepted_at);
}

TEST_F(put_rows_test, keeps_apart_what_may_repeat_or_follow_one_another) {
    const auto fits = [](std::vector<arrival> deliveries) {
        const auto group = queue_all(std::move(deliveries));
        pg::put_keys keys;
        return std::ranges::all_of(group, [&](const pg::queued_put& each) { return keys.add(*each.job); });
    };
    EXPECT_TRUE(fits({make("a"), make("b"), make_update("product/1", "5"), make_update("product/2", "5 ")}));
    EXPECT_FALSE(fits({make("a"), make("a")}));
    EXPECT_FALSE(fits({make_update("product/1", "5"), make("a"), make_update("product/1", "4")}));
    auto paid = make("paid"), canceled = make("canceled");
    paid.recurs = canceled.recurs = true;
    EXPECT_FALSE(fits({paid, canceled}));
    canceled.subject = "order/2";
    EXPECT_TRUE(fits({paid, canceled}));
    canceled.subject = "";
    EXPECT_TRUE(fits({paid, canceled}));
}

TEST_F(put_rows_test, sent_again_under_its_id_is_the_same_put) {
    const auto id = make_uuid();
    EXPECT_FALSE(store(*database_, queue(make("one"), id)).duplicate);
    const auto again = store(*database_, queue(make("one"), id));
    EXPECT_FALSE(again.duplicate);
    EXPECT_EQ(again.id, id);
    const auto update = make_uuid();
    EXPECT_FALSE(store(*database_, queue(make_update("product/1", "5"), update)).duplicate);
    EXPECT_FALSE(store(*database_, queue(make_update("product/1", "5"), update)).duplicate);
    // Also when what it says is not the latest any more.
    accepted(make_update("product/1", "4"));
    EXPECT_FALSE(store(*database_, queue(make_update("product/1", "5"), update)).duplicate);
    duplicate(make_update("product/1", "4"));
    EXPECT_EQ(after(0).size(), 3U);
    EXPECT_EQ(server_->ask("SELECT number, count FROM shopbell.repeats"), "3|1");
}

TEST_F(put_rows_test, an_update_repeats_only_the_latest_of_its_resource) {
    accepted(make_update("product/1", "stock 5"));
    const auto four = accepted(make_update("product/1", "stock 4"));
    EXPECT_EQ(duplicate(make_update("product/1", "stock 4")), four);
    const auto five = accepted(make_update("product/1", "stock 5"));
    accepted(make_update("product/2", "stock 5"));
    EXPECT_EQ(duplicate(make_update("product/1", "stock 5")), five);
}

TEST_F(put_rows_test, notes_how_the_first_came_and_how_often_again) {
    auto delivered = make("one");
    delivered.received = {"203.0.113.7", "request-1", "hooks_token"};
    accepted(delivered);
    delivered.received = {"203.0.113.8", "request-2", ""};
    duplicate(delivered);
    duplicate(delivered);
    accepted(make("two"));
    EXPECT_EQ(server_->ask("SELECT number, replace(received, E'\\n', ',') FROM shopbell.events ORDER BY 1"),
              "1|203.0.113.7,request-1,hooks_token\n2|,,");
    EXPECT_EQ(server_->ask("SELECT number, count FROM shopbell.repeats"), "1|2");
    ASSERT_TRUE(pg::apply(*database_, erasure{{1}}, 20s));
    EXPECT_EQ(count("repeats"), 0);
    accepted(delivered);
}

TEST_F(put_rows_test, refuses_a_bad_one_alone) {
    (void)server_->ask(
        "CREATE OR REPLACE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN IF NEW.endpoint = 'bad' THEN RAISE 'no room for this row'; END IF; RETURN NEW; END $$;"
        " CREATE TRIGGER refuse BEFORE INSERT ON shopbell.events FOR EACH ROW EXECUTE FUNCTION "
        "public.refuse()");
    std::vector<arrival> deliveries;
    for (int i = 0; i < 21; ++i)
        deliveries.push_back(make(std::to_string(i)));
    deliveries[3].endpoint = deliveries[13].endpoint = "bad";
    auto group = queue_all(std::move(deliveries));
    const auto stored = store(*database_, group);
    ASSERT_FALSE(stored.failed);
    std::vector<std::string> kept;
    for (std::size_t i = 0; i < group.size(); ++i) {
        const auto& answer = *stored.answers[i];
        ASSERT_EQ(answer.has_value(), i != 3 && i != 13);
        if (answer)
            kept.push_back(answer->id);
        else
            EXPECT_EQ(answer.error().code, errc::io);
    }
    std::vector<std::string> found;
    for (const auto& event : after(0))
        found.push_back(event.id);
    EXPECT_EQ(found, kept);
}

TEST_F(put_rows_test, is_in_doubt_where_the_server_waits_for_no_standby) {
    auto group = queue_all({make("one"), make("two")});
    const auto refused = store(*database_, group, pg::durability::standby);
    ASSERT_TRUE(refused.failed);
    EXPECT_EQ(refused.failed->code, errc::unavailable);
    EXPECT_NE(refused.failed->reason.find("synchronous_standby_names"), std::string::npos);
    EXPECT_FALSE(refused.answers[0] || refused.answers[1]);
    // Found by their ids when they are sent again.
    const auto stored = store(*database_, group);
    EXPECT_FALSE(stored.answers[0]->value().duplicate);
    EXPECT_FALSE(stored.answers[1]->value().duplicate);
    EXPECT_EQ(after(0).size(), 2U);
}

TEST_F(put_rows_test, waits_for_the_turn_no_longer_than_it_may) {
    auto other = connect();
    ASSERT_TRUE(other.execute("BEGIN; SELECT name FROM turn WHERE name = 'put' FOR UPDATE", soon()));
    auto group = queue_all({make("one")});
    ASSERT_TRUE(database_->execute("SET lock_timeout = '50ms'", soon()));
    const auto refused = store(*database_, group);
    ASSERT_TRUE(refused.failed);
    EXPECT_EQ(refused.failed->code, errc::busy);
    EXPECT_EQ(refused.failed->state, "55P03");
    ASSERT_TRUE(other.execute("ROLLBACK", soon()));
    EXPECT_FALSE(store(*database_, group).failed);
}

/// Whoever waits for the turn sees what was stored meanwhile, although its statement began before.
TEST_F(put_rows_test, behind_the_turn_knows_what_came_before) {
    accepted(make_update("product/1", "4"));
    auto first = connect();
    ASSERT_TRUE(first.execute("BEGIN", soon()));
    const auto paid = store(first, queue(make("paid")));
    const auto five = store(first, queue(make_update("product/1", "5")));
    receipt same, stale;
    std::thread late_paid([&same, to = connect()]() mutable { same = store(to, queue(make("paid"))); });
    wait_for_waiting("1");
    std::thread late_five(
        [&stale, to = connect()]() mutable { stale = store(to, queue(make_update("product/1", "5"))); });
    wait_for_waiting("2");
    ASSERT_TRUE(first.execute("COMMIT", soon()));
    late_paid.join();
    late_five.join();
    EXPECT_TRUE(same.duplicate);
    EXPECT_EQ(same.id, paid.id);
    EXPECT_TRUE(stale.duplicate);
    EXPECT_EQ(stale.id, five.id);
    // What was latest stays so.
    duplicate(make_update("product/1", "5"));
    accepted(make_update("product/1", "4"));
}

TEST_F(put_rows_test, of_three_writers_is_read_by_one_cursor_without_a_gap) {
    constexpr int writers = 3, groups = 60;
    std::atomic<int> writing = writers;
    std::vector<std::thread> threads;
    for (int writer = 0; writer < writers; ++writer) {
        threads.emplace_back([&writing, writer, to = connect()]() mutable {
            for (int i = 0; i < groups; ++i) {
                std::vector<arrival> deliveries;
                for (int row = 0; row <= (i + writer) % 5; ++row)
                    deliveries.push_back(make(std::to_string(writer * 10'000 + i * 10 + row)));
                auto group = queue_all(std::move(deliveries));
                EXPECT_FALSE(store(to, group).failed);
            }
            --writing;
        });
    }
    std::vector<sequence> seen;
    for (bool last = false; !last;) {
        last = writing == 0;
        for (const auto& event : after(seen.empty() ? 0 : seen.back()))
            seen.push_back(event.number);
    }
    for (auto& each : threads)
        each.join();
    EXPECT_TRUE(std::ranges::is_sorted(seen));
    EXPECT_EQ(static_cast<std::int64_t>(seen.size()), count("events"));
    EXPECT_EQ(seen.size(), 3U * 60U * 3U);
}

/// Few things, many who say the same of them at once, some of them again under the same id.
class crowded_put_test : public put_rows_fixture {
protected:
    struct told {
        std::string id, first;
        bool duplicate = false;
    };
    static constexpr int products = 3, states = 3, orders = 40;

    static std::vector<told> write(pg::connection to, std::uint64_t seed) {
        std::mt19937_64 random(seed);
        const auto below = [&](int bound) {
            return static_cast<int>(random() % static_cast<unsigned>(bound));
        };
        std::vector<told> answers;
        for (int i = 0; i < 40; ++i) {
            std::vector<pg::queued_put> group, left_out;
            pg::put_keys keys;
            for (int row = 0; row < 4; ++row) {
                auto put = queue(below(2) == 0 ? make("order " + std::to_string(below(orders)))
                                               : make_update("product/" + std::to_string(below(products)),
                                                             std::to_string(below(states))));
                (keys.add(*put.job) ? group : left_out).push_back(std::move(put));
            }
            auto stored = store(to, group);
            if (below(3) == 0)
                stored = store(to, group);  // as after an answer that was lost
            for (std::size_t place = 0; place < group.size(); ++place) {
                const auto& receipt = stored.answers[place]->value();
                answers.push_back({group[place].id, receipt.id, receipt.duplicate});
            }
        }
        return answers;
    }
};

TEST_F(crowded_put_test, stores_each_order_once_and_no_state_twice_in_a_row) {
    const auto seed = random_seed();
    SCOPED_TRACE(seed);
    std::vector<std::vector<told>> answers(8);
    std::vector<std::thread> threads;
    auto holder = connect();
    ASSERT_TRUE(holder.execute("BEGIN; SELECT name FROM turn WHERE name = 'put' FOR UPDATE", soon()));
    for (std::size_t i = 0; i < answers.size(); ++i)
        threads.emplace_back([&into = answers[i], seed, i, to = connect()]() mutable {
            into = write(std::move(to), seed + i);
        });
    wait_for_waiting(std::to_string(answers.size()));
    ASSERT_TRUE(holder.execute("ROLLBACK", soon()));
    for (auto& each : threads)
        each.join();

    std::set<std::string> stored;
    std::map<std::string, std::string> latest;
    for (const auto& event : after(0)) {
        stored.insert(event.id);
        if (!event.subject.starts_with("product/"))
            continue;
        EXPECT_NE(latest[event.subject], event.body) << event.number;
        latest[event.subject] = event.body;
    }
    EXPECT_EQ(server_->ask("SELECT count(*) FROM shopbell.events WHERE type = 'jumpseller.order.paid'"),
              std::to_string(orders));
    std::size_t fresh = 0;
    for (const auto& writer : answers) {
        for (const auto& each : writer) {
            EXPECT_TRUE(stored.contains(each.first));
            EXPECT_EQ(each.duplicate, each.id != each.first);
            fresh += each.duplicate ? 0U : 1U;
        }
    }
    EXPECT_EQ(fresh, stored.size());
}

/// Stores that give no ids: whether the same content is a repeat depends on when and after what it comes.
class moment_put_test : public put_rows_fixture {
protected:
    static arrival state(std::string body, std::string moment, std::string subject = "product/1") {
        auto delivery = make(body + " of " + subject, body);
        delivery.type = "jumpseller.product.updated";
        delivery.subject = std::move(subject);
        delivery.recurs = true;
        delivery.repeats_latest_only = true;
        delivery.moment = std::move(moment);
        return delivery;
    }
    static arrival report(std::string body, std::string moment, std::string subject = "order/1") {
        auto delivery = make(body + " of " + subject, body);
        delivery.subject = std::move(subject);
        delivery.recurs = true;
        delivery.moment = std::move(moment);
        return delivery;
    }
};

TEST_F(moment_put_test, of_one_moment_is_known_whatever_came_between) {
    const auto five = accepted(state("stock 5", "t1"));
    const auto four = accepted(state("stock 4", "t2"));
    EXPECT_EQ(duplicate(state("stock 5", "t1")), five);
    const auto five_again = accepted(state("stock 5", "t3"));
    EXPECT_EQ(duplicate(state("stock 5", "t1")), five);
    EXPECT_EQ(duplicate(state("stock 4", "t2")), four);
    EXPECT_EQ(duplicate(state("stock 5", "t3")), five_again);
}

TEST_F(moment_put_test, at_another_moment_is_one_of_the_subjects_latest_event_only) {
    const auto paid = accepted(report("paid", "t1"));
    EXPECT_EQ(duplicate(report("paid", "t2")), paid);
    accepted(report("canceled", "t3"));
    accepted(report("paid", "t4"));
    accepted(report("paid", "t4", "order/2"));
}

TEST_F(moment_put_test, at_another_moment_is_none_once_an_event_of_another_type_came) {
    accepted(report("paid", "t1"));
    auto shipped = report("shipped", "t2");
    shipped.type = "jumpseller.order.shipped";
    accepted(shipped);
    accepted(report("paid", "t3"));
}

TEST_F(moment_put_test, without_a_subject_at_another_moment_is_none) {
    const auto first = accepted(report("please call me", "t1", ""));
    accepted(report("please call me", "t2", ""));
    EXPECT_EQ(duplicate(report("please call me", "t1", "")), first);
}

TEST_F(moment_put_test, does_not_make_an_older_state_the_newest) {
    accepted(state("stock 5", "t1"));
    const auto four = accepted(state("stock 4", "t2"));
    duplicate(state("stock 5", "t1"));
    EXPECT_EQ(duplicate(state("stock 4", "t3")), four);
}

TEST_F(moment_put_test, of_a_state_that_came_late_is_not_taken_for_one_of_the_newest) {
    accepted(state("stock 4", "t2"));
    accepted(state("stock 5", "t1"));  // older, but only now
    const auto again = accepted(state("stock 5", "t3"));
    EXPECT_EQ(duplicate(state("stock 5", "t4")), again);

    accepted(state("stock 4", "t2", "product/2"));
    accepted(state("stock 5", "t1", "product/2"));
    accepted(state("stock 4", "t3", "product/2"));
}

TEST_F(moment_put_test, without_a_moment_is_one_of_any_moment) {
    const auto first = accepted(report("paid", "t1"));
    accepted(report("canceled", "t2"));
    EXPECT_EQ(duplicate(report("paid", "")), first);
    const auto other = accepted(report("shipped", ""));
    EXPECT_EQ(duplicate(report("shipped", "")), other);
    EXPECT_EQ(duplicate(report("shipped", "t3")), other);
    accepted(report("canceled", "t4"));
}

TEST_F(moment_put_test, without_a_moment_is_one_of_the_latest_state_only) {
    const auto five = accepted(state("stock 5", "t1"));
    EXPECT_EQ(duplicate(state("stock 5", "")), five);
    accepted(state("stock 4", ""));
    accepted(state("stock 5", ""));
    accepted(state("stock 4", "t2"));
}

TEST_F(moment_put_test, is_none_of_another_endpoint_or_store_or_of_what_was_erased) {
    accepted(report("paid", "t1"));
    auto elsewhere = report("paid", "t2");
    elsewhere.endpoint = "second";
    accepted(elsewhere);
    auto other = report("paid of the other store", "t1");
    other.store = "other";
    accepted(other);
    duplicate(report("paid", "t3"));
    ASSERT_TRUE(pg::apply(*database_, erasure{{1}}, 20s));
    accepted(report("paid", "t1"));
}

}  // namespace
}  // namespace shopbell::test
