#include "support/temp_dir.hpp"

#include <shopbell/core/rate_limited_log.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>

namespace shopbell {
namespace {

using namespace std::chrono_literals;

constexpr rate_limited_log::clock::time_point noon{1000h};

/// What happens at one moment: so many lines are asked for, so many of them are written.
struct moment {
    std::chrono::milliseconds at;
    unsigned kind;
    int asked;
    int written;
};

struct rate_row {
    const char* name;
    std::vector<moment> moments;
    std::string unwritten;  ///< "kind:lines …" at the end
};

class lines : public testing::TestWithParam<rate_row> {};

TEST_P(lines, are_written_as_far_as_their_kind_may) {
    const auto output = log::null();
    rate_limited_log budget(*output, {3, 1'000ms, 10s});
    for (const auto& one : GetParam().moments) {
        int written = 0;
        for (int i = 0; i < one.asked; ++i)
            written += budget.take(one.kind, noon + one.at) ? 1 : 0;
        EXPECT_EQ(written, one.written) << one.at.count() << " ms, kind " << one.kind;
    }
    std::string unwritten;
    for (const auto& one : budget.collect())
        unwritten += std::to_string(one.kind) + ':' + std::to_string(one.lines) + ' ';
    EXPECT_EQ(unwritten, GetParam().unwritten);
}

INSTANTIATE_TEST_SUITE_P(
    budgets, lines,
    testing::Values(
        rate_row{"none", {}, ""}, rate_row{"a_burst", {{0ms, 401, 3, 3}}, ""},
        rate_row{"more_than_a_burst", {{0ms, 401, 5'000, 3}}, "401:4997 "},
        rate_row{"a_trickle_for_ever",
                 {{0ms, 401, 1, 1}, {1s, 401, 1, 1}, {2s, 401, 1, 1}, {3s, 401, 1, 1}, {4s, 401, 1, 1}},
                 ""},
        rate_row{"one_more_after_a_while",
                 {{0ms, 401, 9, 3}, {999ms, 401, 1, 0}, {1000ms, 401, 2, 1}, {1999ms, 401, 1, 0}},
                 "401:9 "},
        rate_row{"quiet_gives_back_no_more_than_a_burst", {{0ms, 401, 9, 3}, {24h, 401, 9, 3}}, "401:12 "},
        rate_row{
            "kinds_do_not_share", {{0ms, 404, 9, 3}, {0ms, 401, 1, 1}, {0ms, 413, 4, 3}}, "404:6 413:1 "},
        rate_row{"threads_see_time_a_little_out_of_order",
                 {{5ms, 401, 2, 2}, {0ms, 401, 2, 0}, {5ms, 401, 2, 1}},
                 "401:3 "}),
    [](const auto& one) { return one.param.name; });

TEST(what_was_not_written, is_told_once) {
    const auto output = log::null();
    rate_limited_log budget(*output, {1, 1'000ms, 10s});
    for (int i = 0; i < 5; ++i)
        (void)budget.take(404, noon);
    ASSERT_EQ(budget.collect().size(), 1U);
    EXPECT_TRUE(budget.collect().empty());
    EXPECT_FALSE(budget.take(404, noon));
    EXPECT_EQ(budget.collect().at(0).lines, 1U) << "telling gives nothing back";
}

TEST(a_warning, says_how_many_were_suppressed_before_it) {
    const test::temp_dir folder;
    {
        const auto output = log::open({log_level::info, log_format::json, folder.file("log")}).value();
        rate_limited_log limited(*output, {2, 1h, 1h});
        EXPECT_TRUE(limited.take(1));
        EXPECT_FALSE(limited.take(1, rate_limited_log::clock::now() - 1h)) << "as if it had come before";
        limited.warn(1, "too many", {});
        limited.warn(1, "too many", {});
        limited.warn(2, "too few", {});
    }
    const auto text = test::read_file(folder.file("log"));
    EXPECT_NE(text.find("\"not_logged_before\":1"), text.npos) << text;
    EXPECT_NE(text.find("too few"), text.npos) << text;
    EXPECT_EQ(std::ranges::count(text, '\n'), 2) << text;
}

TEST(a_budget, counts_each_line_of_several_threads) {
    const auto output = log::null();
    rate_limited_log budget(*output, {100, 1h, 10s});
    std::atomic<std::uint64_t> written = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                for (int n = 0; n < 1'000; ++n)
                    written += budget.take(401, noon) ? 1U : 0U;
            });
    }
    EXPECT_EQ(written, 100U);
    EXPECT_EQ(budget.collect().at(0).lines, 3'900U);
}

}  // namespace
}  // namespace shopbell
