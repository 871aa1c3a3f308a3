#include "support/random_seed.hpp"

#include <shopbell/delivery/delivery_plan.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <sstream>

// What delivery decides, step by step, without an inbox, a sink or a clock.

namespace shopbell::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using word_list = std::vector<std::string>;

constexpr instant beginning{time_point{7'000'000s}, moment{1'000'000s}};

word_list split(const std::string& text, char at) {
    word_list parts;
    std::istringstream rest(text);
    for (std::string part; std::getline(rest, part, at);)
        parts.push_back(part);
    return parts;
}

sequence to_number(std::string_view text) {
    sequence number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    EXPECT_TRUE(error == std::errc() && end == text.data() + text.size()) << text;
    return number;
}

std::shared_ptr<const event> make_content(sequence number, const std::string& subject) {
    auto content = std::make_shared<event>();
    content->id = "event " + std::to_string(number);
    content->type = "shop.order.paid";
    content->subject = subject;
    return content;
}

/// "ok", "reject", "fail" or "fail:5" (the target asks for five seconds).
outcome to_outcome(const std::string& word) {
    if (word == "ok")
        return delivered{};
    if (word == "reject")
        return reject{"410"};
    retry again{"503"};
    if (word.starts_with("fail:"))
        again.wait = std::chrono::seconds(to_number(word.substr(5)));
    return again;
}

/// A plan in words: tells it what happens and says what it decides.
class plan_in_words {
public:
    /// Begins where the inbox was read and is empty.
    explicit plan_in_words(const delivery_plan::settings& how) : plan("target", how, 1) {
        plan.open({}, at);
        (void)plan.next(at);
        plan.events_read({}, at);
        plan.replays_read({0, 64}, {}, at);
    }

    /// One happening, and what is to be done then:
    ///
    ///     read 1:a 2     events 1, of subject a, and 2, of none; 3- is not routed here, 4? nobody can tell
    ///     replay 1 2     a person asked for these
    ///     end 1 ok fail  the attempt that begins with 1, with an outcome for each of its events
    ///     throw 1        the sink threw in the attempt that begins with 1
    ///     gone 1         the event of that attempt is not in the inbox any more
    ///     hold 500       in so many milliseconds another process may deliver to the sink
    ///     after 500      so many milliseconds pass
    std::string after(const std::string& happening) {
        auto all = split(happening, ' ');
        const auto verb = all.empty() ? ""s : all.front();
        const word_list given(all.empty() ? all.begin() : all.begin() + 1, all.end());
        happen(verb, given);
        return describe(plan.next(at));
    }

    delivery_plan plan;
    instant at = beginning;

private:
    void happen(const std::string& verb, const word_list& given) {
        if (verb == "read")
            plan.events_read(to_events(given), at);
        else if (verb == "replay")
            plan.replays_read({0, 64}, to_pending(given), at);
        else if (verb == "end" || verb == "throw" || verb == "gone")
            end(verb, to_number(given.at(0)), word_list(given.begin() + 1, given.end()));
        else if (verb == "after")
            at = {at.wall + 1ms * to_number(given.at(0)), at.steady + 1ms * to_number(given.at(0))};
        else if (verb == "settled" || verb == "unsettled")
            plan.settled(verb == "settled", at.steady);
        else if (verb == "asked")
            plan.expect_replays();
        else if (verb == "arrived")
            plan.expect_events();
        else if (verb == "unread")
            plan.read_failed(at.steady);
        else if (verb == "unreadable")
            plan.read_threw();
        else if (verb == "erase")
            plan.erase({to_number(given.at(0))});
        else if (verb == "pause" || verb == "resume")
            plan.pause(verb == "pause");
        else if (verb == "hold")
            plan.hold_until(at.steady + 1ms * to_number(given.at(0)));
        else if (verb == "stop")
            plan.stop();
        else
            EXPECT_EQ(verb, "");
    }

    static std::vector<routed_event> to_events(const word_list& given) {
        std::vector<routed_event> events;
        for (const auto& word : given) {
            const auto digits = std::min(word.find_first_not_of("0123456789"), word.size());
            routed_event routed;
            routed.number = to_number(word.substr(0, digits));
            const auto rest = word.substr(digits);
            if (rest.starts_with(':'))
                routed.subject = rest.substr(1);
            if (rest == "?")
                routed.error = "no memory";
            else if (rest != "-")
                routed.content = make_content(routed.number, routed.subject);
            events.push_back(std::move(routed));
        }
        return events;
    }

