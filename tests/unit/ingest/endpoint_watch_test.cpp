#include "support/eventually.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"

#include <shopbell/inbox/sqlite/sqlite_inbox.hpp>
#include <shopbell/ingest/endpoint_watches.hpp>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>

namespace shopbell::test {
namespace {

using namespace std::chrono_literals;

boost::asio::awaitable<bool> recall(endpoint_watches& watches, archive& stored) {
    const auto recalled = co_await watches.recall(stored);
    co_return recalled.has_value();
}

/// "shop" (Jumpseller) expects something every six hours, "form" (E-junkie) nothing.
class endpoint_watch_test : public ::testing::Test {
protected:
    endpoint_watch_test() {
        watches_.emplace(counts_, lines_);
        attach(6h);
    }

    void attach(std::chrono::milliseconds every) {
        endpoints_.clear();
        endpoints_.resize(2);
        endpoints_[0].name = "shop";
        endpoints_[0].kind = find_provider("jumpseller");
        endpoints_[0].expect_every = every;
        endpoints_[1].name = "form";
        endpoints_[1].kind = find_provider("ejunkie");
        watches_->attach(endpoints_);
    }

    endpoint_watch& shop() { return *endpoints_[0].watch; }
    endpoint_watch& form() { return *endpoints_[1].watch; }

    static void answer(endpoint_watch& watch, unsigned status, int times = 1, bool sent = true) {
        answered_request one;
        one.status = status;
        one.sent = sent;
        for (int i = 0; i < times; ++i)
            watch.answered(one);
    }

    unsigned failures() { return watches_->read(present()).at(0).consecutive_failures; }
    bool silent_at(endpoint_watch::clock::time_point at) { return watches_->read(at).at(0).silent; }

    static endpoint_watch::clock::time_point present() { return endpoint_watch::clock::now(); }

    /// How many lines of the log hold all of these; ends the log.
    std::size_t logged(const std::vector<std::string>& texts) {
        watches_.reset();
        lines_.reset();
        const auto text = read_file(folder_.file("log"));
        std::size_t count = 0;
        for (std::size_t start = 0; start < text.size();) {
            const auto end = text.find('\n', start);
            const auto line = text.substr(start, end - start);
            count += std::ranges::all_of(texts, [&](const auto& one) { return line.find(one) != line.npos; });
            start = end + 1;
        }
        return count;
    }

