#include "../src/sinks/rotate.hpp"

#include "made_sink.hpp"
#include "support/temp_dir.hpp"

#include <shopbell/core/file_descriptor.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <exception>
#include <filesystem>
#include <set>
#include <sstream>

namespace shopbell {
namespace {

namespace fs = std::filesystem;
using test::make_event;
using test::read_file;
using test::write_file;

/// For a while the process cannot make a file longer than that, as on a full disk.
class file_size_limit {
public:
    explicit file_size_limit(::rlim_t bytes) {
        ::signal(SIGXFSZ, SIG_IGN);  // as the daemon does
        ::getrlimit(RLIMIT_FSIZE, &before_);
        ::rlimit limit = before_;
        limit.rlim_cur = bytes;
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~file_size_limit() { ::setrlimit(RLIMIT_FSIZE, &before_); }
    file_size_limit(const file_size_limit&) = delete;
    file_size_limit& operator=(const file_size_limit&) = delete;

private:
    ::rlimit before_{};
};

std::string lines_of(std::initializer_list<const char*> ids) {
    std::string text;
    for (const char* id : ids)
        text += make_event(id)->document + "\n";
    return text;
}

/// The lines of every file in that folder, each once; the number of them fails the test where one is twice.
std::set<std::string> lines_below(const fs::path& folder) {
    std::set<std::string> lines;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.is_symlink() || !entry.is_regular_file())
            continue;
        std::istringstream in(read_file(entry.path().string()));
        for (std::string line; std::getline(in, line);)
            EXPECT_TRUE(lines.insert(line).second) << line;
    }
    return lines;
}

class file_sink : public ::testing::Test {
protected:
    std::unique_ptr<sink> make(const std::string& path, const std::string& more = "") {
        auto made = bench_.make("file", "path = \"" + path + "\"\n" + more);
        EXPECT_TRUE(bench_.problems.empty()) << bench_.problems.front();
        return made;
    }
    std::string deliver(sink& to, std::string id) {
        return bench_.deliver_one(to, make_event(std::move(id)));
    }

    test::temp_dir folder_;
    const std::string path_ = folder_.file("events.jsonl");
    test::sink_workbench bench_;
};

TEST_F(file_sink, appends_one_line_an_event) {
    write_file(path_, "earlier\n");
    const auto made = make(path_);
    EXPECT_EQ(bench_.deliver(*made, {make_event("1"), make_event("2")}),
              (std::vector<std::string>{"delivered", "delivered"}));
    EXPECT_EQ(deliver(*made, "3"), "delivered");
    EXPECT_EQ(read_file(path_), "earlier\n" + lines_of({"1", "2", "3"}));
}

TEST_F(file_sink, shares_a_file_with_another_sink) {
    const auto one = make(path_);
    const auto other = make(path_);
    EXPECT_EQ(deliver(*one, "1"), "delivered");
    EXPECT_EQ(deliver(*other, "2"), "delivered");
    EXPECT_EQ(deliver(*one, "3"), "delivered");
    EXPECT_EQ(read_file(path_), lines_of({"1", "2", "3"}));
}

TEST_F(file_sink, creates_files_with_the_mode_asked_for_whatever_the_umask) {
    const ::mode_t before = ::umask(0077);
    EXPECT_EQ(deliver(*make(path_), "1"), "delivered");
    const std::string other = folder_.file("other.jsonl");
    EXPECT_EQ(deliver(*make(other, "mode = \"0664\""), "1"), "delivered");
    ::umask(before);
    EXPECT_EQ(fs::status(path_).permissions(), fs::perms(0640));
    EXPECT_EQ(fs::status(other).permissions(), fs::perms(0664));
}

TEST_F(file_sink, sorts_a_batch_into_files_and_keeps_the_order_in_each) {
    const auto made = make(folder_.file("{endpoint}/{date}/{type}.jsonl"), "fsync = false");
    const auto outcomes =
        bench_.deliver(*made, {make_event("1", "a"), make_event("2", "b"), make_event("3", "a")});
    EXPECT_EQ(outcomes, std::vector<std::string>(3, "delivered"));
    const std::string day = folder_.file("jumpseller-main/2026-11-21/");
    EXPECT_EQ(read_file(day + "a.jsonl"), lines_of({"1", "3"}));
    EXPECT_EQ(read_file(day + "b.jsonl"), lines_of({"2"}));
    EXPECT_EQ(fs::status(day).permissions(), fs::perms(0750));
}

TEST_F(file_sink, uses_more_files_than_it_keeps_open) {
    const auto made = make(folder_.file("{type}.jsonl"));
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < 20; ++i)
            EXPECT_EQ(bench_.deliver_one(*made, make_event("1", "t" + std::to_string(i))), "delivered");
    }
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(read_file(folder_.file("t" + std::to_string(i) + ".jsonl")), lines_of({"1", "1"}));
}

