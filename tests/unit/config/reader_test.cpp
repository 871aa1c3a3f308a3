#include <shopbell/config/reader.hpp>

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <string>

namespace shopbell::config {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::array<std::string_view, 3> levels{"debug", "info", "warn"};

/// Every problem as "LINE:COLUMN: message" (warnings marked), one a line.
std::string all_of(const problems& found) {
    std::string text;
    for (const auto& one : found.sorted())
        text += found.describe(one).substr(found.file().size() + 1) + "\n";
    return text;
}

std::string problems_in(std::string_view toml, const std::function<void(reader&)>& read) {
    problems found("x");
    const auto parsed = file::from_text(toml, found);
    {
        auto root = parsed.root();
        read(root);
    }
    return all_of(found);
}

/// What a program might ask of a file, one reading per row.
struct reader_row {
    const char* name;
    std::string_view toml;
    std::function<void(reader&)> read;
    std::string_view problems;
};

class a_reader : public testing::TestWithParam<reader_row> {};

TEST_P(a_reader, reports_exactly_this) {
    EXPECT_EQ(problems_in(GetParam().toml, GetParam().read), GetParam().problems);
}

void read_text(reader& root) {
    (void)root.string("name", "");
}
void read_required(reader& root) {
    (void)root.required_string("name");
}
void read_flag(reader& root) {
    (void)root.boolean("fsync", true);
}
void read_number(reader& root) {
    (void)root.integer("threads", 0, 0, 1024);
}
void read_duration_key(reader& root) {
    (void)root.duration("timeout", seconds(1), milliseconds(100), seconds(600));
}
void read_any_duration(reader& root) {
    (void)root.duration("retain", seconds(1));
}
void read_size_key(reader& root) {
    (void)root.size("max_body", 1, 1024, 1024 * 1024);
}
void read_strings(reader& root) {
    (void)root.strings("listen", {});
}
void read_table_of_strings(reader& root) {
    (void)root.string_table("headers");
}
void read_choice(reader& root) {
    (void)root.one_of("level", levels, 1);
}
void read_server(reader& root) {
    (void)root.table("server").strings("listen", {});
}
void read_inbox(reader& root) {
    (void)root.table("inbox").required_string("path");
}
void read_endpoints(reader& root) {
    for (auto& endpoint : root.tables("endpoint"))
        (void)endpoint.required_string("path");
}

INSTANTIATE_TEST_SUITE_P(
    type, a_reader,
    testing::Values(
        reader_row{"a_string", "name = 3", read_text, "1:8: \"name\" expects a string, got an integer\n"},
        reader_row{"a_required_string", "name = [1]", read_required,
                   "1:8: \"name\" expects a string, got an array\n"},
        reader_row{"a_boolean", "\nfsync = \"yes\"", read_flag,
                   "2:9: \"fsync\" expects true or false, got a string\n"},
        reader_row{"an_integer", "threads = 1.5", read_number,
                   "1:11: \"threads\" expects an integer, got a float\n"},
        reader_row{
            "a_duration", "timeout = 10", read_duration_key,
            "1:11: \"timeout\" expects a duration such as \"250ms\", \"10s\", \"5m\", \"12h\" or \"30d\", "
            "got an integer\n"},
        reader_row{"a_size", "max_body = true", read_size_key,
                   "1:12: \"max_body\" expects a size such as \"512\", \"64KiB\", \"1MiB\" or \"2GiB\", "
                   "got a boolean\n"},
        reader_row{"an_array", "listen = 8080", read_strings,
                   "1:10: \"listen\" expects an array of strings, got an integer\n"},
        reader_row{"an_array_and_not_one_string", "listen = \"127.0.0.1:8080\"", read_strings,
                   "1:10: \"listen\" expects an array of strings, got a string\n"},
        reader_row{"elements_of_an_array", "listen = [\"a\",\n  1, 2026-01-01]", read_strings,
                   "2:3: every element of \"listen\" must be a string, got an integer\n"
                   "2:6: every element of \"listen\" must be a string, got a date or time\n"},
        reader_row{"a_table_of_strings", "headers = \"X: y\"", read_table_of_strings,
                   "1:11: \"headers\" expects a table of strings, got a string\n"},
        reader_row{"values_of_a_table_of_strings", "headers = { X-A = \"a\", X-B = 2 }",
                   read_table_of_strings, "1:30: \"X-B\" in \"headers\" expects a string, got an integer\n"},
        reader_row{"a_choice", "level = 1", read_choice,
                   "1:9: \"level\" expects one of \"debug\", \"info\" or \"warn\", got an integer\n"},
        reader_row{"a_table", "server = 1", read_server,
                   "1:10: \"server\" expects a table, got an integer\n"},
        reader_row{"an_array_of_tables", "[endpoint]\npath = \"/\"", read_endpoints,
                   "1:1: \"endpoint\" expects an array of tables, written [[endpoint]], got a table\n"},
        reader_row{"elements_of_an_array_of_tables", "endpoint = [{path = \"/\"}, 3]", read_endpoints,
                   "1:27: every element of \"endpoint\" must be a table, got an integer\n"}),
    [](const auto& one) { return one.param.name; });

INSTANTIATE_TEST_SUITE_P(
    value, a_reader,
    testing::Values(
        reader_row{"missing_from_the_file", "# nothing", read_required,
                   "1:1: \"name\" is missing; it takes a string\n"},
        reader_row{"missing_from_a_table", "\n[inbox]\n", read_inbox,
                   "2:1: \"path\" is missing in [inbox]; it takes a string\n"},
        reader_row{"missing_with_its_table", "", read_inbox,
                   "1:1: \"path\" is missing in [inbox]; it takes a string\n"},
        reader_row{"missing_from_one_element", "[[endpoint]]\npath = \"/a\"\n\n  [[endpoint]]\n",
                   read_endpoints, "4:3: \"path\" is missing in [[endpoint]]; it takes a string\n"},
        reader_row{"empty", "name = \"\"", read_required,
                   "1:8: \"name\" expects a string that is not empty\n"},
        reader_row{"too_large_a_number", "threads = 5000", read_number,
                   "1:11: \"threads\" must be between 0 and 1024, got 5000\n"},
        reader_row{"too_small_a_number", "threads = -1", read_number,
                   "1:11: \"threads\" must be between 0 and 1024, got -1\n"},
        reader_row{
            "misspelt_duration", "timeout = \"10 sec\"", read_duration_key,
            "1:11: \"timeout\" expects a duration such as \"250ms\", \"10s\", \"5m\", \"12h\" or \"30d\", "
            "got \"10 sec\"\n"},
        reader_row{"too_long_a_duration", "timeout = \"11m\"", read_duration_key,
                   "1:11: \"timeout\" must be between \"100ms\" and \"10m\", got \"11m\"\n"},
        reader_row{"too_short_a_duration", "timeout = \"0s\"", read_duration_key,
                   "1:11: \"timeout\" must be between \"100ms\" and \"10m\", got \"0s\"\n"},
        reader_row{"a_duration_beyond_counting", "retain = \"99999999999999999999d\"", read_any_duration,
                   "1:10: \"retain\" must be between \"0s\" and \"36500d\", got \"99999999999999999999d\"\n"},
        reader_row{"misspelt_size", "max_body = \"1MB\"", read_size_key,
                   "1:12: \"max_body\" expects a size such as \"512\", \"64KiB\", \"1MiB\" or \"2GiB\", got "
                   "\"1MB\"\n"},
        reader_row{"too_large_a_size", "max_body = \"2MiB\"", read_size_key,
                   "1:12: \"max_body\" must be between \"1KiB\" and \"1MiB\", got \"2MiB\"\n"},
        reader_row{"another_choice", "level = \"inf\"", read_choice,
                   "1:9: \"level\" expects one of \"debug\", \"info\" or \"warn\", got \"inf\" "
                   "(did you mean \"info\"?)\n"},
        reader_row{"no_choice_at_all", "level = \"everything\"", read_choice,
                   "1:9: \"level\" expects one of \"debug\", \"info\" or \"warn\", got \"everything\"\n"},
        reader_row{"a_long_text_is_cut",
                   "level = \""
                   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
                   read_choice,
                   "1:9: \"level\" expects one of \"debug\", \"info\" or \"warn\", got "
                   "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\"\n"},
        reader_row{"a_line_break_stays_on_the_line", "level = \"a\\nb\"", read_choice,
                   "1:9: \"level\" expects one of \"debug\", \"info\" or \"warn\", got \"a b\"\n"}),
    [](const auto& one) { return one.param.name; });

INSTANTIATE_TEST_SUITE_P(
    unknown_key, a_reader,
    testing::Values(
        reader_row{"close_to_one_asked_for", "[server]\n  lisen = []", read_server,
                   "2:3: unknown key \"lisen\" (did you mean \"listen\"?)\n"},
        reader_row{"close_to_nothing", "[server]\nport = 3", read_server, "2:1: unknown key \"port\"\n"},
        reader_row{"of_the_whole_file", "nam = \"x\"", read_text,
                   "1:1: unknown key \"nam\" (did you mean \"name\"?)\n"},
        reader_row{"a_table", "[servr]\nlisten = []", read_server,
                   "1:2: unknown key \"servr\" (did you mean \"server\"?)\n"},
        reader_row{"an_array_of_tables", "[[endpiont]]", read_endpoints,
                   "1:3: unknown key \"endpiont\" (did you mean \"endpoint\"?)\n"},
        reader_row{"in_each_element_where_it_stands",
                   "[[endpoint]]\npath = \"/a\"\nx1 = 1\n[[endpoint]]\npath = \"/b\"\nx2 = 2", read_endpoints,
                   "3:1: unknown key \"x1\"\n6:1: unknown key \"x2\"\n"},
        reader_row{"in_an_inline_table", "retry = { initial = \"1s\", mx = \"1m\" }",
                   [](reader& root) {
                       auto retry = root.table("retry");
                       (void)retry.duration("initial", seconds(1));
                       (void)retry.duration("max", seconds(1));
                   },
                   "1:27: unknown key \"mx\" (did you mean \"max\"?)\n"},
        reader_row{"a_secret_s_form", "hooks_token_fil = \"x\"",
                   [](reader& root) { (void)root.secret("hooks_token"); },
                   "1:1: unknown key \"hooks_token_fil\" (did you mean \"hooks_token_file\"?)\n"},
        reader_row{"asking_whether_it_is_there_is_not_knowing_it", "name = \"x\"",
                   [](reader& root) { EXPECT_TRUE(root.has("name")); }, "1:1: unknown key \"name\"\n"},
        reader_row{"not_reported_where_the_table_s_kind_is_unknown", "[server]\nport = 3",
                   [](reader& root) { root.table("server").ignore_unknown(); }, ""}),
    [](const auto& one) { return one.param.name; });

INSTANTIATE_TEST_SUITE_P(
    report_of_the_caller, a_reader,
    testing::Values(reader_row{"at_the_value", "[server]\nname = \"x\"",
                               [](reader& root) { root.table("server").error("name", "bad"); }, "2:8: bad\n"},
                    reader_row{"at_the_table_where_the_key_is_absent", "\n [server]\n",
                               [](reader& root) { root.table("server").error("name", "needed"); },
                               "2:2: needed\n"},
                    reader_row{"at_the_form_in_which_a_secret_is_given", "[server]\ntoken_env = \"PATH\"",
                               [](reader& root) {
                                   auto server = root.table("server");
                                   (void)server.secret("token");
                                   server.error("token", "weak");
                               },
                               "2:13: weak\n"},
                    reader_row{"at_an_element", "name = [\"a\", \"b\"]",
                               [](reader& root) {
                                   (void)root.strings("name", {});
                                   root.error("name", 1, "bad");
                               },
                               "1:14: bad\n"},
                    reader_row{"at_the_table", "[server]\n",
                               [](reader& root) { root.table("server").error("odd"); }, "1:1: odd\n"},
                    reader_row{"as_a_warning", "name = \"x\"",
                               [](reader& root) {
                                   root.warn("name", "odd");
                                   root.warn("everything is odd");
                               },
                               "1:1: warning: everything is odd\n1:8: warning: odd\n"},
                    reader_row{"not_behind_an_error_of_the_same_key", "name = 3",
                               [](reader& root) {
                                   (void)root.required_string("name");
                                   root.error("name", "must begin with /");
                                   root.error("name", 0, "must begin with /");
                                   root.warn("name", "must begin with /");
                               },
                               "1:8: \"name\" expects a string, got an integer\n"},
                    reader_row{"not_in_a_table_that_is_none", "server = 1",
                               [](reader& root) {
                                   auto server = root.table("server");
                                   (void)server.required_string("path");
                                   server.error("listen", "needed");
                               },
                               "1:10: \"server\" expects a table, got an integer\n"}),
    [](const auto& one) { return one.param.name; });

INSTANTIATE_TEST_SUITE_P(
    syntax, a_reader,
    testing::Values(
        reader_row{"is_one_problem_and_nothing_follows", "name = \"x\"\nname2 = ", read_inbox,
                   "2:9: TOML syntax error in key-value pair: encountered end-of-file\n"},
        reader_row{"a_key_given_twice", "name = 1\nname = 2", read_text,
                   "2:8: TOML syntax error in key-value pair: cannot redefine existing integer 'name'\n"},
        reader_row{"text_without_quotes", "timeout = 10s", read_any_duration,
                   "1:13: TOML syntax error in decimal integer: expected digit, saw 's' "
                   "(text, durations and sizes need quotes)\n"},
        reader_row{"never_repeats_a_value", "token = 99999999999999999999999999", read_text,
                   "1:35: TOML syntax error in decimal integer: '...' is not representable in 64 bits "
                   "(text, durations and sizes need quotes)\n"},
        reader_row{"bytes_that_are_not_utf8", "name = \"\xff\"", read_text,
                   "1:8: TOML syntax error: Encountered invalid utf-8 sequence\n"}),
    [](const auto& one) { return one.param.name; });

TEST(reading, gives_what_is_written) {
    problems found("x");
    const auto parsed = file::from_text(R"(
        name = "Ann"
        fsync = false
        threads = 4
        timeout = "5m"
        max_body = "64KiB"
        listen = ["b", "a"]
        level = "warn"
        headers = { Zulu = "1", alpha = "2", Mike = "3" }
    )",
                                        found);
    auto root = parsed.root();
    EXPECT_EQ(root.string("name", "x"), "Ann");
    EXPECT_FALSE(root.boolean("fsync", true));
    EXPECT_EQ(root.integer("threads", 0, 0, 8), 4);
    EXPECT_EQ(root.duration("timeout", seconds(1)), seconds(300));
    EXPECT_EQ(root.size("max_body", 1), 65'536U);
    EXPECT_EQ(root.strings("listen", {}), (std::vector<std::string>{"b", "a"}));
    EXPECT_EQ(root.one_of("level", levels, 0), 2U);
    std::string in_order;
    for (const auto& [name, value] : root.string_table("headers"))
        in_order += name + "=" + value + " ";
    EXPECT_EQ(in_order, "Zulu=1 alpha=2 Mike=3 ");
    EXPECT_EQ(all_of(found), "");
}

TEST(reading, gives_the_fallback_where_nothing_or_something_else_is_written) {
    for (const auto* toml :
         {"", "name=1\nfsync=1\nthreads=99\ntimeout=1\nmax_body=1\nlisten=1\nlevel=\"x\""}) {
        problems found("x");
        const auto parsed = file::from_text(toml, found);
        auto root = parsed.root();
        EXPECT_EQ(root.string("name", "x"), "x");
        EXPECT_TRUE(root.boolean("fsync", true));
        EXPECT_EQ(root.integer("threads", 2, 0, 8), 2);
        EXPECT_EQ(root.duration("timeout", seconds(1)), seconds(1));
        EXPECT_EQ(root.size("max_body", 7), 7U);
        EXPECT_EQ(root.strings("listen", {"a"}), std::vector<std::string>{"a"});
        EXPECT_EQ(root.one_of("level", levels, 1), 1U);
        EXPECT_TRUE(root.tables("endpoint").empty());
    }
}

TEST(reading, a_file_that_is_not_there_says_why_and_nothing_more) {
    problems found("/nowhere/x.toml");
    const file parsed("/nowhere/x.toml", found);
    {
        auto root = parsed.root();
        (void)root.table("inbox").required_string("path");
        root.error("no endpoint");
    }
    ASSERT_EQ(found.sorted().size(), 1U);
    EXPECT_EQ(found.describe(found.sorted().front()),
              "/nowhere/x.toml: cannot be read: No such file or directory");
}

}  // namespace
}  // namespace shopbell::config
