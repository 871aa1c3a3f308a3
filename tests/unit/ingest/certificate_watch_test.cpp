#include "support/temp_dir.hpp"

#include <shopbell/ingest/certificate_watch.hpp>

#include <gtest/gtest.h>

namespace shopbell::test {
namespace {

using namespace std::chrono_literals;
using clock = certificate_watch::clock;

const time_point today =
    time_point(std::chrono::sys_days(std::chrono::year(2026) / 11 / 30).time_since_epoch());

TEST(a_certificate, is_warned_of_from_fourteen_days_before_its_end) {
    EXPECT_EQ(certificate_warning(today + std::chrono::days(14) + 1s, today), std::nullopt);
    EXPECT_EQ(certificate_warning(today + std::chrono::days(10), today).value(),
              "the TLS certificate ends on 2026-12-10: renew it, copy it and reload");
    EXPECT_NE(certificate_warning(today, today)->find("has expired on 2026-11-30"), std::string::npos);
}

class certificate_watch_test : public testing::Test {
protected:
    void check(std::chrono::hours later) { (void)watch_->check(today + later, start_ + later); }

    /// How often that stands in the log; ends it.
    std::size_t logged(std::string_view part) {
        watch_.reset();
        lines_.reset();
        const auto text = read_file(folder_.file("log"));
        std::size_t found = 0;
        for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1))
            ++found;
        return found;
    }

    temp_dir folder_;
    std::shared_ptr<log> lines_ = log::open({log_level::info, log_format::json, folder_.file("log")}).value();
    clock::time_point start_ = clock::now();
    std::optional<certificate_watch> watch_{std::in_place, lines_};
};

TEST_F(certificate_watch_test, has_nothing_to_look_at_without_one) {
    EXPECT_EQ(watch_->check(today, start_), std::nullopt);
    EXPECT_EQ(watch_->ends(), std::nullopt);
}

TEST_F(certificate_watch_test, looks_again_and_again) {
    watch_->attach(today + std::chrono::days(90));
    EXPECT_GT(watch_->check(today, start_).value(), start_);
    EXPECT_LE(watch_->check(today, start_).value(), start_ + 24h);
}

TEST_F(certificate_watch_test, tells_the_log_once_a_day) {
    watch_->attach(today + std::chrono::days(15));
    for (int hour = 0; hour < 3 * 24; ++hour)
        check(std::chrono::hours(hour));
    watch_->attach(today + std::chrono::days(15));  // a reload
    check(3 * 24h - 1h);
    EXPECT_EQ(logged("the TLS certificate ends on"), 2U);
}

TEST_F(certificate_watch_test, tells_of_another_one_anew) {
    watch_->attach(today + std::chrono::days(2));
    check(0h);
    watch_->attach(today + std::chrono::days(1));
    check(1h);
    watch_->attach(today + std::chrono::days(90));
    check(2h);
    EXPECT_EQ(logged(R"("level":"warn")"), 2U);
}

TEST_F(certificate_watch_test, calls_one_that_has_expired_an_error) {
    watch_->attach(today - 1s);
    check(0h);
    EXPECT_EQ(logged(R"("level":"error")"), 1U);
}

}  // namespace
}  // namespace shopbell::test