    static std::vector<pending_delivery> to_pending(const word_list& given) {
        std::vector<pending_delivery> all;
        for (const auto& word : given) {
            pending_delivery pending;
            pending.number = to_number(word);
            pending.queued = true;
            all.push_back(std::move(pending));
        }
        return all;
    }

    void end(const std::string& how, sequence first, const word_list& outcomes) {
        const auto begins = [first](const auto& attempt) { return attempt.numbers.front() == first; };
        const auto found = std::ranges::find_if(under_way_, begins);
        ASSERT_NE(found, under_way_.end()) << first;
        delivery_plan::attempt_result result;
        result.numbers = found->numbers;
        result.events = found->events;
        for (auto i = result.events.size(); i < result.numbers.size(); ++i)
            result.events.push_back(make_content(result.numbers[i], ""));
        std::ranges::transform(outcomes, std::back_inserter(result.outcomes), to_outcome);
        if (how == "throw")
            result.thrown = "internal error: a template that never ends";
        if (how == "gone")
            plan.discard(first);
        else
            plan.complete(result, at);
        plan.end_attempt(found->tried);
        under_way_.erase(found);
    }

    std::string describe(delivery_plan::step todo) {
        word_list parts;
        for (auto& attempt : todo.attempts) {
            parts.push_back("attempt" + list(attempt.numbers));
            under_way_.push_back(std::move(attempt));
        }
        if (todo.read)
            parts.push_back((todo.read->count == 1 ? "read one after " : "read after ") +
                            std::to_string(todo.read->after));
        if (todo.read_replays)
            parts.push_back("replays after " + std::to_string(todo.read_replays->after));
        if (todo.settle)
            parts.push_back(describe(*todo.settle));
        if (todo.wait_until)
            parts.push_back("wait " + std::to_string((*todo.wait_until - at.steady).count()));
        if (todo.finished)
            parts.push_back("finished");
        std::string text;
        for (const auto& part : parts)
            text += (text.empty() ? "" : "; ") + part;
        return text;
    }

    static std::string describe(const settlement& results) {
        std::vector<sequence> pending;
        std::vector<sequence> dead;
        std::ranges::transform(results.pending, std::back_inserter(pending), &pending_delivery::number);
        std::ranges::transform(results.dead, std::back_inserter(dead), &dead_delivery::number);
        return "settle to " + std::to_string(results.position) +
               (pending.empty() ? "" : " pending" + list(pending)) +
               (results.delivered.empty() ? "" : " done" + list(results.delivered)) +
               (dead.empty() ? "" : " dead" + list(dead));
    }

    static std::string list(const std::vector<sequence>& numbers) {
        std::string text;
        for (const auto number : numbers)
            text += " " + std::to_string(number);
        return text;
    }

    std::vector<delivery_plan::attempt> under_way_;
};

struct line {
    const char* happens;
    const char* then;
};
struct scenario {
    const char* name;
    delivery_plan::settings how;
    std::vector<line> lines;
};

/// Waits of our own are zero (the jitter's bound is a millisecond): only what the target asks for is waited.
constexpr retry_policy at_once{1ms, 1ms, 1h};
constexpr delivery_plan::settings one_at_a_time{1, 1, true, at_once};
constexpr delivery_plan::settings four_at_once{4, 1, true, at_once};
constexpr delivery_plan::settings in_batches{1, 8, true, at_once};
constexpr delivery_plan::settings ten_a_second{4, 1, true, at_once, delivery_rate{10, 1s}};
constexpr delivery_plan::settings batches_at_a_rate{1, 8, true, at_once, delivery_rate{40, 1s}};
constexpr delivery_plan::settings short_lived{4, 1, true, {1ms, 1ms, 10s}};

