#include "dispatcher_fixture.hpp"

#include <algorithm>

// What a person, or a sink that is broken for long, brings into the dispatcher's day.

namespace shopbell::test {

namespace {

using bodies = std::vector<std::string>;

std::vector<history_entry::kind> kinds(const delivery_state& one) {
    std::vector<history_entry::kind> all;
    for (const auto& entry : one.history)
        all.push_back(entry.what);
    return all;
}

using kind = history_entry::kind;

TEST_F(dispatcher_test, probes_a_failing_sink_with_one_delivery_at_a_time_until_it_works) {
    make_sink(1, 8);
    configured_.retry = {1ms, 2ms, 1h};
    for (int i = 0; i < 40; ++i)
        put(std::to_string(i));
    sink_->always = retry{"503"};
    std::size_t most_while_open = 0;
    run_until([&](const dispatcher& one) {
        if (one.status().what == sink_status::state::probing && sink_->attempts.size() > 16)
            most_while_open = std::max(most_while_open, sink_->in_flight);
        if (sink_->attempts.size() >= 60)
            sink_->always.reset();
        return sink_->attempts.size() >= 60 && sink_->received.size() == 40;
    });
    EXPECT_LE(most_while_open, 1U);
    EXPECT_EQ(std::set<std::string>(sink_->received.begin(), sink_->received.end()).size(), 40U);
    EXPECT_TRUE(progress().pending.empty());
}

TEST_F(dispatcher_test, gives_up_all_events_of_a_sink_that_fails_each_of_them_tried) {
    configured_.retry = {20ms, 20ms, 60ms};
    for (int i = 0; i < 30; ++i)
        put(std::to_string(i));
    sink_->always = retry{"503 from the CRM"};
    run_until([&](const dispatcher& one) { return one.status().dead == 30; });
    EXPECT_EQ(dead_numbers().size(), 30U);
    EXPECT_TRUE(progress().pending.empty());
    EXPECT_LT(sink_->attempts.size(), 90U);
    EXPECT_EQ(std::set<std::string>(sink_->attempts.begin(), sink_->attempts.end()).size(), 30U);
    EXPECT_NE(recorded(30).last_error.find("the last: 503 from the CRM"), std::string::npos);
}

TEST_F(dispatcher_test, a_dead_letter_goes_out_when_a_person_asks_for_it) {
    sink_->scripts["1"] = {reject{"422", "no such customer"}};
    put("1", "order/1");
    put("2");
    deliver(1);
    EXPECT_EQ(dead_numbers(), std::vector<sequence>{1});
    EXPECT_EQ(recorded(1).history.at(0).response, "no such customer");

    EXPECT_EQ(apply(dead_letter_decision{"target", {}, dead_letter_decision::kind::retry}), 1U);
    deliver(2);
    EXPECT_EQ(sink_->received, (bodies{"2", "1"}));
    EXPECT_TRUE(dead_numbers().empty());
    EXPECT_EQ(recorded(1).what, delivery_state::kind::passed);
    EXPECT_EQ(kinds(recorded(1)), (std::vector{kind::dead, kind::retried, kind::delivered}));
}

TEST_F(dispatcher_test, a_replay_delivers_again_and_stands_in_the_history) {
    for (const auto* body : {"1", "2", "3"})
        put(body);
    deliver(3);
    EXPECT_EQ(apply(replay_request{"target", {2, 3, 99}}), 2U);
    deliver(5);
    EXPECT_EQ(sink_->received, (bodies{"1", "2", "3", "2", "3"}));
    EXPECT_EQ(kinds(recorded(2)), (std::vector{kind::replayed, kind::delivered}));
    EXPECT_TRUE(kinds(recorded(1)).empty());
    put("4");
    deliver(6);
    EXPECT_EQ(sink_->received.back(), "4");
    EXPECT_EQ(sink_->received.size(), 6U);
}

TEST_F(dispatcher_test, a_replay_asked_for_while_it_runs_is_taken_up) {
    put("1");
    run_until([&](const dispatcher&) { return sink_->received.size() == 3; },
              [&](dispatcher& one) {
                  // By way of the inbox's own thread, as the operator's requests come.
                  auto ask = [](inbox& store, dispatcher& to) -> asio::awaitable<void> {
                      for (int i = 0; i < 2; ++i) {
                          replay_request again;
                          again.sink = "target";
                          again.numbers.push_back(1);
                          const auto applied = co_await store.apply(std::move(again));
                          EXPECT_EQ(applied.value(), 1U);
                          to.wake_replays();
                          asio::steady_timer timer(co_await asio::this_coro::executor);
                          timer.expires_after(100ms);
                          co_await timer.async_wait(asio::use_awaitable);
                      }
                  };
                  asio::co_spawn(context_, ask(*inbox_, one), asio::detached);
              });
    EXPECT_EQ(sink_->received, (bodies{"1", "1", "1"}));
}

TEST_F(dispatcher_test, a_replay_of_what_waits_makes_it_due_once_and_the_loop_goes_on) {
    configured_.retry = {1h, 1h, 24h};
    sink_->scripts["a1"] = {retry{"503"}, retry{"503"}};
    put("a1", "order/a");
    put("a2", "order/a");
    int step = 0;
    run_until([&](dispatcher& one) {
        if (step == 0 && one.status().failed == 1) {
            ++step;
            replay_meanwhile(one, {2});  // held back by the first, and so not yet
        } else if (step == 1) {
            ++step;
            put_meanwhile(one, "b", "order/b");
        } else if (step == 2 && sink_->received == bodies{"b"}) {
            ++step;
            replay_meanwhile(one, {1, 2});
        } else if (step == 3 && one.status().failed == 2) {
            ++step;
            put_meanwhile(one, "c");
        } else if (step == 4 && sink_->received == bodies{"b", "c"}) {
            ++step;
            replay_meanwhile(one, {1});
        }
        return sink_->received.size() == 4;
    });
    EXPECT_EQ(sink_->received, (bodies{"b", "c", "a1", "a2"}));
    EXPECT_EQ(std::ranges::count(sink_->attempts, "a1"), 3);
    EXPECT_EQ(std::ranges::count(sink_->attempts, "a2"), 1);
    EXPECT_TRUE(progress().pending.empty());
    EXPECT_TRUE(queued_numbers().empty());
}

TEST_F(dispatcher_test, replays_of_a_sink_that_fails_end_each_of_them_once) {
    configured_.retry = {1ms, 2ms, 1h};
    std::vector<sequence> all;
    for (int i = 0; i < 300; ++i) {
        put(std::to_string(i), "order/" + std::to_string(i % 7));
        all.push_back(i + 1);
    }
    sink_->always = retry{"down"};
    bool asked = false;
    run_until([&](dispatcher& one) {
        if (sink_->attempts.size() >= 20 && !asked) {
            asked = true;
            replay_meanwhile(one, all);
            replay_meanwhile(one, all);
        }
        if (sink_->attempts.size() >= 40)
            sink_->always.reset();
        const std::set<std::string> got(sink_->received.begin(), sink_->received.end());
        return got.size() == 300 && one.status().in_flight == 0;
    });
    EXPECT_TRUE(progress().pending.empty());
    EXPECT_EQ(progress().position, 300);
}

TEST_F(dispatcher_test, a_replay_that_failed_is_tried_again_after_a_restart) {
    put("1");
    deliver(1);
    sink_->scripts["1"] = {retry{"503"}};
    EXPECT_EQ(apply(replay_request{"target", {1}}), 1U);
    configured_.retry = {20ms, 20ms, 1h};
    deliver_until([&] { return sink_->attempts.size() == 2; });
    EXPECT_EQ(recorded(1).what, delivery_state::kind::pending);
    EXPECT_EQ(recorded(1).last_error, "503");
    deliver(2);
    EXPECT_EQ(sink_->attempts, (bodies{"1", "1", "1"}));
    EXPECT_TRUE(queued_numbers().empty());
}

TEST_F(dispatcher_test, passing_over_many_events_gives_way_to_others) {
    routes_[0].events = {"jumpseller.**"};
    for (int i = 0; i < 3000; ++i)
        put(std::to_string(i));
    std::size_t turns = 0;
    bool ended = false;
    run_until(
        [&](const dispatcher&) {
            ended =
                counts_.render(readings()).find("shopbell_events_unrouted_total 3000\n") != std::string::npos;
            return ended;
        },
        [&](dispatcher&) {
            auto neighbour = [](std::size_t& count, const bool& until) -> asio::awaitable<void> {
                const auto executor = co_await asio::this_coro::executor;
                while (!until) {
                    co_await asio::post(executor, asio::use_awaitable);
                    ++count;
                }
            };
            asio::co_spawn(context_, neighbour(turns, ended), asio::detached);
        });
    EXPECT_GE(turns, 3000U / 64U);
    EXPECT_EQ(progress().position, 3000);
}

TEST_F(dispatcher_test, a_replay_of_many_delays_no_new_event) {
    std::vector<sequence> all;
    for (int i = 0; i < 600; ++i) {
        put("old " + std::to_string(i));
        all.push_back(i + 1);
    }
    deliver(600);
    EXPECT_EQ(apply(replay_request{"target", all}), 600U);
    put("new");
    sink_->received.clear();
    deliver(601);
    const auto when = std::ranges::find(sink_->received, "new") - sink_->received.begin();
    EXPECT_LT(when, 5);
    EXPECT_EQ(sink_->received.size(), 601U);
}

TEST_F(dispatcher_test, a_replay_that_fails_is_tried_again_and_can_die) {
    put("1");
    deliver(1);
    sink_->scripts["1"] = {retry{"503"}, reject{"410"}};
    EXPECT_EQ(apply(replay_request{"target", {1}}), 1U);
    deliver_until([&] { return sink_->attempts.size() == 3; });
    EXPECT_EQ(dead_numbers(), std::vector<sequence>{1});
    EXPECT_EQ(kinds(recorded(1)), (std::vector{kind::replayed, kind::failed, kind::dead}));
}

TEST_F(dispatcher_test, a_paused_sink_gets_nothing_until_it_is_resumed) {
    put("1");
    EXPECT_EQ(apply(pause_request{"target", true}), 1U);
    run_until([&](const dispatcher& one) { return one.status().what == sink_status::state::paused; });
    EXPECT_TRUE(sink_->attempts.empty());

    run_until([&](dispatcher& one) {
        if (one.status().what == sink_status::state::paused)
            one.pause(false);
        return sink_->received.size() == 1;
    });
    EXPECT_EQ(sink_->received, bodies{"1"});
}

TEST_F(dispatcher_test, an_erased_event_is_tried_no_more) {
    configured_.retry = {1h, 1h, 24h};
    sink_->scripts["1"] = {retry{"503"}};
    put("1", "order/1");
    put("2", "order/1");
    run_until([&](const dispatcher& one) { return one.status().failed == 1; });
    EXPECT_EQ(apply(erasure{{1}}), 1U);
    run_until([&](const dispatcher&) { return sink_->received.size() == 1; },
              [](dispatcher& one) { one.forget({1}); });
    EXPECT_EQ(sink_->received, bodies{"2"});
    EXPECT_EQ(sink_->attempts, (bodies{"1", "2"}));
}

TEST_F(dispatcher_test, keeps_what_the_other_side_said_with_each_attempt) {
    sink_->scripts["1"] = {retry{"answered 503", {}, "<h1>maintenance</h1>"}};
    put("1");
    deliver(1);
    const auto one = recorded(1);
    ASSERT_EQ(kinds(one), (std::vector{kind::failed, kind::delivered}));
    EXPECT_EQ(one.history[0].error, "answered 503");
    EXPECT_EQ(one.history[0].response, "<h1>maintenance</h1>");
}

}  // namespace

}  // namespace shopbell::test
