#include "../src/inbox/postgres/lease_plan.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

namespace shopbell::test {
namespace {

using namespace std::chrono_literals;
namespace pg = shopbell::postgres;

/// "a:self b:other c:nobody d:nobody/5000 e:spare": who holds each sink, and how long nobody has.
std::vector<pg::wanted_sink> to_sinks(const std::string& text) {
    using holder = pg::wanted_sink::holder;
    std::vector<pg::wanted_sink> sinks;
    std::istringstream words(text);
    for (std::string word; words >> word;) {
        pg::wanted_sink sink;
        sink.name = word.substr(0, word.find(':'));
        const auto held_by = word.substr(word.find(':') + 1);
        if (held_by == "self")
            sink.held_by = holder::self;
        else if (held_by == "spare")
            sink.held_by = holder::self_for_want_of_others;
        else if (held_by.starts_with("nobody"))
            sink.held_by = holder::nobody;
        if (const auto slash = held_by.find('/'); slash != std::string::npos)
            sink.free_for = 1ms * std::stoi(held_by.substr(slash + 1));
        sinks.push_back(std::move(sink));
    }
    return sinks;
}

std::string describe(const pg::lease_decision& decided) {
    std::string text;
    const auto add = [&text](const std::string& verb, const std::vector<std::string>& names) {
        for (const auto& name : names) {
            text += text.empty() ? "" : "; ";
            text += verb;
            text += ' ';
            text += name;
        }
    };
    add("claim", decided.claim);
    add("spare", decided.claim_for_want_of_others);
    add("give back", decided.give_back);
    return text;
}

struct share_case {
    const char* name;
    const char* sinks;
    std::size_t daemons;
    const char* decision;
};
class lease_plan_test : public ::testing::TestWithParam<share_case> {};

TEST_P(lease_plan_test, shares_the_sinks_out) {
    EXPECT_EQ(describe(pg::share_out(to_sinks(GetParam().sinks), GetParam().daemons)), GetParam().decision);
}

INSTANTIATE_TEST_SUITE_P(
    decisions, lease_plan_test,
    ::testing::Values(
        share_case{"a_daemon_alone_takes_all", "a:nobody b:nobody", 1, "claim a; claim b"},
        share_case{"of_two_each_takes_half", "a:nobody b:nobody c:nobody d:nobody", 2, "claim a; claim b"},
        share_case{"a_share_is_rounded_up", "a:nobody b:nobody c:nobody", 2, "claim a; claim b"},
        share_case{"what_others_hold_stays_theirs", "a:other b:other", 1, ""},
        share_case{"a_dead_holders_sinks_are_taken_up_to_the_share", "a:self b:nobody c:nobody d:nobody", 2,
                   "claim b"},
        share_case{"what_nobody_takes_for_a_term_is_anybodys", "a:self b:nobody/5000", 2, "spare b"},
        share_case{"and_not_sooner", "a:self b:nobody/4999", 2, ""},
        share_case{"it_is_not_given_back_again", "a:self b:spare", 2, ""},
        share_case{"a_daemon_that_comes_gets_its_share", "a:self b:self c:self d:self", 2,
                   "give back d; give back c"},
        share_case{"an_uneven_share_does_not_wander", "a:self b:self c:other", 2, ""},
        share_case{"more_daemons_than_sinks", "a:nobody", 3, "claim a"},
        share_case{"nothing_is_configured", "", 2, ""}),
    [](const auto& tested) { return tested.param.name; });

TEST(lease_term_test, a_holder_begins_nothing_in_the_last_second_of_its_term) {
    const auto sent = std::chrono::steady_clock::time_point(1h);
    EXPECT_EQ(pg::end_of_term(sent), sent + 4s);
    EXPECT_LT(3 * pg::lease_renewal, pg::lease_term - pg::lease_margin);  // two may fail
}

}  // namespace
}  // namespace shopbell::test
