#include "dispatcher_fixture.hpp"

#include <algorithm>

// Events that fail whatever one does, sinks that break their promises, clocks that are set: each harms itself
// and nobody else.

namespace shopbell::test {
namespace {

using bodies = std::vector<std::string>;

class faulty_events : public dispatcher_test {
protected:
    /// Events of as many subjects that the target never takes.
    void put_poison(int count) {
        for (int i = 0; i < count; ++i) {
            const auto name = "poison " + std::to_string(i);
            sink_->scripts[name] = std::vector<outcome>(10'000, outcome(retry{"500"}));
            put(name, "order/" + name);
        }
    }
    [[nodiscard]] bool has_received(const std::string& body) const {
        return std::ranges::find(sink_->received, body) != sink_->received.end();
    }
};

TEST_F(faulty_events, few_of_them_delay_no_other_however_often_they_failed) {
    configured_.retry = {1ms, 1h, 24h};
    put_poison(4);
    bool asked = false;
    std::size_t tried_before = 0;
    run_until([&](dispatcher& one) {
        if (sink_->attempts.size() >= 14 && !asked) {
            asked = true;
            EXPECT_EQ(one.status().what, sink_status::state::probing);
            tried_before = sink_->attempts.size();
            put_meanwhile(one, "healthy", "order/healthy");
        }
        return has_received("healthy");
    });
    const auto at = std::ranges::find(sink_->attempts, "healthy") - sink_->attempts.begin();
    EXPECT_LE(static_cast<std::size_t>(at), tried_before + 3);
}

TEST_F(faulty_events, many_of_them_let_a_new_one_be_tried_next) {
    configured_.retry = {1ms, 5ms, 24h};
    put_poison(30);
    bool asked = false;
    std::size_t tried_before = 0;
    run_until([&](dispatcher& one) {
        if (sink_->attempts.size() >= 200 && !asked) {
            asked = true;
            tried_before = sink_->attempts.size();
            put_meanwhile(one, "healthy", "order/healthy");
        }
        return has_received("healthy");
    });
    const auto at = std::ranges::find(sink_->attempts, "healthy") - sink_->attempts.begin();
    EXPECT_LE(static_cast<std::size_t>(at), tried_before + 3);
    EXPECT_EQ(std::set<std::string>(sink_->attempts.begin(), sink_->attempts.end()).size(), 31U);
}

TEST_F(faulty_events, a_subject_of_which_thousands_wait_keeps_no_other_out) {
    configured_.retry = {1ms, 1h, 24h};
    put_poison(1);
    for (int i = 0; i < 1500; ++i)
        put("follows " + std::to_string(i), "order/poison 0");
    put("healthy", "order/healthy");
    run_until([&](const dispatcher&) { return has_received("healthy"); });
    EXPECT_EQ(sink_->received, bodies{"healthy"});
    EXPECT_EQ(progress().position, 1502);
}

TEST_F(faulty_events, only_they_die) {
    configured_.retry = {1ms, 2ms, 50ms};
    put_poison(12);
    for (int i = 0; i < 60; ++i)
        put("healthy " + std::to_string(i), "order/" + std::to_string(i));
    put("late follower", "order/poison 3");
    run_until([&](const dispatcher& one) { return one.status().dead == 12 && one.status().delivered == 61; });
    EXPECT_EQ(sink_->received.size(), 61U);
    EXPECT_EQ(dead_numbers().size(), 12U);
    EXPECT_EQ(dead_numbers().back(), 12);
}

TEST_F(faulty_events, an_exception_is_the_failure_of_its_event_alone) {
    configured_.retry = {1ms, 1ms, 20ms};
    sink_->thrower = [](const event_batch& events) { return events.front()->original_body == "bad"; };
    put("good", "order/1");
    put("bad", "order/2");
    put("follows", "order/2");
    put("other", "order/3");
    run_until([&](const dispatcher& one) { return one.status().dead == 1 && has_received("follows"); });
    EXPECT_EQ(dead_numbers(), std::vector<sequence>{2});
    EXPECT_NE(recorded(2).last_error.find("internal error: a template that never ends"), std::string::npos);
    EXPECT_TRUE(has_received("good"));
    EXPECT_TRUE(has_received("other"));
    EXPECT_TRUE(progress().pending.empty());
}

TEST_F(faulty_events, an_exception_out_of_a_batch_kills_only_the_event_that_throws_alone_too) {
    make_sink(256, 1);
    configured_.retry = {1ms, 1ms, 200ms};
    sink_->thrower = [](const event_batch& events) {
        return std::ranges::any_of(events, [](const auto& one) { return one->original_body == "7"; });
    };
    for (int i = 0; i < 20; ++i)
        put(std::to_string(i), "order/" + std::to_string(i));
    run_until([&](const dispatcher& one) {
        const std::set<std::string> got(sink_->received.begin(), sink_->received.end());
        return one.status().dead == 1 && one.status().delivered == 19;
    });
    EXPECT_EQ(dead_numbers(), std::vector<sequence>{8});
    EXPECT_NE(recorded(8).last_error.find("internal error"), std::string::npos);
}

}  // namespace
}  // namespace shopbell::test
