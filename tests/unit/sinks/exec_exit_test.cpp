#include "../src/sinks/exec_sink.hpp"

#include "made_sink.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <map>

namespace shopbell {
namespace {

using cause = program_end::cause;

struct exit_row {
    std::string_view name;
    program_end end;
    std::string expected;
    std::string response = {};
};

class an_exit : public ::testing::TestWithParam<exit_row> {};

TEST_P(an_exit, is_classified) {
    const outcome got = classify_exit(GetParam().end, std::chrono::seconds(30));
    EXPECT_EQ(test::describe(got), GetParam().expected);
    EXPECT_EQ(test::response_of(got), GetParam().response);
}

INSTANTIATE_TEST_SUITE_P(
    ends, an_exit,
    ::testing::Values(
        exit_row{"success", {cause::exited, 0, "", ""}, "delivered"},
        exit_row{"success_with_words", {cause::exited, 0, "done\n", "warn\n"}, "delivered", "done\nwarn\n"},
        exit_row{
            "success_with_words_on_one_line", {cause::exited, 0, "done", "warn"}, "delivered", "done\nwarn"},
        exit_row{"data_error",
                 {cause::exited, 65, "", "no such order\n"},
                 "reject: exited with 65: no such order",
                 "no such order\n"},
        exit_row{"failure", {cause::exited, 1, "", ""}, "retry: exited with 1"},
        exit_row{"failure_with_words",
                 {cause::exited, 1, "out\n", "\n first line \nsecond\n"},
                 "retry: exited with 1: first line",
                 "out\n\n first line \nsecond\n"},
        exit_row{"temporary_failure", {cause::exited, 75, "", ""}, "retry: exited with 75"},
        exit_row{"neighbour_of_65", {cause::exited, 64, "", ""}, "retry: exited with 64"},
        exit_row{"highest", {cause::exited, 255, "", ""}, "retry: exited with 255"},
        exit_row{"killed", {cause::signaled, SIGKILL, "", ""}, "retry: killed by signal 9 (SIGKILL)"},
        exit_row{"crashed",
                 {cause::signaled, SIGSEGV, "", "oh\n"},
                 "retry: killed by signal 11 (SIGSEGV): oh",
                 "oh\n"},
        exit_row{"signal_65_is_no_exit_status", {cause::signaled, 65, "", ""}, "retry: killed by signal 65"},
        exit_row{"out_of_time",
                 {cause::timed_out, SIGKILL, "half", ""},
                 "retry: killed after 30s: it did not end in time",
                 "half"},
        exit_row{"ended_well_but_too_late",
                 {cause::timed_out, 0, "", ""},
                 "retry: killed after 30s: it did not end in time"},
        exit_row{"not_utf8",
                 {cause::exited, 1, "\xE9", "caf\xE9\n"},
                 "retry: exited with 1: caf\xEF\xBF\xBD",
                 "\xEF\xBF\xBD\ncaf\xEF\xBF\xBD\n"},
        exit_row{"as_much_as_there_can_be",
                 {cause::exited, 0, std::string(most_said, 'o'), std::string(most_said, 'e')},
                 "delivered",
                 std::string(1024, 'o') + "\n" + std::string(1023, 'e')}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(exec_environment, is_what_a_program_needs_and_nothing_that_could_be_secret) {
    const std::map<std::string, const char*> ours{{"PATH", "/bin"},
                                                  {"TZ", ""},
                                                  {"LC_ALL", "C"},
                                                  {"SHOPBELL_TOKEN", "hunter2"},
                                                  {"API_URL", "https://example.com/"},
                                                  {"LD_PRELOAD", "/x.so"}};
    const auto look_up = [&](const char* name) {
        const auto place = ours.find(name);
        return place == ours.end() ? nullptr : place->second;
    };
    EXPECT_EQ(inherited_environment(look_up, {}), (std::vector<std::string>{"PATH=/bin", "LC_ALL=C", "TZ="}));
    EXPECT_EQ(inherited_environment(look_up, {"API_URL", "PATH", "ABSENT"}),
              (std::vector<std::string>{"PATH=/bin", "LC_ALL=C", "TZ=", "API_URL=https://example.com/"}));
}

}  // namespace
}  // namespace shopbell
