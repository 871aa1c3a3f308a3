#include "support/eventually.hpp"
#include "support/temp_dir.hpp"

#include <shopbell/core/file_descriptor.hpp>
#include <shopbell/core/json.hpp>
#include <shopbell/core/log.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <utility>
#include <vector>

namespace shopbell {
namespace {

using test::eventually;
using test::read_file;
using test::temp_dir;

constexpr std::string_view time_shape = "0000-00-00T00:00:00.000Z";
constexpr std::size_t time_size = time_shape.size();

bool is_time(std::string text) {
    for (char& c : text) {
        if (c >= '0' && c <= '9')
            c = '0';
    }
    return text == time_shape;
}

class log_file : public ::testing::Test {
protected:
    std::shared_ptr<log> open(log_format format, log_level level = log_level::info) {
        auto opened = log::open({level, format, path_});
        EXPECT_TRUE(opened);
        return *opened;
    }

    /// What one line in the text format says, behind its time and without its newline.
    std::string text_of(std::string_view message, const log_fields& fields) {
        open(log_format::text)->info(message, fields);
        const std::string line = read_file(path_);
        const bool whole =
            is_time(line.substr(0, time_size)) && line.ends_with('\n') && line.find('\n') == line.size() - 1;
        return whole ? line.substr(time_size + 1, line.size() - time_size - 2) : "unexpected: " + line;
    }

    temp_dir folder_;
    std::string path_ = folder_.file("daemon.log");
};

TEST_F(log_file, writes_one_json_object_a_line) {
    open(log_format::json)->warn("sink \"crm\" is slow", {{"sink", "crm"}, {"lag", 12}, {"paused", false}});

    const std::string line = read_file(path_);
    constexpr std::string_view before = R"({"time":")";
    ASSERT_TRUE(line.starts_with(before)) << line;
    EXPECT_TRUE(is_time(line.substr(before.size(), time_size))) << line;
    EXPECT_EQ(line.substr(before.size() + time_size),
              R"(","level":"warn","message":"sink \"crm\" is slow","sink":"crm","lag":12,"paused":false})"
              "\n");
}

TEST_F(log_file, carries_json_as_json) {
    open(log_format::json)->info("event", {{"event", raw_json(R"({"total":369.20})")}});

    const auto line = json::document::parse(read_file(path_));
    ASSERT_TRUE(line);
    EXPECT_EQ(line->root().at("/event/total")->raw(), "369.20");
}

TEST_F(log_file, lets_nothing_steer_a_terminal_in_json_either) {
    constexpr std::string_view csi =
        "\xC2\x9B"
        "2J";
    const std::string said(csi);
    open(log_format::json)
        ->info("m", {{"why", said + "\x7F"}, {"event", raw_json("[\t\"" + said + "\x7Fñ\"]")}});

    const auto line = read_file(path_);
    EXPECT_NE(line.find(R"("why":"\u009b2J\u007f","event":[ "\u009b2J\u007fñ"]})"), std::string::npos)
        << line;
}

struct text_row {
    std::string_view name;
    std::string_view message;
    log_fields fields;
    std::string_view expected;
};

class log_text : public log_file, public ::testing::WithParamInterface<text_row> {};

