#include "workshop.hpp"

#include <shopbell/cli/command_line.hpp>
#include <shopbell/cli/exit_status.hpp>

#include <gtest/gtest.h>
#include <stdlib.h>

#include <sstream>
#include <vector>

namespace shopbell {
namespace {

using test::printed;

/// Runs a command line; what `serve` was given is kept in `served`.
printed run_line(std::vector<const char*> words, std::string* served = nullptr,
                 const std::string& input = "") {
    words.insert(words.begin(), "shopbell");
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    const serve_function serve = [served](const std::string& path) {
        if (served != nullptr)
            *served = path;
        return 42;
    };
    const int status = run(static_cast<int>(words.size()), words.data(), serve, in, out, err);
    return {status, out.str(), err.str()};
}

TEST(the_command_line, prints_the_version) {
    for (const auto& words : {std::vector{"--version"}, std::vector{"check", "--version"}}) {
        const auto run = run_line(words);
        EXPECT_EQ(run.status, exit_done);
        EXPECT_EQ(run.out, "shopbell 0.1.0\n");
        EXPECT_EQ(run.err, "");
    }
}

TEST(the_command_line, helps_everywhere) {
    EXPECT_NE(run_line({"--help"}).out.find("handshake"), std::string::npos);
    for (const auto* command : {"serve", "check", "doctor", "send", "events", "show", "tail", "rejections",
                                "replay", "dead", "sinks", "forget", "sign", "handshake"}) {
        const auto run = run_line({command, "--help"});
        EXPECT_EQ(run.status, exit_done) << command;
        EXPECT_NE(run.out.find("Usage: shopbell " + std::string(command)), std::string::npos) << run.out;
    }
}

TEST(the_command_line, takes_the_configuration_before_and_behind_the_command) {
    std::string served;
    EXPECT_EQ(run_line({"--config", "a.toml", "serve"}, &served).status, 42);
    EXPECT_EQ(served, "a.toml");
    EXPECT_EQ(run_line({"serve", "--config", "b.toml"}, &served).status, 42);
    EXPECT_EQ(served, "b.toml");
    EXPECT_EQ(run_line({"serve", "--config=c.toml"}, &served).status, 42);
    EXPECT_EQ(served, "c.toml");
}

TEST(the_command_line, looks_for_the_configuration_in_the_environment_and_then_in_etc) {
    std::string served;
    ::unsetenv("SHOPBELL_CONFIG");
    (void)run_line({"serve"}, &served);
    EXPECT_EQ(served, "/etc/shopbell/shopbell.toml");
    ::setenv("SHOPBELL_CONFIG", "/tmp/env.toml", 1);
    (void)run_line({"serve"}, &served);
    EXPECT_EQ(served, "/tmp/env.toml");
    (void)run_line({"serve", "--config", "arg.toml"}, &served);
    EXPECT_EQ(served, "arg.toml");
    ::setenv("SHOPBELL_CONFIG", "", 1);
    (void)run_line({"serve"}, &served);
    EXPECT_EQ(served, "/etc/shopbell/shopbell.toml");
    ::unsetenv("SHOPBELL_CONFIG");
}

struct usage_row {
    const char* name;
    std::vector<const char*> words;
    std::string_view message;
};

class wrong_usage : public testing::TestWithParam<usage_row> {};

TEST_P(wrong_usage, exits_2_with_a_hint) {
    const auto run = run_line(GetParam().words);
    EXPECT_EQ(run.status, exit_usage);
    EXPECT_EQ(run.out, "");
    EXPECT_EQ(run.err, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    usage, wrong_usage,
    testing::Values(
        usage_row{"no_command",
                  {},
                  "shopbell: a command is missing; there are: serve check doctor send events show tail "
                  "rejections replay dead sinks codes forget backup inbox sign presets handshake\n"
                  "Try: shopbell --help\n"},
        usage_row{
            "unknown_command",
            {"chek"},
            "shopbell: unknown command \"chek\" (did you mean \"check\"?); there are: serve check "
            "doctor send "
            "events "
            "show tail rejections replay dead sinks codes forget backup inbox sign presets handshake\nTry: "
            "shopbell --help\n"},
        usage_row{"unknown_option",
                  {"check", "--jsn"},
                  "shopbell: The following argument was not expected: --jsn\nTry: shopbell check --help\n"},
        usage_row{"an_argument_too_many",
                  {"check", "x"},
                  "shopbell: The following argument was not expected: x\nTry: shopbell check --help\n"},
        usage_row{"a_missing_argument",
                  {"send", "jumpseller"},
                  "shopbell: EVENT is required\nTry: shopbell send --help\n"},
        usage_row{"a_missing_option",
                  {"handshake"},
                  "shopbell: --email is required\nTry: shopbell handshake --help\n"},
        usage_row{"a_missing_value",
                  {"serve", "--config"},
                  "shopbell: --config: 1 required FILE missing\nTry: shopbell serve --help\n"},
        usage_row{"no_number",
                  {"send", "jumpseller", "order_paid", "--count", "many"},
                  "shopbell: --count: Value many not in range 1 to 1000000000\nTry: shopbell send --help\n"},
        usage_row{"no_events_at_all",
                  {"send", "jumpseller", "order_paid", "--count", "0"},
                  "shopbell: --count: Value 0 not in range 1 to 1000000000\nTry: shopbell send --help\n"},
        usage_row{"a_rate_of_nothing",
                  {"send", "jumpseller", "order_paid", "--rate", "0"},
                  "shopbell: --rate: expects a number above 0 and up to 1000000, got 0\nTry: shopbell send "
                  "--help\n"},
        usage_row{
            "an_event_without_an_id", {"show"}, "shopbell: ID is required\nTry: shopbell show --help\n"},
        usage_row{"no_state",
                  {"events", "--state", "lost"},
                  "shopbell: --state: lost not in {delivered,pending,dead}\nTry: shopbell events --help\n"},
        usage_row{"no_limit",
                  {"events", "--limit", "0"},
                  "shopbell: --limit: Value 0 not in range 1 to 1000000000\nTry: shopbell events --help\n"},
        usage_row{
            "no_time",
            {"events", "--since", "then"},
            "shopbell: --since: then: give a date (2026-11-21), a date and time (2026-11-21T15:51:45Z) or "
            "a time back from now (10m, 12h, 30d)\nTry: shopbell events --help\n"},
        usage_row{"two_forms_of_an_event",
                  {"show", "x", "--original", "--json"},
                  "shopbell: --json excludes --original\nTry: shopbell show --help\n"},
        usage_row{"nothing_to_replay",
                  {"replay"},
                  "shopbell replay: say which events: either their ids, or --type, --endpoint, --subject, "
                  "--since, --until\nTry: shopbell replay --help\n"},
        usage_row{"too_much_to_replay",
                  {"replay", "x", "--type", "**"},
                  "shopbell replay: say which events: either their ids, or --type, --endpoint, --subject, "
                  "--since, --until\nTry: shopbell replay --help\n"},
        usage_row{"dead_letters_without_a_verb",
                  {"dead"},
                  "shopbell dead: a command is missing; there are: list show retry drop\n"
                  "Try: shopbell dead --help\n"},
        usage_row{
            "dead_letters_with_an_unknown_verb",
            {"dead", "lst"},
            "shopbell: unknown command \"dead lst\" (did you mean \"list\"?); there are: list show retry "
            "drop\nTry: shopbell dead --help\n"},
        usage_row{"dead_letters_with_an_option_alone",
                  {"dead", "--sink", "crm"},
                  "shopbell dead: a command is missing; there are: list show retry drop\n"
                  "Try: shopbell dead --help\n"},
        usage_row{
            "sinks_with_an_unknown_verb",
            {"sinks", "pasue", "crm"},
            "shopbell: unknown command \"sinks pasue\" (did you mean \"pause\"?); there are: pause resume "
            "forget\nTry: shopbell sinks --help\n"},
        usage_row{"all_dead_letters_to_drop",
                  {"dead", "drop"},
                  "shopbell dead drop: say which: event ids, or --sink NAME for all of a sink's\n"
                  "Try: shopbell dead drop --help\n"},
        usage_row{"no_sink_to_pause",
                  {"sinks", "pause"},
                  "shopbell: NAME is required\nTry: shopbell sinks pause --help\n"},
        usage_row{"nobody_to_forget",
                  {"forget"},
                  "shopbell forget: say who: --email ADDRESS or --subject S\nTry: shopbell forget --help\n"},
        usage_row{"two_people_to_forget",
                  {"forget", "--email", "a@b.c", "--subject", "customer/1"},
                  "shopbell: --email excludes --subject\nTry: shopbell forget --help\n"},
        usage_row{"two_commands",
                  {"serve", "check"},
                  "shopbell: The following argument was not expected: check\nTry: shopbell serve --help\n"}),
    [](const auto& one) { return one.param.name; });

TEST(the_command_line, runs_check) {
    const test::workshop shop;
    EXPECT_TRUE(run_line({"check", "--config", shop.config().c_str()}).out.starts_with("ok\n"));
    EXPECT_TRUE(
        run_line({"--config", shop.config().c_str(), "check", "--json"}).out.starts_with("{\"ok\":true,"));
    EXPECT_EQ(run_line({"check", "--config", "/nowhere"}).status, exit_configuration);
}

TEST(the_command_line, hands_every_option_to_send) {
    const test::workshop shop;
    const auto run = run_line({"send",
                               "--set",
                               "/a/b=1",
                               "--set",
                               "/order/id=-5",
                               "jumpseller",
                               "order_paid",
                               "--body",
                               "-",
                               "--count",
                               "2",
                               "--rate",
                               "0.5",
                               "--tamper",
                               "--json",
                               "--endpoint",
                               "second-shop",
                               "--url",
                               "http://127.0.0.1:1/x",
                               "--config",
                               shop.config().c_str()},
                              nullptr, R"({"order":{}})");
    EXPECT_EQ(run.status, exit_usage);
    EXPECT_EQ(run.err, "shopbell send: the body has no /a to set /a/b in\n");
}

TEST(the_command_line, runs_sign) {
    const test::workshop shop;
    const auto run =
        run_line({"sign", "ejunkie", "--endpoint", "downloads", "--config", shop.config().c_str()}, nullptr,
                 "txn_id=1");
    EXPECT_EQ(run.status, exit_done);
    EXPECT_NE(run.out.find("handshake="), std::string::npos);
}

}  // namespace
}  // namespace shopbell
