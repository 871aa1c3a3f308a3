#include "dispatcher_fixture.hpp"

namespace shopbell::test {

namespace {

TEST_F(dispatcher_test, delivers_in_the_order_accepted_and_moves_on) {
    for (const auto* body : {"1", "2", "3"})
        put(body);
    deliver(3);
    EXPECT_EQ(sink_->received, (std::vector<std::string>{"1", "2", "3"}));
    EXPECT_EQ(progress().position, 3);
    put("4");
    deliver(4);
    EXPECT_EQ(sink_->received.size(), 4U);
    EXPECT_EQ(sink_->received.back(), "4");
}

TEST_F(dispatcher_test, tries_again_what_failed_and_lets_the_rest_pass) {
    sink_->scripts["1"] = {retry{"503"}, retry{"503"}};
    for (const auto* body : {"1", "2", "3"})
        put(body);
    deliver(3);
    EXPECT_EQ(std::set<std::string>(sink_->received.begin(), sink_->received.end()),
              (std::set<std::string>{"1", "2", "3"}));
    EXPECT_EQ(std::count(sink_->attempts.begin(), sink_->attempts.end(), "1"), 3);
    EXPECT_EQ(std::count(sink_->attempts.begin(), sink_->attempts.end(), "2"), 1);
    const auto now_at = progress();
    EXPECT_EQ(now_at.position, 3);
    EXPECT_TRUE(now_at.pending.empty());
}

TEST_F(dispatcher_test, gives_up_after_the_time_and_says_so) {
    configured_.retry.give_up_after = 0ms;
    sink_->scripts["1"] = {retry{"503"}};
    put("1");
    put("2");
    deliver(1);
    EXPECT_EQ(sink_->received, std::vector<std::string>{"2"});
    EXPECT_TRUE(progress().pending.empty());
}

TEST_F(dispatcher_test, goes_on_with_what_waited_after_a_restart) {
    sink_->scripts["1"] = {retry{"503"}};
    put("1", "order/1");
    configured_.retry = {1h, 1h, 24h};
    deliver_until([&] { return sink_->attempts.size() == 1; });
    ASSERT_EQ(progress().pending.size(), 1U);
    EXPECT_EQ(progress().pending[0].attempts, 1U);
    EXPECT_EQ(progress().pending[0].last_error, "503");

    inbox_.reset();
    open_inbox();
    // Its time comes at once, as if the hour had passed.
    auto due = progress().pending;
    due[0].next_attempt = time_point{1ms};
    settlement sooner;
    sooner.sink = "target";
    sooner.pending = due;
    ASSERT_TRUE(run(context_, inbox_->settle(sooner)));
    deliver(1);
    EXPECT_EQ(sink_->received, std::vector<std::string>{"1"});
}

TEST_F(dispatcher_test, passes_by_what_is_not_routed_to_it) {
    routes_[0].events = {"jumpseller.**"};
    put("1");
    routes_[0].events = {"ejunkie.**"};
    routes_[0].endpoints = {"other"};
    put("2");
    routes_[0].endpoints = {"*"};
    routes_[0].where.push_back(condition::parse("/subject == \"order/3\"").value());
    put("3", "order/3");
    deliver(1);
    EXPECT_EQ(sink_->received, std::vector<std::string>{"3"});
    EXPECT_EQ(progress().position, 3);
}

TEST_F(dispatcher_test, reads_a_backlog_longer_than_its_window) {
    make_sink(1, 2);
    for (int i = 0; i < 300; ++i)
        put(std::to_string(i));
    deliver(300);
    EXPECT_EQ(sink_->received.size(), 300U);
    EXPECT_EQ(progress().position, 300);
}

}  // namespace

}  // namespace shopbell::test