const scenario scenarios[] = {
    {"an_inbox_without_news_is_not_read_until_some_arrive",
     one_at_a_time,
     {{"", ""}, {"arrived", "read after 0"}, {"read", ""}, {"asked", "replays after 0"}, {"replay", ""}}},
    {"events_of_one_subject_go_one_after_the_other_and_subjects_in_parallel",
     four_at_once,
     {{"read 1:a 2:a 3:b 4 5", "attempt 1; attempt 3; attempt 4; attempt 5; read after 5"},
      {"end 3 ok", ""},
      {"end 1 ok", "attempt 2; settle to 1"},
      {"end 2 ok", ""},
      {"settled", "settle to 3"}}},
    {"no_attempt_begins_once_another_process_may_deliver_and_what_is_under_way_ends",
     one_at_a_time,
     {{"hold 3000", ""},
      {"read 1 2 3", "attempt 1; read after 3"},
      {"after 2999", ""},
      {"end 1 ok", "attempt 2; settle to 1"},
      {"after 1", ""},
      {"end 2 fail:5", ""},
      {"settled", "settle to 2 pending 2"},
      {"settled", ""},
      {"after 5000", ""},
      {"hold 3000", "attempt 2"}}},
    {"without_order_a_subject_means_nothing",
     {4, 1, false, at_once},
     {{"read 1:a 2:a", "attempt 1; attempt 2; read after 2"},
      {"end 1 fail:5", "settle to 1 pending 1; wait 5000"},
      {"end 2 ok", "wait 5000"}}},
    {"a_batch_holds_a_subject_in_order_and_keeps_what_failed",
     in_batches,
     {{"read 1:a 2:a 3:b", "attempt 1 2 3; read after 3"},
      {"end 1 ok fail:5 ok", "settle to 3 pending 2; wait 5000"},
      {"after 5000", "attempt 2"},
      {"end 2 ok", ""},
      {"settled", "settle to 3 done 2"}}},
    {"a_later_event_never_overtakes_one_of_its_subject_that_waits",
     four_at_once,
     {{"read 1:a", "attempt 1; read after 1"},
      {"end 1 fail:5", "settle to 1 pending 1; wait 5000"},
      {"read 2:a 3:b", "attempt 3; read after 3"},
      {"settled", "settle to 2 pending 2; wait 5000"},
      {"after 5000", "attempt 1"},
      {"end 1 ok", "attempt 2"}}},
    {"a_rejected_event_is_dead_and_frees_its_subject",
     one_at_a_time,
     {{"read 1:a 2:a", "attempt 1; read after 2"}, {"end 1 reject", "attempt 2; settle to 1 dead 1"}}},
    {"retries_and_new_events_take_turns",
     one_at_a_time,
     {{"read 1 2 3", "attempt 1; read after 3"},
      {"end 1 fail", "attempt 1; settle to 1 pending 1"},
      {"end 1 fail", "attempt 2"},
      {"end 2 ok", "attempt 1"},
      {"end 1 ok", "attempt 3"}}},
    {"a_replay_comes_after_retries_and_new_events",
     one_at_a_time,
     {{"read 8 9", "attempt 8; read after 9"},
      {"end 8 ok", "attempt 9; settle to 8"},
      {"replay 1 2", ""},
      {"end 9 fail", "attempt 9"},
      {"end 9 ok", "attempt 1"},
      {"end 1 ok", "attempt 2"}}},
    {"a_replay_in_front_of_the_position_waits_for_it",
     four_at_once,
     {{"read 1 2", "attempt 1; attempt 2; read after 2"},
      {"replay 2", ""},
      {"end 2 ok", ""},
      {"end 1 ok", "replays after 0; settle to 2"}}},
    {"a_replay_of_what_waits_makes_it_due_once",  // finding B1: the loop went round for ever
     four_at_once,
     {{"read 1:a 2:a", "attempt 1; read after 2"},
      {"end 1 fail:60", "settle to 2 pending 1 2; wait 60000"},
      {"settled", "wait 60000"},
      {"asked", "replays after 0"},
      {"replay 1 2", "attempt 1; settle to 2 pending 1 2"},
      {"end 1 fail:60", "wait 60000"},
      {"settled", "settle to 2 pending 1; wait 60000"}}},
    {"a_replay_that_the_inbox_has_not_learnt_the_end_of_is_not_taken_again",
     four_at_once,
     {{"read 1", "attempt 1; read after 1"},
      {"end 1 ok", "settle to 1"},
      {"settled", ""},
      {"replay 1", "attempt 1"},
      {"end 1 ok", "settle to 1 done 1"},
      {"asked", "replays after 0"},
      {"replay 1", ""}}},
    {"replays_asked_for_during_a_reading_are_read_from_the_beginning",
     one_at_a_time,
     {{"asked", "replays after 0"}, {"asked", "replays after 0"}, {"replay", ""}}},
    {"a_rate_holds_new_events_retries_and_replays_alike",
     ten_a_second,
     {{"read 1 2 3", "read after 3"},
      {"after 99", "wait 1"},
      {"after 1", "attempt 1; wait 100"},
      {"end 1 fail", "settle to 1 pending 1; wait 100"},
      {"after 100", "attempt 1; wait 100"},
      {"after 100", "attempt 2; wait 100"},
      {"end 1 ok", "wait 100"},
      {"settled", "settle to 1 done 1; wait 100"},
      {"settled", "wait 100"},
      {"asked", "replays after 0"},
      {"replay 1", "wait 100"},
      {"after 100", "attempt 3; wait 100"},
      {"end 2 ok", "settle to 2; wait 100"},
      {"after 100", "attempt 1"}}},
    {"a_rate_does_not_lose_what_was_not_used_at_once",
     ten_a_second,
     {{"after 60000", ""}, {"read 1 2", "attempt 1; read after 2"}, {"after 100", "attempt 2"}}},
    {"a_rate_keeps_the_order_of_a_subject",
     ten_a_second,
     {{"read 1:a 2:a 3:b", "read after 3"},
      {"after 100", "attempt 1; wait 100"},
      {"after 100", "attempt 3"},
      {"after 100", ""},
      {"end 1 fail:5", "settle to 2 pending 1 2; wait 5000"},
      {"after 5000", "attempt 1"},
      {"end 1 ok", "wait 100"},
      {"after 100", "attempt 2"}}},
    {"a_batch_is_as_large_as_the_rate_allows",
     batches_at_a_rate,
     {{"after 1000", ""},
      {"read 1 2:a 3:a 4:a 5 6 7", "attempt 1 2 3 4; read after 7"},
      {"end 1 ok ok ok ok", "settle to 4; wait 28"},
      {"after 60", "attempt 5 6"}}},
    {"a_sink_that_fails_is_probed_no_faster_than_its_rate",
     {4, 1, true, at_once, delivery_rate{1, 1s}},
     {{"read 1 2 3 4 5 6", "read after 6"},
      {"after 1000", "attempt 1; wait 1000"},
      {"after 1000", "attempt 2; wait 1000"},
      {"after 1000", "attempt 3; wait 1000"},
      {"after 1000", "attempt 4"},
      {"end 1 fail:60", "settle to 1 pending 1; wait 1000"},
      {"end 2 fail:60", "wait 1000"},
      {"end 3 fail:60", "wait 1000"},
      {"end 4 fail:60", "wait 1000"},
      {"after 1000", "attempt 5; wait 1000"},
      {"end 5 ok", "wait 1000"},
      {"after 1000", "attempt 6; wait 58000"}}},
    {"a_sink_that_fails_is_tried_with_one_event_at_a_time",
     four_at_once,
     {{"read 1 2 3 4 5 6 7", "attempt 1; attempt 2; attempt 3; attempt 4; read after 7"},
      {"end 1 fail:5", "attempt 5; settle to 1 pending 1"},
      {"end 2 fail:5", "attempt 6"},
      {"end 3 fail:5", "attempt 7"},
      {"end 4 fail:5", "wait 5000"},
      {"end 5 fail:5", "wait 3600000"},  // one is being tried
      {"end 6 fail:5", "wait 3600000"},
      {"end 7 fail:5", "wait 5000"},
      {"after 5000", "attempt 1; wait 3595000"},
      {"end 1 ok", "attempt 2; attempt 3; attempt 4; attempt 5"}}},
    {"one_that_fails_for_ever_is_tried_after_what_was_tried_longest_ago",  // finding B2: the oldest came
                                                                           // first
     one_at_a_time,
     {{"read 1:a 2:b 3:c 4:d 5:e", "attempt 1; read after 5"},
      {"end 1 fail:1", "attempt 2; settle to 1 pending 1"},
      {"end 2 fail:1", "attempt 3"},
      {"end 3 fail:1", "attempt 4"},
      {"end 4 fail:1", "attempt 5"},
      {"end 5 fail:1", "wait 1000"},
      {"read 6:f", "read after 6"},
      {"after 1000", "attempt 6; wait 3599000"},
      {"end 6 fail:1", "wait 1000"},
      {"after 1000", "attempt 1; wait 3598000"},
      {"end 1 fail:1", "wait 1000"},
      {"after 1000", "attempt 2; wait 3597000"}}},
    {"nothing_dies_of_age_that_was_not_tried_since_the_sink_worked",  // finding B2
     {1, 1, true, {1ms, 1ms, 10s}},
     {{"read 1:a 2:b 3:c 4:d 5:e 6:a", "attempt 1; read after 6"},
      {"end 1 fail:1", "attempt 2; settle to 1 pending 1 6"},
      {"end 2 fail:1", "attempt 3"},
      {"end 3 fail:1", "attempt 4"},
      {"end 4 fail:1", "attempt 5"},
      {"end 5 fail:60", "wait 10000"},
      {"settled", "settle to 6 pending 2 3 4 5; wait 10000"},
      {"settled", "wait 10000"},
      {"after 10000", "settle to 6 dead 1 2 3 4 5; wait 50000"}}},
    {"an_event_is_given_up_when_its_time_is_over",
     short_lived,
     {{"read 1", "attempt 1; read after 1"},
      {"end 1 fail:9", "settle to 1 pending 1; wait 9000"},
      {"settled", "wait 9000"},
      {"after 9000", "attempt 1"},
      {"after 1000", ""},
      {"end 1 fail", "settle to 1 dead 1"}}},
    {"a_batch_that_throws_goes_event_by_event",  // finding B3: an exception ended the process
     in_batches,
     {{"read 1 2 3", "attempt 1 2 3; read after 3"},
      {"throw 1", "attempt 1; settle to 3 pending 1 2 3"},
      {"end 1 ok", "attempt 2"},
      {"throw 2", "attempt 2"},
      {"end 2 ok", "attempt 3"}}},
    {"an_answer_for_another_number_of_events_is_a_failure",
     in_batches,
     {{"read 1 2", "attempt 1 2; read after 2"}, {"end 1 ok", "attempt 1; settle to 2 pending 1 2"}}},
    {"an_event_that_nobody_can_route_yet_waits_for_another_look",
     one_at_a_time,
     {{"read 1? 2- 3", "attempt 1; read after 3; settle to 2 pending 1"}, {"end 1 ok", "attempt 3"}}},
    {"what_takes_more_memory_than_there_is_is_read_alone",
     one_at_a_time,
     {{"unreadable", "read one after 0"}, {"read 1-", "read one after 1; settle to 1"}}},
    {"what_is_not_routed_here_moves_the_position_only",  // finding B8: no progress while passing over
     one_at_a_time,
     {{"read 1- 2- 3", "attempt 3; read after 3; settle to 2"},
      {"read 4- 5-", "read after 5"},
      {"end 3 ok", ""},
      {"settled", "settle to 5"}}},
    {"an_inbox_that_cannot_be_read_is_asked_again_in_a_second",
     one_at_a_time,
     {{"unread", "wait 1000"}, {"arrived", "wait 1000"}, {"after 1000", "read after 0; replays after 0"}}},
    {"while_results_cannot_be_stored_nothing_is_started",
     one_at_a_time,
     {{"read 1 2", "attempt 1; read after 2"},
      {"end 1 fail:5", "attempt 2; settle to 1 pending 1"},
      {"unsettled", "wait 1000"},
      {"end 2 ok", "wait 1000"},
      {"after 1000", "settle to 2 pending 1"},
      {"read 3", ""},
      {"settled", "attempt 3; read after 3"}}},
    {"the_later_word_on_a_delivery_is_stored_last",
     one_at_a_time,
     {{"read 1", "attempt 1; read after 1"},
      {"end 1 fail", "attempt 1; settle to 1 pending 1"},
      {"end 1 ok", ""},
      {"unsettled", "wait 1000"},
      {"after 1000", "settle to 1 pending 1 done 1"}}},
    {"a_paused_sink_gets_nothing_and_what_was_in_flight_is_stored",
     one_at_a_time,
     {{"read 1 2", "attempt 1; read after 2"},
      {"pause", ""},
      {"end 1 ok", "settle to 1"},
      {"arrived", ""},
      {"resume", "attempt 2; read after 2"}}},
    {"an_event_erased_in_flight_leaves_no_trace_and_one_that_waits_is_not_tried",
     four_at_once,
     {{"read 1:a 2:a 3", "attempt 1; attempt 3; read after 3"},
      {"erase 2", ""},
      {"erase 1", ""},
      {"end 1 fail", "settle to 2 done 1"},
      {"end 3 fail:5", "wait 5000"},
      {"settled", "settle to 3 pending 3; wait 5000"},
      {"erase 3", ""}}},
    {"an_event_that_is_gone_is_owed_no_more",
     one_at_a_time,
     {{"read 1", "attempt 1; read after 1"},
      {"end 1 fail", "attempt 1; settle to 1 pending 1"},
      {"gone 1", ""},
      {"settled", "settle to 1 done 1"}}},
    {"a_stop_waits_for_attempts_and_for_their_results",
     one_at_a_time,
     {{"read 1 2", "attempt 1; read after 2"},
      {"stop", ""},
      {"end 1 ok", "settle to 1"},
      {"settled", "finished"}}},
    {"a_stop_waits_for_no_inbox_that_fails",
     one_at_a_time,
     {{"read 1", "attempt 1; read after 1"},
      {"end 1 ok", "settle to 1"},
      {"stop", ""},
      {"unsettled", "finished"}}},
};