TEST_F(file_sink, fails_only_the_events_of_the_file_that_fails) {
    fs::create_directory(folder_.file("b.jsonl"));
    const auto made = make(folder_.file("{type}.jsonl"));
    const auto outcomes =
        bench_.deliver(*made, {make_event("1", "a"), make_event("2", "b"), make_event("3", "a")});
    EXPECT_EQ(outcomes, (std::vector<std::string>{
                            "delivered", "retry: cannot open " + folder_.file("b.jsonl") + ": Is a directory",
                            "delivered"}));
}

TEST_F(file_sink, makes_a_new_file_where_the_old_one_was_renamed) {
    const auto made = make(path_);
    EXPECT_EQ(deliver(*made, "1"), "delivered");
    fs::rename(path_, path_ + ".old");
    EXPECT_EQ(deliver(*made, "2"), "delivered");
    EXPECT_EQ(read_file(path_ + ".old"), lines_of({"1"}));
    EXPECT_EQ(read_file(path_), lines_of({"2"}));
}

TEST_F(file_sink, makes_a_new_file_where_the_directory_was_removed) {
    const auto made = make(folder_.file("sub/events.jsonl"));
    EXPECT_EQ(deliver(*made, "1"), "delivered");
    fs::remove_all(folder_.file("sub"));
    EXPECT_EQ(deliver(*made, "2"), "delivered");
    EXPECT_EQ(read_file(folder_.file("sub/events.jsonl")), lines_of({"2"}));
}

TEST_F(file_sink, goes_on_after_the_file_was_emptied) {
    const auto made = make(path_);
    EXPECT_EQ(deliver(*made, "1"), "delivered");
    fs::resize_file(path_, 0);  // logrotate's copytruncate
    EXPECT_EQ(deliver(*made, "2"), "delivered");
    EXPECT_EQ(read_file(path_), lines_of({"2"}));
}

TEST_F(file_sink, lets_go_of_its_files_when_reopened) {
    const auto made = make(path_);
    EXPECT_EQ(deliver(*made, "1"), "delivered");
    made->reopen();
    EXPECT_EQ(deliver(*made, "2"), "delivered");
    EXPECT_EQ(read_file(path_), lines_of({"1", "2"}));
}