TEST_P(log_text, is_one_readable_line) {
    EXPECT_EQ(text_of(GetParam().message, GetParam().fields), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    values, log_text,
    ::testing::Values(
        text_row{
            "plain", "listening", {{"address", "127.0.0.1:8080"}}, "info listening address=127.0.0.1:8080"},
        text_row{"number_and_boolean", "m", {{"n", -7}, {"yes", true}}, "info m n=-7 yes=true"},
        text_row{"space", "m", {{"why", "no such file"}}, R"(info m why="no such file")"},
        text_row{"empty", "m", {{"why", ""}}, R"(info m why="")"},
        text_row{"quote_and_backslash", "m", {{"why", R"(a"b\c)"}}, R"(info m why="a\"b\\c")"},
        text_row{"equals_sign", "m", {{"why", "a=b"}}, R"(info m why="a=b")"},
        text_row{"line_break", "a\nb", {{"why", "c\r\nd\t"}}, R"(info a\nb why="c\r\nd\t")"},
        text_row{"terminal_escape", "m", {{"why", "\x1b[2J\x7f"}}, R"(info m why="\x1b[2J\x7f")"},
        text_row{"eight_bit_escape",
                 "m",
                 {{"why",
                   "\xC2\x9B"
                   "2J"}},
                 R"(info m why="\u009b2J")"},
        text_row{"not_utf8", "m", {{"why", "\xFF"}}, "info m why=\xEF\xBF\xBD"},
        text_row{"unicode", "m", {{"name", "Ñandú"}}, "info m name=Ñandú"},
        text_row{"json", "m", {{"event", raw_json(R"({"a":"b c"})")}}, R"(info m event={"a":"b c"})"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(log_file, leaves_out_what_is_below_its_level) {
    const auto lines = open(log_format::text, log_level::warn);
    EXPECT_FALSE(lines->enabled(log_level::info));
    EXPECT_TRUE(lines->enabled(log_level::error));
    EXPECT_FALSE(lines->enabled(log_level::off));
    lines->info("unheard");
    lines->set_level(log_level::debug);
    lines->debug("heard");

    EXPECT_TRUE(eventually([&] { return read_file(path_).ends_with(" debug heard\n"); }));
    EXPECT_EQ(read_file(path_).find("unheard"), std::string::npos);
}

TEST_F(log_file, appends_to_what_is_there) {
    test::write_file(path_, "before\n");
    open(log_format::text)->info("after");

    EXPECT_TRUE(read_file(path_).starts_with("before\n"));
    EXPECT_TRUE(read_file(path_).ends_with("after\n"));
}

TEST_F(log_file, goes_on_in_a_new_file_when_reopened) {
    const auto lines = open(log_format::text);
    lines->info("first");
    ASSERT_TRUE(eventually([&] { return !read_file(path_).empty(); }));
    std::filesystem::rename(path_, path_ + ".1");
    lines->reopen();
    lines->info("second");

    EXPECT_TRUE(eventually([&] { return read_file(path_).ends_with("second\n"); }));
    EXPECT_TRUE(read_file(path_ + ".1").ends_with("first\n"));
}

TEST_F(log_file, stays_in_the_old_file_when_a_new_one_cannot_be_had) {
    std::filesystem::create_directory(folder_.file("logs"));
    path_ = folder_.file("logs/daemon.log");
    const auto lines = open(log_format::text);
    std::filesystem::rename(folder_.file("logs"), folder_.file("moved"));
    lines->reopen();

    EXPECT_TRUE(eventually([&] {
        return read_file(folder_.file("moved/daemon.log")).find("cannot open the log " + path_) !=
               std::string::npos;
    }));
}

TEST_F(log_file, says_which_file_cannot_be_opened) {
    const auto opened = log::open({log_level::info, log_format::json, folder_.file("absent/daemon.log")});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, errc::io);
    EXPECT_EQ(opened.error().reason,
              "cannot open the log " + folder_.file("absent/daemon.log") + ": No such file or directory");
}

TEST_F(log_file, does_not_wait_at_start_for_a_fifo_nobody_reads) {
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    EXPECT_FALSE(log::open({log_level::info, log_format::json, path_}));
}

TEST(log, counts_lines_that_a_full_disk_refuses) {
    const auto lines = log::open({log_level::info, log_format::json, "/dev/full"});
    ASSERT_TRUE(lines);
    (*lines)->info("one");
    (*lines)->info("two");
    EXPECT_TRUE(eventually([&] { return (*lines)->dropped() == 2; }));
}

TEST_F(log_file, survives_a_reader_that_leaves) {
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    file_descriptor reader(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    const auto lines = open(log_format::json);
    { const file_descriptor gone = std::move(reader); }
    lines->info("nobody hears this");
    EXPECT_TRUE(eventually([&] { return lines->dropped() == 1; }));
}

TEST_F(log_file, never_blocks_on_a_reader_that_does_not_read) {
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    const file_descriptor reader(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    const auto lines = open(log_format::json);
    for (int i = 0; i < 20'000; ++i)
        lines->info("a line that nobody fetches", {{"number", i}});
    EXPECT_GT(lines->dropped(), 0U);
}

/// What was told of lines, by the log's thread.
class told_lines {
public:
    std::function<void(bool)> of(int line) {
        return [this, line](bool written) {
            const std::lock_guard lock(mutex_);
            told_.emplace_back(line, written);
        };
    }
    std::vector<std::pair<int, bool>> all() {
        const std::lock_guard lock(mutex_);
        return told_;
    }

private:
    std::mutex mutex_;
    std::vector<std::pair<int, bool>> told_;
};

TEST_F(log_file, tells_when_a_line_is_written) {
    told_lines told;
    const auto lines = open(log_format::text);
    lines->write(log_level::info, "first", {}, told.of(1));
    EXPECT_TRUE(eventually([&] { return told.all().size() == 1; }));
    EXPECT_TRUE(told.all()[0].second);
    EXPECT_TRUE(read_file(path_).ends_with("first\n"));
}

TEST_F(log_file, tells_at_once_that_a_line_is_below_its_level) {
    told_lines told;
    open(log_format::text)->write(log_level::debug, "unheard", {}, told.of(1));
    EXPECT_EQ(told.all(), (std::vector<std::pair<int, bool>>{{1, false}}));
}

TEST(log, tells_which_lines_a_full_disk_refuses) {
    told_lines told;
    const auto lines = *log::open({log_level::info, log_format::json, "/dev/full"});
    for (int line = 0; line < 3; ++line)
        lines->write(log_level::info, "unwritten", {}, told.of(line));
    EXPECT_TRUE(eventually([&] { return told.all().size() == 3; }));
    EXPECT_EQ(told.all(), (std::vector<std::pair<int, bool>>{{0, false}, {1, false}, {2, false}}));
}

TEST_F(log_file, tells_of_the_lines_that_a_reader_was_too_slow_for) {
    told_lines told;
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    const file_descriptor reader(::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    auto lines = open(log_format::json);
    constexpr int count = 20'000;
    for (int line = 0; line < count; ++line)
        lines->write(log_level::info, "a line that nobody fetches", {}, told.of(line));
    const auto dropped = lines->dropped();
    EXPECT_GT(dropped, 0U);
    lines.reset();
    std::size_t lost = 0;
    for (const auto& [line, written] : told.all())
        lost += written ? 0 : 1;
    EXPECT_EQ(told.all().size(), static_cast<std::size_t>(count));
    EXPECT_GE(lost, dropped);
}

TEST(log, of_nothing_writes_nothing) {
    const auto lines = log::null();
    lines->set_level(log_level::trace);
    EXPECT_FALSE(lines->enabled(log_level::error));
    lines->error("unheard");
    lines->reopen();
    EXPECT_EQ(lines->dropped(), 0U);
}

}  // namespace
}  // namespace shopbell