class delivery_plan_decides : public ::testing::TestWithParam<scenario> {};

TEST_P(delivery_plan_decides, step_by_step) {
    plan_in_words plan(GetParam().how);
    int number = 0;
    for (const auto& [happens, then] : GetParam().lines)
        EXPECT_EQ(plan.after(happens), then) << "line " << ++number << ": " << happens;
}

INSTANTIATE_TEST_SUITE_P(delivery, delivery_plan_decides, ::testing::ValuesIn(scenarios),
                         [](const auto& row) { return row.param.name; });

TEST(delivery_plan, reads_no_further_while_too_many_failed) {
    plan_in_words words({1, 8, true, {1ms, 1ms, 24h}});
    sequence last = 0;
    for (bool reads = true; reads && last < 2000;) {
        const auto first = std::to_string(last + 1);
        std::string page = "read";
        for (int i = 0; i < 8; ++i)
            page += " " + std::to_string(++last);
        reads = words.after(page).find("read after") != std::string::npos;
        (void)words.after("end " + first + " reject" +
                          " fail:60 fail:60 fail:60 fail:60 fail:60 fail:60 fail:60");
    }
    EXPECT_EQ(last, 1152);  // of each eight, seven wait: the 1001 of 143 pages are too many
}

TEST(delivery_plan, replays_that_fail_take_no_room_from_new_events) {  // finding B9
    plan_in_words words({1000, 1, true, {1ms, 1ms, 24h}});
    EXPECT_EQ(words.after("read 5000-"), "read after 5000; settle to 5000");
    (void)words.after("read");
    for (int first = 1; first <= 1000; first += 50) {
        (void)words.after("asked");
        std::string page = "replay";
        for (int number = first; number < first + 50; ++number)
            page += " " + std::to_string(number);
        (void)words.after(page);
    }
    for (int number = 1; number <= 1000; ++number)
        (void)words.after("end " + std::to_string(number) + " fail:60");
    EXPECT_EQ(words.after("asked").find("replays"), std::string::npos);
    EXPECT_EQ(words.after("arrived"), "read after 5000");
    EXPECT_EQ(words.after("read 5001"), "read after 5001");
    EXPECT_EQ(words.after("after 60000").substr(0, 12), "attempt 5001");
}

