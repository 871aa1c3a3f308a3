#include "inbox_fixture.hpp"

#include <shopbell/inbox/archive.hpp>

namespace shopbell::test {

namespace {

using kind = history_entry::kind;

class history_test : public engine_test {
protected:
    std::vector<history_entry> history(sequence number, const std::string& sink = "crm") {
        const auto reader = read_stored();
        for (auto& one : run(context_, reader->deliveries(number)).value()) {
            if (one.sink == sink)
                return std::move(one.history);
        }
        return {};
    }

    void settle_history(std::vector<history_entry> entries) {
        settlement results;
        results.sink = "crm";
        results.history = std::move(entries);
        ASSERT_TRUE(settle(results));
    }
};

TEST_P(history_test, is_told_in_the_order_of_what_happened) {
    open();
    put_many(2);
    auto first = attempt(1, kind::failed, "try later");
    first.error = "503 from the CRM";
    settle_history({first, attempt(2, kind::dead)});
    settle_history({attempt(1, kind::delivered, "thanks")});
    const auto told = history(1);
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].number, 1);
    EXPECT_EQ(told[0].what, kind::failed);
    EXPECT_EQ(told[0].at, time_point{std::chrono::milliseconds{7000}});
    EXPECT_EQ(told[0].took, std::chrono::milliseconds{12});
    EXPECT_EQ(told[0].error, "503 from the CRM");
    EXPECT_EQ(told[0].response, "try later");
    EXPECT_EQ(told[1].what, kind::delivered);
    EXPECT_EQ(told[1].response, "thanks");
    EXPECT_EQ(history(2).size(), 1U);
}

TEST_P(history_test, keeps_the_responses_of_the_latest_twenty_and_every_error) {
    open();
    put_many(1);
    for (int i = 0; i < 25; ++i)
        settle_history({attempt(1, kind::failed, "answer " + std::to_string(i))});
    const auto told = history(1);
    ASSERT_EQ(told.size(), 25U);
    for (std::size_t i = 0; i < told.size(); ++i) {
        EXPECT_EQ(told[i].error, "503") << i;
        EXPECT_EQ(told[i].response, i < 5 ? "" : "answer " + std::to_string(i));
    }
}

TEST_P(history_test, tells_what_people_decided) {
    open();
    put_many(2);
    deliver_up_to("crm", 2, {1, 2});
    ASSERT_TRUE(apply(dead_letter_decision{"crm", {1}, dead_letter_decision::kind::retry}));
    ASSERT_TRUE(apply(dead_letter_decision{"crm", {2}, dead_letter_decision::kind::drop}));
    ASSERT_TRUE(apply(replay_request{"crm", {2}}));
    ASSERT_EQ(history(1).size(), 1U);
    EXPECT_EQ(history(1)[0].what, kind::retried);
    EXPECT_GT(history(1)[0].at, time_point{std::chrono::hours(24)});
    const auto second = history(2);
    ASSERT_EQ(second.size(), 2U);
    EXPECT_EQ(second[0].what, kind::dropped);
    EXPECT_EQ(second[1].what, kind::replayed);
}

INSTANTIATE_TEST_SUITE_P(engine, history_test, every_engine, engine_name);

}  // namespace

}  // namespace shopbell::test
