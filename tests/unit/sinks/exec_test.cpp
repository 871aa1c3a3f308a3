#include "made_sink.hpp"
#include "support/eventually.hpp"
#include "support/temp_dir.hpp"

#include <shopbell/core/file_descriptor.hpp>

#include <boost/asio/detached.hpp>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <sstream>

namespace shopbell {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using test::make_event;

std::vector<std::string> lines_of(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> all;
    for (std::string line; std::getline(stream, line);)
        all.push_back(line);
    return all;
}

/// A FIFO that shows whether somebody still has it open for writing.
class life_line {
public:
    explicit life_line(std::string path) : path_(std::move(path)) {
        EXPECT_EQ(::mkfifo(path_.c_str(), 0600), 0);
        reader_ = file_descriptor(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    }

    /// Whether something was written by now.
    bool has_begun() {
        look();
        return !text_.empty();
    }
    /// Whether something was written and all that had it open are gone.
    bool has_ended() { return look() == 0 && !text_.empty(); }
    /// Whether nobody has it open.
    bool is_free() { return look() == 0; }

private:
    ::ssize_t look() {
        std::array<char, 64> bytes{};
        ::ssize_t size = 0;
        while ((size = ::read(reader_.get(), bytes.data(), bytes.size())) > 0)
            text_.append(bytes.data(), static_cast<std::size_t>(size));
        return size;
    }
    std::string path_;
    file_descriptor reader_;
    std::string text_;
};

class exec_sink : public ::testing::Test {
protected:
    exec_sink() { ::signal(SIGPIPE, SIG_IGN); }  // as the daemon does
    ~exec_sink() override {
        EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
        EXPECT_EQ(errno, ECHILD);
    }

    std::unique_ptr<sink> make(const std::string& command) {
        auto made = bench_.make("exec", "command = " + command);
        EXPECT_TRUE(bench_.problems.empty()) << bench_.problems.front();
        return made;
    }
    /// A sink that runs these lines in a shell, in the test's folder.
    std::unique_ptr<sink> make_script(const std::string& lines) {
        test::write_file(folder_.file("script"), "cd '" + folder_.path().string() + "' || exit 99\n" + lines);
        return make(R"(["/bin/sh", ")" + folder_.file("script") + R"("])");
    }
    /// An executable of its own.
    std::string write_program(const std::string& text) {
        const std::string path = folder_.file("program");
        test::write_file(path, text);
        ::chmod(path.c_str(), 0755);
        return path;
    }