sink_progress failed_in_front_of_position(sequence number) {
    sink_progress progress;
    progress.pending.emplace_back();
    progress.pending.back().number = number;
    progress.pending.back().attempts = 1;
    progress.pending.back().first_attempt = beginning.wall;
    progress.pending.back().next_attempt = beginning.wall + 5s;
    return progress;
}

TEST(delivery_plan, what_waits_since_before_a_kill_is_not_started_twice_nor_holds_the_position) {
    plan_in_words words({4, 1, true, {1ms, 5s, 1h}});
    words.plan.open(failed_in_front_of_position(2), words.at);
    EXPECT_EQ(words.after("read 1 2"), "attempt 1; read after 2");
    EXPECT_EQ(words.after("end 1 ok"), "settle to 2; wait 5000");
}

TEST(delivery_plan, what_waits_since_before_a_kill_waits_for_what_was_accepted_before_it) {
    plan_in_words words({4, 1, true, {1ms, 5s, 1h}});
    auto progress = failed_in_front_of_position(2);
    progress.pending.back().subject = "a";
    words.plan.open(progress, words.at);
    (void)words.after("arrived");
    EXPECT_EQ(words.after("after 6000"), "");
    EXPECT_EQ(words.after("read 1:a"), "attempt 1; read after 1; settle to 1 pending 1");
    EXPECT_EQ(words.after("read 2:a"), "read after 2");
    EXPECT_EQ(words.after("end 1 ok"), "attempt 2");
}