    temp_dir folder_;
    std::shared_ptr<log> lines_ = log::open({log_level::info, log_format::json, folder_.file("log")}).value();
    metrics counts_;
    housekeeping background_;
    std::optional<endpoint_watches> watches_;
    endpoints endpoints_;
};

TEST_F(endpoint_watch_test, counts_failures_until_the_next_success) {
    answer(shop(), 401, 2);
    answer(shop(), 503);
    answer(shop(), 0);
    answer(shop(), 200, 1, false);
    EXPECT_EQ(failures(), 5U);
    answer(shop(), 200);
    EXPECT_EQ(failures(), 0U);
    answer(shop(), 413);
    EXPECT_EQ(failures(), 1U);
}

TEST_F(endpoint_watch_test, does_not_take_a_browser_for_the_store) {
    answer(shop(), 405, 10);
    EXPECT_EQ(failures(), 0U);
}

TEST_F(endpoint_watch_test, warns_before_the_store_pauses_its_webhook_and_when_it_has) {
    answer(shop(), 503, 3);
    ASSERT_EQ(watches_->warnings(present()).size(), 1U);
    EXPECT_EQ(watches_->warnings(present())[0].what, endpoint_warning::kind::failing);
    answer(shop(), 503, 7);
    const auto warnings = watches_->warnings(present());
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_EQ(warnings[0].what, endpoint_warning::kind::about_to_pause);
    EXPECT_EQ(warnings[0].endpoint, "shop");
    EXPECT_TRUE(warnings[0].since);
    EXPECT_EQ(warnings[0].text,
              "endpoint shop fails: 10 deliveries in a row; after 8 the store pauses its webhook");
    answer(form(), 503, 10);
    ASSERT_EQ(watches_->warnings(present()).size(), 2U);
    EXPECT_EQ(watches_->warnings(present())[1].what, endpoint_warning::kind::failing) << "it never pauses";

    EXPECT_EQ(logged({R"("level":"warn")", R"("failures":4)", R"("endpoint":"shop")",
                      "will pause its webhook", R"("status":503)"}),
              1U);
    EXPECT_EQ(logged({R"("level":"warn")", R"("failures":8)", "has probably paused its webhook"}), 1U);
    EXPECT_EQ(logged({R"("level":"warn")"}), 2U);
}

TEST_F(endpoint_watch_test, is_silent_when_nothing_came_for_too_long) {
    const auto start = present();
    EXPECT_FALSE(silent_at(start + 5h));
    EXPECT_TRUE(silent_at(start + 7h));
    EXPECT_FALSE(watches_->read(start + 100h).at(1).silent) << "nothing is expected there";
    const auto warnings = watches_->warnings(start + 7h);
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_EQ(warnings[0].what, endpoint_warning::kind::silent);
    EXPECT_EQ(warnings[0].text, "endpoint shop is silent: nothing came for longer than expect_every, 6h");
}

TEST_F(endpoint_watch_test, tells_of_a_silence_once_and_of_its_end) {
    const auto start = present();
    (void)watches_->check(start);
    (void)watches_->check(start + 7h);
    (void)watches_->check(start + 8h);
    shop().accepted("jumpseller.order.paid");
    shop().duplicate();
    (void)watches_->check(present() + 1h);
    (void)watches_->check(present() + 7h);
    EXPECT_EQ(logged({R"("level":"warn")", "longer than expect_every", R"("endpoint":"shop")",
                      R"("expect_every":"6h")"}),
              2U);
    EXPECT_EQ(logged({R"("level":"info")", "heard again", R"("endpoint":"shop")"}), 1U);
}

TEST_F(endpoint_watch_test, hears_a_store_that_only_repeats_itself) {
    const auto start = present();
    (void)watches_->check(start + 7h);
    shop().duplicate();
    EXPECT_EQ(logged({"heard again"}), 1U);
}

TEST_F(endpoint_watch_test, looks_again_when_there_may_be_something_to_see) {
    const auto start = present();
    const auto next = watches_->check(start);
    ASSERT_TRUE(next);
    EXPECT_LE(*next, start + 6h);
    EXPECT_GT(*next, start + 5h);
    EXPECT_LE(*watches_->check(start + 7h), start + 7h + 1min);
    attach(0ms);
    EXPECT_FALSE(watches_->check(start));
}

TEST_F(endpoint_watch_test, goes_on_over_a_reload) {
    auto* const before = &shop();
    answer(shop(), 503, 2);
    shop().accepted("jumpseller.order.paid");
    attach(1h);
    EXPECT_EQ(&shop(), before);
    EXPECT_EQ(failures(), 2U);
    EXPECT_TRUE(watches_->read(present()).at(0).last_accepted);
    EXPECT_TRUE(silent_at(present() + 2h));
    endpoints_.resize(1);
    watches_->attach(endpoints_);
    EXPECT_EQ(watches_->read(present()).size(), 1U);
}

TEST_F(endpoint_watch_test, notices_a_silence_by_itself) {
    watches_->start(background_);
    attach(20ms);
    EXPECT_TRUE(eventually(
        [this] { return read_file(folder_.file("log")).find("expect_every") != std::string::npos; }));
}

TEST_F(endpoint_watch_test, knows_from_the_inbox_what_came_before_the_start) {
    sqlite_settings settings;
    settings.path = folder_.file("inbox.db");
    settings.min_free = 0;
    const auto store = open_sqlite_inbox(settings, log::null()).value();
    boost::asio::io_context context{1};
    arrival one;
    one.endpoint = "shop";
    one.provider = "jumpseller";
    one.type = "jumpseller.order.paid";
    one.identity = "1";
    ASSERT_TRUE(run(context, store->put(std::move(one))));
    const auto stored = open_sqlite_archive(settings.path).value();
    ASSERT_TRUE(run(context, recall(*watches_, *stored)));
    const auto known = watches_->read(present());
    ASSERT_TRUE(known.at(0).last_accepted);
    EXPECT_LT(now() - *known[0].last_accepted, 1min);
    EXPECT_FALSE(known.at(1).last_accepted);
}

}  // namespace
}  // namespace shopbell::test