TEST_F(file_sink, rotates_before_the_size_is_passed) {
    const auto made = make(path_, "rotate_size = \"100\"\nrotate_keep = 2");
    for (const char* id : {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"})
        EXPECT_EQ(deliver(*made, id), "delivered");
    EXPECT_EQ(read_file(path_), lines_of({"9"}));
    EXPECT_EQ(read_file(path_ + ".1"), lines_of({"6", "7", "8"}));
    EXPECT_EQ(read_file(path_ + ".2"), lines_of({"3", "4", "5"}));
    EXPECT_FALSE(fs::exists(path_ + ".3"));
}

TEST_F(file_sink, puts_a_batch_larger_than_the_size_into_one_file) {
    const auto made = make(path_, "rotate_size = \"40\"");
    EXPECT_EQ(bench_.deliver(*made, {make_event("1"), make_event("2")}),
              std::vector<std::string>(2, "delivered"));
    EXPECT_FALSE(fs::exists(path_ + ".1"));
    EXPECT_EQ(deliver(*made, "3"), "delivered");
    EXPECT_EQ(read_file(path_ + ".1"), lines_of({"1", "2"}));
    EXPECT_EQ(read_file(path_), lines_of({"3"}));
}

TEST_F(file_sink, shares_a_rotating_file_with_another_sink_however_it_is_spelled) {
    fs::create_directory(folder_.file("sub"));
    fs::create_directory_symlink(folder_.path(), folder_.file("linked"));
    fs::create_symlink("events.jsonl", folder_.file("alias.jsonl"));
    const std::string more = "rotate_size = \"200\"\nrotate_keep = 1000";
    std::vector<std::unique_ptr<sink>> sinks;
    for (const auto& path : {path_, folder_.file("sub/../events.jsonl"), folder_.file("linked/events.jsonl"),
                             folder_.file("alias.jsonl"), folder_.file("{type}.jsonl")})
        sinks.push_back(make(path, more));

    // All at once: each on its own thread.
    boost::asio::io_context context{1};
    std::size_t delivered_count = 0;
    auto done = [&](const std::exception_ptr&, const std::vector<outcome>& got) {
        if (test::describe(got.at(0)) == "delivered")
            ++delivered_count;
    };
    constexpr int rounds = 40;
    std::set<std::string> sent;
    for (int round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < sinks.size(); ++i) {
            const auto one = make_event(std::to_string(round) + "-" + std::to_string(i), "events");
            sent.insert(one->document);
            event_batch events{one};
            boost::asio::co_spawn(context, sinks[i]->deliver(std::move(events)), done);
        }
    }
    context.run();
    EXPECT_EQ(delivered_count, sent.size());
    EXPECT_EQ(lines_below(folder_.path()), sent);
    EXPECT_TRUE(fs::is_symlink(folder_.file("alias.jsonl")));
}

TEST_F(file_sink, writes_through_a_link_to_a_file_that_is_not_there_yet) {
    fs::create_directory(folder_.file("elsewhere"));
    fs::create_symlink("elsewhere/events.jsonl", path_);
    const auto made = make(path_, "rotate_size = \"40\"");
    EXPECT_EQ(deliver(*made, "1"), "delivered");
    EXPECT_EQ(deliver(*made, "2"), "delivered");
    EXPECT_TRUE(fs::is_symlink(path_));
    EXPECT_EQ(read_file(folder_.file("elsewhere/events.jsonl")), lines_of({"2"}));
    EXPECT_EQ(read_file(folder_.file("elsewhere/events.jsonl.1")), lines_of({"1"}));
}

TEST_F(file_sink, waits_for_the_lock_of_another_program_no_longer_than_the_attempt_may_take) {
    write_file(path_, "");
    const auto made = make(path_);
    const auto other = make(folder_.file("other.jsonl"));
    {
        const file_descriptor stranger(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
        ASSERT_EQ(::flock(stranger.get(), LOCK_EX), 0);
        bench_.timeout = std::chrono::milliseconds(1);
        const auto impatient = make(path_);
        EXPECT_EQ(deliver(*impatient, "1"), "retry: another program holds the lock of " + path_);
        EXPECT_EQ(deliver(*other, "1"), "delivered");
    }
    EXPECT_EQ(deliver(*made, "1"), "delivered");
    EXPECT_EQ(read_file(path_), lines_of({"1"}));
}

class a_rotation : public file_sink {
protected:
    void write_numbered(std::initializer_list<unsigned> numbers) {
        for (const unsigned number : numbers)
            write_file(path_ + "." + std::to_string(number), std::to_string(number));
    }
    std::string numbered(unsigned number) { return read_file(path_ + "." + std::to_string(number)); }
};

TEST_F(a_rotation, replaces_nothing_where_the_current_file_cannot_be_moved) {
    write_numbered({1, 2, 3});
    for (int attempt = 0; attempt < 5; ++attempt)
        EXPECT_FALSE(put_away(path_, 3, true));  // it is not there
    EXPECT_EQ(numbered(1) + numbered(2) + numbered(3), "123");
}

TEST_F(a_rotation, replaces_nothing_more_when_it_is_tried_again) {
    write_file(path_, "0");
    write_numbered({2, 3});
    fs::create_directories(path_ + ".1/full");
    for (int attempt = 0; attempt < 5; ++attempt)
        EXPECT_FALSE(put_away(path_, 1, true));
    EXPECT_EQ(read_file(path_), "0");
    EXPECT_EQ(numbered(2) + numbered(3), "23");
}

TEST_F(a_rotation, finishes_one_that_a_crash_has_cut_short) {
    write_file(path_, "0");
    write_file(path_ + ".rotating", "earlier");
    write_numbered({1});
    EXPECT_TRUE(put_away(path_, 5, true));
    EXPECT_EQ(numbered(1), "0");
    EXPECT_EQ(numbered(2), "earlier");
    EXPECT_EQ(numbered(3), "1");
    EXPECT_FALSE(fs::exists(path_ + ".rotating"));
}

TEST_F(a_rotation, fills_the_first_gap_and_moves_nothing_behind_it) {
    write_file(path_, "0");
    write_numbered({1, 3});
    EXPECT_TRUE(put_away(path_, 3, true));
    EXPECT_EQ(numbered(1) + numbered(2) + numbered(3), "013");
}

struct tail_row {
    std::string_view name;
    std::string before;
    std::string after;
};

class file_tail : public file_sink, public ::testing::WithParamInterface<tail_row> {};

TEST_P(file_tail, is_repaired_before_the_next_line) {
    write_file(path_, GetParam().before);
    EXPECT_EQ(deliver(*make(path_), "9"), "delivered");
    EXPECT_EQ(read_file(path_), GetParam().after + lines_of({"9"}));
}

const std::string block_of_text(40'000, 'x');

INSTANTIATE_TEST_SUITE_P(
    files, file_tail,
    ::testing::Values(tail_row{"whole", "{}\n", "{}\n"},
                      tail_row{"our_torn_line", "{}\n{\"specversion\":\"1.0\",\"id\":\"8", "{}\n"},
                      tail_row{"our_torn_first_line", "{\"specversion\":\"1.0", ""},
                      tail_row{"our_torn_start", "{}\n{\"spec", "{}\n"},
                      tail_row{"our_long_torn_line", "{}\n{\"specversion\":\"" + block_of_text, "{}\n"},
                      tail_row{"our_line_whole_but_for_its_newline", "{\"specversion\":\"1.0\"}",
                               "{\"specversion\":\"1.0\"}\n"},
                      tail_row{"our_torn_line_that_ends_in_a_brace",
                               "{}\n{\"specversion\":\"1.0\",\"data\":{}", "{}\n"},
                      tail_row{"somebody_elses_line", "{}\n{\"level\":1}", "{}\n{\"level\":1}\n"},
                      tail_row{"somebody_elses_long_line", block_of_text, block_of_text + "\n"},
                      tail_row{"empty", "", ""}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(file_sink, leaves_no_torn_line_when_the_disk_is_full) {
    const auto made = make(path_);
    EXPECT_EQ(deliver(*made, "1"), "delivered");
    {
        const file_size_limit limit(60);
        EXPECT_EQ(bench_.deliver(*made, {make_event("2"), make_event("3")}),
                  std::vector<std::string>(2, "retry: cannot write " + path_ + ": File too large"));
    }
    EXPECT_EQ(read_file(path_), lines_of({"1"}));
    EXPECT_EQ(bench_.deliver(*made, {make_event("2"), make_event("3")}),
              std::vector<std::string>(2, "delivered"));
    EXPECT_EQ(read_file(path_), lines_of({"1", "2", "3"}));
}

TEST_F(file_sink, keeps_the_newline_it_owes_over_a_failed_write) {
    write_file(path_, "foreign");
    const auto made = make(path_);
    {
        const file_size_limit limit(20);
        EXPECT_EQ(deliver(*made, "1"), "retry: cannot write " + path_ + ": File too large");
    }
    EXPECT_EQ(read_file(path_), "foreign");
    EXPECT_EQ(deliver(*made, "1"), "delivered");
    EXPECT_EQ(read_file(path_), "foreign\n" + lines_of({"1"}));
}

TEST_F(file_sink, retries_what_a_device_without_space_refuses) {
    EXPECT_EQ(deliver(*make("/dev/full"), "1"), "retry: cannot write /dev/full: No space left on device");
}

TEST_F(file_sink, writes_to_a_device) {
    EXPECT_EQ(deliver(*make("/dev/null"), "1"), "delivered");
}

TEST_F(file_sink, does_not_wait_for_a_fifo_that_nobody_reads) {
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    const auto made = make(path_);
    EXPECT_EQ(deliver(*made, "1"), "retry: nobody reads the FIFO " + path_);
    const file_descriptor reader(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    EXPECT_EQ(deliver(*made, "1"), "delivered");
    std::string got(200, '\0');
    const auto size = ::read(reader.get(), got.data(), got.size());
    EXPECT_EQ(got.substr(0, static_cast<std::size_t>(size)), lines_of({"1"}));
}

TEST_F(file_sink, ends_a_line_that_a_slow_fifo_reader_saw_torn) {
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    const file_descriptor reader(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    ASSERT_EQ(::fcntl(reader.get(), F_SETPIPE_SZ, 4096), 4096);
    bench_.timeout = std::chrono::milliseconds(1);
    const auto made = make(path_);
    auto big = make_event("1");
    big->document.append(10'000, ' ');
    EXPECT_EQ(bench_.deliver_one(*made, big), "retry: the reader of " + path_ + " does not keep up");
    std::string got(20'000, '\0');
    ASSERT_GT(::read(reader.get(), got.data(), got.size()), 0);
    EXPECT_EQ(deliver(*made, "2"), "delivered");
    const auto size = ::read(reader.get(), got.data(), got.size());
    EXPECT_EQ(got.substr(0, static_cast<std::size_t>(size)), "\n" + lines_of({"2"}));
}

TEST_F(file_sink, retries_when_a_fifo_reader_leaves) {
    ::signal(SIGPIPE, SIG_IGN);  // as the daemon does
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    const auto made = make(path_);
    {
        const file_descriptor reader(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
        EXPECT_EQ(deliver(*made, "1"), "delivered");
    }
    EXPECT_EQ(deliver(*made, "2"), "retry: cannot write " + path_ + ": Broken pipe");
    EXPECT_EQ(deliver(*made, "2"), "retry: nobody reads the FIFO " + path_);
}

}  // namespace
}  // namespace shopbell