TEST(delivery_plan, a_wall_clock_that_was_set_back_lengthens_no_wait) {  // finding B10
    delivery_plan plan("target", {1, 1, true, {1ms, 60s, 1h}}, 1);
    pending_delivery pending;
    pending.number = 1;
    pending.attempts = 3;
    pending.next_attempt = beginning.wall + 24h;
    pending.first_attempt = beginning.wall + 23h;
    sink_progress progress;
    progress.position = 1;
    progress.pending.push_back(pending);
    plan.open(progress, beginning);
    (void)plan.next(beginning);
    plan.events_read({}, beginning);
    plan.replays_read({0, 64}, {}, beginning);
    EXPECT_EQ(plan.next(beginning).wait_until, beginning.steady + 60s);
}

TEST(delivery_plan, tells_what_became_of_each_event_and_of_the_sink) {
    using kind = delivery_news::kind;
    plan_in_words words({1, 1, true, {1ms, 1ms, 1h}});
    (void)words.after("read 1");
    for (int i = 0; i < 5; ++i)
        (void)words.after("end 1 fail");
    (void)words.after("end 1 reject");
    (void)words.after("read 2");
    (void)words.after("end 2 ok");
    const auto news = words.plan.take_news();
    std::vector<kind> kinds;
    std::ranges::transform(news, std::back_inserter(kinds), &delivery_news::what);
    EXPECT_EQ(kinds, (std::vector{kind::failed, kind::failed, kind::failed, kind::failed, kind::sink_fails,
                                  kind::failed, kind::sink_works, kind::dead, kind::delivered}));
    EXPECT_EQ(news[0].names.id, "event 1");
    EXPECT_EQ(news[0].error, "503");
    EXPECT_EQ(news[7].attempts, 6U);
    EXPECT_EQ(news[7].error, "410");
    EXPECT_TRUE(words.plan.take_news().empty());
}