    test::temp_dir folder_;
    test::sink_workbench bench_;
};

TEST_F(exec_sink, gives_the_event_to_the_program_on_a_line) {
    const auto made = make(R"(["/bin/cat"])");
    EXPECT_EQ(made->batch_limit(), 1U);
    const outcome got = bench_.deliver_for_outcome(*made, make_event("1"));
    EXPECT_TRUE(std::holds_alternative<delivered>(got)) << test::describe(got);
    EXPECT_EQ(test::response_of(got), make_event("1")->document + "\n");
}

TEST_F(exec_sink, passes_arguments_as_they_are) {
    const auto made = make(R"(["/bin/echo", "$HOME", "a  b", "'; exit 1; '", "*"])");
    EXPECT_EQ(test::response_of(bench_.deliver_for_outcome(*made, make_event("1"))),
              "$HOME a  b '; exit 1; ' *\n");
}

TEST_F(exec_sink, finds_a_program_in_path) {
    EXPECT_EQ(bench_.deliver_one(*make(R"(["true"])"), make_event("1")), "delivered");
}

TEST_F(exec_sink, tells_the_program_about_the_event_and_keeps_our_environment_to_itself) {
    ::setenv("SHOPBELL_TEST_SECRET", "hunter2", 1);
    auto one = make_event("id-1");
    one->subject = "order/10\n26";
    const auto got = bench_.deliver_for_outcome(*make(R"(["/usr/bin/env", "-0"])"), one);
    ::unsetenv("SHOPBELL_TEST_SECRET");
    std::vector<std::string> expected{"SHOPBELL_EVENT_ID=id-1", "SHOPBELL_EVENT_TYPE=jumpseller.order.paid",
                                      "SHOPBELL_EVENT_ENDPOINT=jumpseller-main",
                                      "SHOPBELL_EVENT_SUBJECT=order/10\n26"};
    for (const char* name : {"PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR"}) {
        if (const char* value = std::getenv(name))
            expected.push_back(std::string(name) + "=" + value);
    }
    std::vector<std::string> seen;
    const std::string response = test::response_of(got);
    for (std::size_t at = 0; at < response.size(); at = response.find('\0', at) + 1)
        seen.push_back(response.substr(at, response.find('\0', at) - at));
    std::ranges::sort(expected);
    std::ranges::sort(seen);
    EXPECT_EQ(seen, expected);
}

TEST_F(exec_sink, lets_the_program_inherit_no_descriptor) {
    const file_descriptor ours(::open("/dev/null", O_RDONLY));
    ASSERT_TRUE(ours);
    // The fourth is the folder that ls has open.
    EXPECT_EQ(test::response_of(
                  bench_.deliver_for_outcome(*make(R"(["/bin/ls", "/proc/self/fd"])"), make_event("1"))),
              "0\n1\n2\n3\n");
}

TEST_F(exec_sink, lets_the_program_inherit_no_signal_handling) {
    ::signal(SIGXFSZ, SIG_IGN);
    ::sigset_t blocked;
    ::sigset_t before;
    ::sigemptyset(&blocked);
    ::sigaddset(&blocked, SIGUSR1);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
    {
        test::sink_workbench with_blocked_signals;
        const auto made = with_blocked_signals.make(
            "exec", R"(command = ["sed", "-n", "s/^Sig[BI][lg][kn]:.//p", "/proc/self/status"])");
        const auto got = with_blocked_signals.deliver_for_outcome(*made, make_event("1"));
        const auto sets = lines_of(test::response_of(got));
        ASSERT_EQ(sets.size(), 2U);
        // 32 and 33 are glibc's own; its posix_spawn always leaves them ignored.
        constexpr unsigned long long of_glibc = 0x1'8000'0000;
        EXPECT_EQ(std::stoull(sets[0], nullptr, 16), 0U) << "blocked";
        EXPECT_EQ(std::stoull(sets[1], nullptr, 16) & ~of_glibc, 0U) << "ignored";
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST_F(exec_sink, puts_the_program_into_a_group_of_its_own) {
    const auto made =
        make_script("read -r id name state parent group rest </proc/$$/stat; echo $group; echo $$");
    const auto lines = lines_of(test::response_of(bench_.deliver_for_outcome(*made, make_event("1"))));
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0], lines[1]);
}

struct script_row {
    std::string_view name;
    std::string lines;
    std::string expected;
};

class exec_script : public exec_sink, public ::testing::WithParamInterface<script_row> {};

TEST_P(exec_script, is_classified_by_its_end) {
    EXPECT_EQ(bench_.deliver_one(*make_script(GetParam().lines), make_event("1")), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    scripts, exec_script,
    ::testing::Values(script_row{"success", "cat >/dev/null", "delivered"},
                      script_row{"success_without_reading", "exit 0", "delivered"},
                      script_row{"data_error", "echo 'unknown order' >&2; exit 65",
                                 "reject: exited with 65: unknown order"},
                      script_row{"failure", "echo out; echo 'no disk' >&2; echo more >&2; exit 3",
                                 "retry: exited with 3: no disk"},
                      script_row{"signal", "kill -TERM $$", "retry: killed by signal 15 (SIGTERM)"},
                      script_row{"broken_pipe", "kill -PIPE $$", "retry: killed by signal 13 (SIGPIPE)"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST_F(exec_sink, kills_what_takes_too_long_and_its_children) {
    life_line line(folder_.file("line"));
    bench_.timeout = 1000ms;
    const auto made = make_script("exec 3>line; echo x >&3; echo said; sleep 1000 & sleep 1000");
    const outcome got = bench_.deliver_for_outcome(*made, make_event("1"));
    EXPECT_EQ(test::describe(got), "retry: killed after 1s: it did not end in time");
    EXPECT_EQ(test::response_of(got), "said\n");
    EXPECT_TRUE(test::eventually([&] { return line.has_ended(); }));
}

TEST_F(exec_sink, kills_what_blocks_the_signals_that_can_be_blocked) {
    bench_.timeout = 500ms;
    const auto made = make_script("trap '' TERM INT HUP; while :; do sleep 1000; done");
    EXPECT_EQ(bench_.deliver_one(*made, make_event("1")),
              "retry: killed after 500ms: it did not end in time");
}

TEST_F(exec_sink, lets_what_a_program_leaves_behind_end_by_itself) {
    const auto made =
        make_script("(until [ -e go ]; do :; done; echo done >out.new; mv out.new out) & echo left");
    boost::asio::io_context context{1};
    std::string response;
    auto done = [&](const std::exception_ptr&, const std::vector<outcome>& got) {
        EXPECT_EQ(test::describe(got.at(0)), "delivered");
        response = test::response_of(got.at(0));
    };
    event_batch events{make_event("1")};
    boost::asio::co_spawn(context, made->deliver(std::move(events)), done);
    while (response.empty())
        context.run_one();
    EXPECT_EQ(response, "left\n");
    test::write_file(folder_.file("go"), "");
    context.run();  // also watches over what was left
    EXPECT_TRUE(test::eventually([&] { return fs::exists(folder_.file("out")); }));
}

TEST_F(exec_sink, kills_what_a_program_leaves_behind_when_its_time_is_over) {
    life_line line(folder_.file("line"));
    bench_.timeout = 1500ms;
    const auto made = make_script("exec 3>line; echo x >&3; sleep 1000 & echo done");
    const outcome got = bench_.deliver_for_outcome(*made, make_event("1"));
    EXPECT_EQ(test::describe(got), "delivered");
    EXPECT_EQ(test::response_of(got), "done\n");
    EXPECT_TRUE(test::eventually([&] { return line.has_ended(); }));
}

TEST_F(exec_sink, does_not_wait_for_somebody_who_left_the_group_with_a_pipe) {
    bench_.timeout = 60s;
    const auto made = make_script(
        "setsid sh -c 'echo $$ >pid.new; mv pid.new pid; exec sleep 1000' &\n"
        "while [ ! -f pid ]; do :; done; echo done");
    const auto start = std::chrono::steady_clock::now();
    const outcome got = bench_.deliver_for_outcome(*made, make_event("1"));
    EXPECT_LT(std::chrono::steady_clock::now() - start, 50s);
    EXPECT_EQ(test::response_of(got), "done\n");
    const int left = std::stoi(test::read_file(folder_.file("pid")));
    EXPECT_EQ(::kill(left, SIGKILL), 0);
}

TEST_F(exec_sink, reads_whatever_is_written_and_keeps_the_beginning) {
    const auto made =
        make_script("head -c 10000000 /dev/zero | tr '\\0' o; head -c 10000000 /dev/zero | tr '\\0' e >&2");
    const outcome got = bench_.deliver_for_outcome(*made, make_event("1"));
    EXPECT_EQ(test::describe(got), "delivered");
    EXPECT_EQ(test::response_of(got), std::string(1024, 'o') + "\n" + std::string(1023, 'e'));
}

TEST_F(exec_sink, keeps_the_last_words_of_a_program_that_ends_at_once) {
    const auto made = make(R"(["/bin/sh", "-c", "echo last words >&2; kill -9 $$"])");
    for (int i = 0; i < 50; ++i)
        EXPECT_EQ(bench_.deliver_one(*made, make_event("1")),
                  "retry: killed by signal 9 (SIGKILL): last words");
}

struct reader_row {
    std::string_view name;
    std::string lines;
    std::string said;
};

class exec_reader : public exec_sink, public ::testing::WithParamInterface<reader_row> {};

TEST_P(exec_reader, gets_a_large_event_as_it_likes) {
    auto one = make_event("1");
    one->document = std::string(1'000'000, 'x');
    const outcome got = bench_.deliver_for_outcome(*make_script(GetParam().lines), one);
    EXPECT_EQ(test::describe(got), "delivered");
    EXPECT_EQ(test::response_of(got), GetParam().said);
}

INSTANTIATE_TEST_SUITE_P(
    readers, exec_reader,
    ::testing::Values(reader_row{"whole", "wc -c", "1000001\n"}, reader_row{"not_at_all", "echo no", "no\n"},
                      reader_row{"a_little", "head -c 3", "xxx"},
                      reader_row{"closes_it", "exec <&-; head -c 1000000 /dev/zero | wc -c", "1000000\n"},
                      reader_row{"after_writing_much", "head -c 1000000 /dev/zero; wc -c >&2",
                                 std::string(1024, '\0') + "\n1000001\n"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST_F(exec_sink, tries_again_what_cannot_be_run) {
    const std::string path = write_program("#!/bin/sh\nexit 0\n");
    const auto made = make(R"([")" + path + R"("])");
    EXPECT_EQ(bench_.deliver_one(*made, make_event("1")), "delivered");
    ::chmod(path.c_str(), 0644);
    EXPECT_EQ(bench_.deliver_one(*made, make_event("1")),
              "retry: cannot run " + path + ": Permission denied");
    fs::remove(path);
    EXPECT_EQ(bench_.deliver_one(*made, make_event("1")),
              "retry: cannot run " + path + ": No such file or directory");
    // Never a shell: a script says itself what reads it.
    write_program("exit 0\n");
    EXPECT_EQ(bench_.deliver_one(*made, make_event("1")),
              "retry: cannot run " + path +
                  ": Exec format error (it is a text without a \"#!\" line, such as \"#!/bin/sh\", that says "
                  "what runs it)");
    write_program("#!/bin/sh\r\nexit 0\r\n");
    EXPECT_EQ(
        bench_.deliver_one(*made, make_event("1")),
        "retry: cannot run " + path +
            ": No such file or directory (its first line ends in CR LF, so that what is to run it is taken "
            "for \"/bin/sh\\r\"; save it with LF line ends)");
}

struct first_line_row {
    std::string_view name;
    std::string text;
    std::string why;  // empty: it can be run
};

class a_first_line : public exec_sink, public ::testing::WithParamInterface<first_line_row> {};

TEST_P(a_first_line, is_looked_at_before_the_first_event) {
    const auto& row = GetParam();
    const std::string path = write_program(row.text);
    const auto made = bench_.make("exec", "command = [\"" + path + "\"]");
    if (row.why.empty()) {
        EXPECT_TRUE(bench_.problems.empty()) << bench_.problems.front();
        return;
    }
    EXPECT_EQ(made, nullptr);
    ASSERT_EQ(bench_.problems.size(), 1U);
    EXPECT_NE(bench_.problems[0].find("cannot run " + path + ": " + row.why), std::string::npos)
        << bench_.problems[0];
}

INSTANTIATE_TEST_SUITE_P(
    scripts, a_first_line,
    ::testing::Values(first_line_row{"usual", "#!/bin/sh\n", ""},
                      first_line_row{"spaces", "#! /bin/sh -e\n", ""},
                      first_line_row{"env", "#!/usr/bin/env sh\n", ""},
                      first_line_row{"env_with_words", "#!/usr/bin/env -S A=b sh -e\n", ""},
                      first_line_row{"no_line_end", "#!/bin/sh", ""},
                      first_line_row{"binary", std::string("\x01\x02\x00\x03", 4), ""},
                      first_line_row{"crlf", "#!/bin/sh\r\necho\r\n", "its first line ends in CR LF"},
                      first_line_row{"crlf_behind_an_argument", "#!/bin/sh -e\r\n",
                                     "its first line ends in CR LF"},
                      first_line_row{"crlf_and_env", "#!/usr/bin/env sh\r\n", "its first line ends in CR LF"},
                      first_line_row{"text", "echo hello\n", "it is a text without a \"#!\" line"},
                      first_line_row{"empty", "", "it is empty"},
                      first_line_row{"mark", "\xEF\xBB\xBF#!/bin/sh\n", "it begins with a byte order mark"},
                      first_line_row{"no_interpreter", "#!\n", "no interpreter stands behind"},
                      first_line_row{"interpreter_missing", "#!/no/such/shell\n",
                                     "its interpreter /no/such/shell: No such file or directory"},
                      first_line_row{"interpreter_not_executable", "#!/etc/passwd\n",
                                     "its interpreter /etc/passwd: Permission denied"},
                      first_line_row{"env_finds_nothing", "#!/usr/bin/env no-such-python\n",
                                     "its first line asks env for \"no-such-python\", which is not in PATH"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(exec_sink, lets_the_variables_through_that_its_owner_names) {
    ::setenv("SHOPBELL_TEST_URL", "https://example.com/", 1);
    ::setenv("SHOPBELL_TEST_SECRET", "hunter2", 1);
    const auto made = bench_.make("exec", "command = [\"/usr/bin/env\"]\nenv = [\"SHOPBELL_TEST_URL\"]");
    EXPECT_TRUE(bench_.problems.empty());
    const auto seen = test::response_of(bench_.deliver_for_outcome(*made, make_event("1")));
    ::unsetenv("SHOPBELL_TEST_URL");
    ::unsetenv("SHOPBELL_TEST_SECRET");
    EXPECT_NE(seen.find("SHOPBELL_TEST_URL=https://example.com/\n"), std::string::npos) << seen;
    EXPECT_EQ(seen.find("hunter2"), std::string::npos) << seen;
}

TEST_F(exec_sink, says_what_is_wrong_with_the_names_of_variables) {
    (void)bench_.make("exec",
                      "command = [\"/bin/true\"]\n"
                      "env = [\"A=b\", \"\", \"SHOPBELL_EVENT_ID\", \"NO_SUCH_VARIABLE_HERE\"]");
    ASSERT_EQ(bench_.problems.size(), 4U);
    const auto all = bench_.problems[0] + bench_.problems[1] + bench_.problems[2] + bench_.problems[3];
    EXPECT_NE(all.find("expects names of variables such as \"API_URL\", not \"A=b\""), std::string::npos)
        << all;
    EXPECT_NE(all.find("not \"\""), std::string::npos) << all;
    EXPECT_NE(all.find("\"SHOPBELL_EVENT_ID\" is set for each event"), std::string::npos) << all;
    EXPECT_NE(all.find("\"NO_SUCH_VARIABLE_HERE\" is not set"), std::string::npos) << all;
}

TEST_F(exec_sink, runs_programs_at_the_same_time) {
    // Each waits until all four are there.
    const auto made = make_script("mkdir -p all; : >all/$$; until [ $(ls all | wc -l) = 4 ]; do :; done");
    boost::asio::io_context context{1};
    int delivered_count = 0;
    auto done = [&](const std::exception_ptr&, const std::vector<outcome>& got) {
        delivered_count += test::describe(got.at(0)) == "delivered" ? 1 : 0;
    };
    for (int i = 0; i < 4; ++i) {
        event_batch events{make_event(std::to_string(i))};
        boost::asio::co_spawn(context, made->deliver(std::move(events)), done);
    }
    context.run();
    EXPECT_EQ(delivered_count, 4);
}

TEST_F(exec_sink, leaves_a_program_that_runs_at_a_stop_to_its_end) {
    const auto made = make_script(
        "echo $$ >pid.new; mv pid.new pid; until [ -e go ]; do :; done; echo done >out.new; mv out.new out");
    {
        boost::asio::io_context context{1};
        event_batch events{make_event("1")};
        boost::asio::co_spawn(context, made->deliver(std::move(events)), boost::asio::detached);
        EXPECT_TRUE(test::eventually([&] {
            context.poll();
            return fs::exists(folder_.file("pid"));
        }));
    }
    const ::pid_t left = std::stoi(test::read_file(folder_.file("pid")));
    test::write_file(folder_.file("go"), "");
    EXPECT_EQ(::waitpid(left, nullptr, 0), left);
    EXPECT_TRUE(fs::exists(folder_.file("out")));
}

TEST_F(exec_sink, leaves_no_descriptor_behind) {
    const auto count = [] {
        return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
    };
    const auto made = make(R"(["/bin/true"])");
    (void)bench_.deliver_one(*made, make_event("1"));
    const auto before = count();
    for (int i = 0; i < 20; ++i)
        (void)bench_.deliver_one(*made, make_event("1"));
    EXPECT_EQ(count(), before);
}

struct command_row {
    std::string_view name;
    std::string toml;
    std::string problem;  // behind "sink.toml:1:"
};

class exec_command : public exec_sink, public ::testing::WithParamInterface<command_row> {};

TEST_P(exec_command, is_refused_with_the_place_and_the_reason) {
    EXPECT_EQ(bench_.make("exec", GetParam().toml), nullptr);
    EXPECT_EQ(bench_.problems, std::vector<std::string>{"sink.toml:1:" + GetParam().problem});
}

INSTANTIATE_TEST_SUITE_P(
    commands, exec_command,
    ::testing::Values(
        command_row{"missing", "",
                    "1: \"command\" is missing; it takes an array: a program and its arguments"},
        command_row{"a_shell_line", "command = \"cat\"",
                    "11: \"command\" expects an array of strings, got a string"},
        command_row{"empty", "command = []",
                    "11: \"command\" expects a program and its arguments: [\"/path/to/program\", \"-x\"]"},
        command_row{"empty_word", "command = [\"\"]",
                    "11: \"command\" expects a program and its arguments: [\"/path/to/program\", \"-x\"]"},
        command_row{"nul", "command = [\"cat\", \"a\\u0000b\"]", "11: \"command\" cannot hold a NUL"},
        command_row{"not_in_path", "command = [\"no-such-program\"]",
                    "11: \"command\": there is no program \"no-such-program\" in PATH"},
        command_row{"not_there", "command = [\"/no/such/program\"]",
                    "11: \"command\": cannot run /no/such/program: No such file or directory"},
        command_row{"directory", "command = [\"/bin/\"]",
                    "11: \"command\": cannot run /bin/: Is a directory"},
        command_row{"not_executable", "command = [\"/etc/passwd\"]",
                    "11: \"command\": cannot run /etc/passwd: Permission denied"},
        command_row{"no_file", "command = [\"/dev/null\"]",
                    "11: \"command\": cannot run /dev/null: Permission denied"}),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace shopbell
