#include "made_sink.hpp"
#include "support/eventually.hpp"
#include "support/temp_dir.hpp"

#include <shopbell/core/file_descriptor.hpp>
#include <shopbell/core/json.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace shopbell {
namespace {

class log_sink : public ::testing::Test {
protected:
    /// The one line that one event leaves in the log, without its time.
    std::string line_of(const std::string& toml, std::shared_ptr<const event> one) {
        const std::string path = folder_.file("daemon.log");
        bench_.lines = *log::open({log_level::debug, log_format::json, path});
        auto made = bench_.make("log", toml);
        EXPECT_EQ(bench_.deliver_one(*made, std::move(one)), "delivered");
        made.reset();
        bench_.lines.reset();
        const std::string line = test::read_file(path);
        constexpr std::size_t time = std::string_view(R"({"time":"2026-11-21T15:51:45.279Z",)").size();
        return line.size() > time ? line.substr(time) : line;
    }

    test::temp_dir folder_;
    test::sink_workbench bench_;
};

TEST_F(log_sink, writes_a_line_that_names_the_event_and_nothing_personal) {
    EXPECT_EQ(line_of("", test::make_event("id-1")),
              R"("level":"info","message":"event","event_id":"id-1","type":"jumpseller.order.paid",)"
              R"("endpoint":"jumpseller-main","provider":"jumpseller","subject":"order/1026"})"
              "\n");
}

TEST_F(log_sink, writes_the_whole_document_as_json_when_asked) {
    auto one = test::make_event("id-1");
    one->subject.clear();
    one->store = "mystore";
    EXPECT_EQ(line_of("level = \"debug\"\npayload = true", one),
              R"("level":"debug","message":"event","event_id":"id-1","type":"jumpseller.order.paid",)"
              R"("endpoint":"jumpseller-main","provider":"jumpseller","store":"mystore",)"
              R"("event":{"specversion":"1.0","id":"id-1"}})"
              "\n");
}

TEST_F(log_sink, has_written_what_it_calls_delivered) {
    const std::string path = folder_.file("daemon.log");
    bench_.lines = *log::open({log_level::info, log_format::json, path});
    const auto made = bench_.make("log", "");
    for (int i = 0; i < 10; ++i) {
        const std::string id = "id-" + std::to_string(i);
        EXPECT_EQ(bench_.deliver_one(*made, test::make_event(id)), "delivered");
        EXPECT_NE(test::read_file(path).find('"' + id + '"'), std::string::npos);
    }
}

TEST_F(log_sink, writes_a_batch_larger_than_the_log_keeps_in_memory) {
    const std::string path = folder_.file("daemon.log");
    bench_.lines = *log::open({log_level::info, log_format::json, path});
    const auto made = bench_.make("log", "payload = true");
    event_batch events;
    for (int i = 0; i < 64; ++i) {
        auto one = test::make_event("id-" + std::to_string(i));
        one->document = '"' + std::string(300'000, 'x') + '"';
        events.push_back(one);
    }
    EXPECT_EQ(bench_.deliver(*made, events), std::vector<std::string>(64, "delivered"));
    EXPECT_EQ(bench_.lines->dropped(), 0U);
}

TEST_F(log_sink, tries_again_what_a_full_disk_refuses) {
    bench_.lines = *log::open({log_level::info, log_format::json, "/dev/full"});
    const auto made = bench_.make("log", "");
    EXPECT_EQ(bench_.deliver(*made, {test::make_event("1"), test::make_event("2")}),
              std::vector<std::string>(2, "retry: the log could not write the line"));
}

TEST_F(log_sink, tries_again_what_nobody_reads_and_lets_nothing_gather) {
    const std::string path = folder_.file("daemon.log");
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    const file_descriptor reader(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    ASSERT_EQ(::fcntl(reader.get(), F_SETPIPE_SZ, 4096), 4096);
    bench_.lines = *log::open({log_level::info, log_format::json, path});
    bench_.timeout = std::chrono::milliseconds(100);
    const auto made = bench_.make("log", "payload = true");
    auto big = test::make_event("1");
    big->document = '"' + std::string(10'000, 'x') + '"';
    for (int attempt = 0; attempt < 3; ++attempt)
        EXPECT_EQ(bench_.deliver_one(*made, big), "retry: the log's output does not keep up");

    std::string got;
    EXPECT_TRUE(test::eventually([&] {
        std::array<char, 4096> bytes{};
        const auto size = ::read(reader.get(), bytes.data(), bytes.size());
        got.append(bytes.data(), static_cast<std::size_t>(std::max<::ssize_t>(size, 0)));
        return got.ends_with('\n');
    }));
    EXPECT_EQ(std::ranges::count(got, '\n'), 1);
    EXPECT_EQ(bench_.deliver_one(*made, test::make_event("2")), "delivered");
    bench_.lines.reset();
}

TEST_F(log_sink, does_not_call_delivered_what_the_log_leaves_out) {
    bench_.lines = *log::open({log_level::info, log_format::json, folder_.file("daemon.log")});
    const auto made = bench_.make("log", "");
    bench_.lines->set_level(log_level::error);
    EXPECT_EQ(bench_.deliver_one(*made, test::make_event("1")),
              "retry: the log leaves out lines of this level");
}

struct level_row {
    log_level least;
    const char* toml;
    const char* problem;  ///< null: none
};

class a_level : public log_sink, public testing::WithParamInterface<level_row> {};

TEST_P(a_level, is_refused_where_no_line_would_ever_be_written) {
    bench_.least_level = GetParam().least;
    (void)bench_.make("log", GetParam().toml);
    if (GetParam().problem == nullptr) {
        EXPECT_TRUE(bench_.problems.empty()) << bench_.problems.front();
        return;
    }
    ASSERT_EQ(bench_.problems.size(), 1U);
    EXPECT_NE(bench_.problems[0].find(GetParam().problem), std::string::npos) << bench_.problems[0];
}

INSTANTIATE_TEST_SUITE_P(
    levels, a_level,
    testing::Values(level_row{log_level::info, "", nullptr}, level_row{log_level::trace, "", nullptr},
                    level_row{log_level::error, "level = \"error\"", nullptr},
                    level_row{log_level::warn, "", "leaves out \"info\" lines ([log] level is \"warn\")"},
                    level_row{log_level::info, "level = \"debug\"", "leaves out \"debug\" lines"},
                    level_row{log_level::off, "level = \"error\"", "[log] level is \"off\""}));

TEST_F(log_sink, refuses_a_level_that_does_not_exist) {
    (void)bench_.make("log", "level = \"wran\"");
    ASSERT_EQ(bench_.problems.size(), 1U);
    EXPECT_TRUE(bench_.problems[0].starts_with("sink.toml:1:")) << bench_.problems[0];
}

}  // namespace
}  // namespace shopbell