/// An inbox and a sink in memory that fail now and then, and a daemon that is killed now and then.
class unreliable_world {
public:
    explicit unreliable_world(unsigned seed) : random_(seed) {
        for (sequence number = 1; number <= 200; ++number)
            subjects_[number] = pick(3) == 0 ? ""s : "order/" + std::to_string(pick(12));
    }

    void run() {
        constexpr int most_lives = 40;
        for (int life = 0; life < most_lives && !is_done(); ++life)
            live(life + 1 == most_lives ? 100'000 : 20 + pick(400));
    }

    /// Every event was delivered, and nothing is owed any more.
    [[nodiscard]] bool is_done() const {
        return got_.size() == subjects_.size() && stored_.position == 200 && pending_.empty();
    }

private:
    void live(unsigned steps) {
        delivery_plan::settings how{1 + pick(4), 1 + pick(3), true, {1ms, 50ms, 24h}};
        if (pick(2) == 0)
            how.rate = delivery_rate{1 + pick(100), 1s};
        delivery_plan plan("target", how, random_());
        sink_progress progress = stored_;
        for (const auto& [number, pending] : pending_)
            progress.pending.push_back(pending);
        plan.open(progress, at_);
        std::vector<delivery_plan::attempt> attempts;
        std::optional<settlement> settling;
        std::map<std::string, sequence> latest;
        bool has_waited = false;
        for (unsigned i = 0; i < steps && !is_done(); ++i) {
            auto todo = plan.next(at_);
            ASSERT_TRUE(!has_waited || !todo.attempts.empty() || todo.reads() || todo.settle)
                << "the plan waits until there is nothing to do";
            has_waited = false;
            std::ranges::move(todo.attempts, std::back_inserter(attempts));
            if (todo.settle)
                settling = std::move(todo.settle);
            expect_no_subject_twice(attempts);
            if (todo.read)
                read(plan, *todo.read);
            if (todo.read_replays)
                plan.replays_read(*todo.read_replays, {}, at_);
            if (!attempts.empty() && pick(2) == 0) {
                const auto which = attempts.begin() + pick(static_cast<unsigned>(attempts.size()));
                end(plan, *which, latest);
                attempts.erase(which);
            } else if (settling && pick(2) == 0) {
                const bool stored = pick(4) != 0;
                if (stored)
                    store(*settling);
                plan.settled(stored, at_.steady);
                settling.reset();
            } else if (!todo.reads() && attempts.empty() && !settling) {
                // Nothing is under way: there is a time at which something will be, and it has not passed.
                ASSERT_TRUE(todo.wait_until) << "the plan stands still";
                at_.steady = std::max(*todo.wait_until, at_.steady + 1ms);
                at_.wall += 1ms;
                has_waited = true;
            }
        }
    }

    void read(delivery_plan& plan, const delivery_plan::page& wanted) {
        if (pick(20) == 0)
            return plan.read_failed(at_.steady);
        std::vector<routed_event> page;
        for (auto next = subjects_.upper_bound(wanted.after);
             next != subjects_.end() && page.size() < std::min<std::size_t>(wanted.count, 7); ++next) {
            routed_event routed;
            routed.number = next->first;
            routed.subject = next->second;
            if (pick(20) == 0)
                routed.error = "no memory";
            else
                routed.content = make_content(next->first, next->second);
            page.push_back(std::move(routed));
        }
        plan.events_read(std::move(page), at_);
    }

    void end(delivery_plan& plan, const delivery_plan::attempt& attempt,
             std::map<std::string, sequence>& latest) {
        delivery_plan::attempt_result result;
        result.numbers = attempt.numbers;
        const bool works = pick(10) != 0;
        for (const auto number : attempt.numbers) {
            const auto& subject = subjects_.at(number);
            result.events.push_back(make_content(number, subject));
            if (!works || pick(4) == 0) {
                result.outcomes.emplace_back(retry{"503"});
                // A batch goes on behind an event that failed: that is the sink's own business.
                continue;
            }
            result.outcomes.emplace_back(delivered{});
            got_.insert(number);
            if (!subject.empty() && attempt.numbers.size() == 1) {
                EXPECT_LE(std::exchange(latest[subject], number), number) << subject;
            }
        }
        if (pick(30) == 0)
            result.thrown = "internal error";
        plan.complete(result, at_);
        plan.end_attempt(attempt.tried);
    }

    void expect_no_subject_twice(const std::vector<delivery_plan::attempt>& attempts) {
        std::map<std::string, std::size_t> of_subject;
        for (std::size_t i = 0; i < attempts.size(); ++i) {
            for (const auto number : attempts[i].numbers) {
                const auto& subject = subjects_.at(number);
                if (!subject.empty()) {
                    EXPECT_EQ(of_subject.emplace(subject, i).first->second, i) << subject;
                }
            }
        }
    }

    /// As the inbox does it: the later word wins, and the position never moves back.
    void store(const settlement& results) {
        stored_.position = std::max(stored_.position, results.position);
        for (const auto& pending : results.pending)
            pending_[pending.number] = pending;
        for (const auto number : results.delivered)
            pending_.erase(number);
    }

    unsigned pick(unsigned below) { return std::uniform_int_distribution<unsigned>(0, below - 1)(random_); }

    std::minstd_rand random_;
    instant at_ = beginning;
    std::map<sequence, std::string> subjects_;  ///< of all events in the inbox
    sink_progress stored_;
    std::map<sequence, pending_delivery> pending_;
    std::set<sequence> got_;
};

TEST(delivery_plan, delivers_every_event_whatever_fails_and_however_often_it_is_killed) {
    const auto seed = random_seed();
    for (unsigned round = 0; round < 20 && !::testing::Test::HasFailure(); ++round) {
        unreliable_world world(seed + round);
        world.run();
        EXPECT_TRUE(world.is_done()) << "seed " << seed << ", round " << round;
    }
}

}  // namespace
}  // namespace shopbell::test
