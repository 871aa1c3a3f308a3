#include "inbox_fixture.hpp"

#include <shopbell/inbox/archive.hpp>

#include <sqlite3.h>

#include <thread>

namespace shopbell::test {

namespace {

class erasure_test : public engine_test {};

class file_erasure_test : public inbox_test {
protected:
    /// In the files as they are. (Closing them lets go of SQLite's locks, of which nobody here makes use.)
    std::size_t occurrences(const std::string& text) const {
        std::size_t found = 0;
        for (const auto* suffix : {"", "-wal"}) {
            if (!std::filesystem::exists(path() + suffix))
                continue;
            const auto content = read_file(path() + suffix);
            for (auto at = content.find(text); at != std::string::npos; at = content.find(text, at + 1))
                ++found;
        }
        return found;
    }
};

TEST_F(file_erasure_test, leaves_no_byte_of_the_event_on_the_disk) {
    const struct {
        const char* name;
        std::size_t copies;
    } sizes[] = {{"in its page", 3}, {"with pages of its own", 20'000}};
    open();
    for (const auto& [name, copies] : sizes) {
        std::string secret, other;
        for (std::size_t i = 0; i < copies; ++i) {
            secret += std::string("<ana@example.com ") + name + ">";
            other += std::string("<bob@example.com ") + name + ">";
        }
        const std::string one_secret = std::string("<ana@example.com ") + name;
        const std::string one_other = std::string("<bob@example.com ") + name;
        ASSERT_TRUE(put(make(one_other, other)));
        ASSERT_TRUE(put(make(one_secret, secret)));
        ASSERT_TRUE(put(make(one_other + " again", other)));
        const auto number = after(0, 100, std::size_t{1} << 30).back().number - 1;
        settlement failed;
        failed.sink = "crm";
        failed.position = number + 1;
        failed.dead = {{number, 1, time_point{}, "no such person: " + one_secret}};
        failed.history = {attempt(number, history_entry::kind::dead, one_secret + " is unknown")};
        ASSERT_TRUE(settle(failed));
        ASSERT_GE(occurrences(one_secret), copies) << name;

        EXPECT_EQ(apply(erasure{{number, number + 99}}).value(), 1U) << name;
        EXPECT_EQ(occurrences(one_secret), 0U) << name;
        EXPECT_GE(occurrences(one_other), 2 * copies) << name;
    }
}

TEST_P(erasure_test, takes_deliveries_and_history_along) {
    open();
    put_many(2);
    settlement results;
    results.sink = "crm";
    results.position = 2;
    for (const sequence number : {1, 2}) {
        results.dead.push_back({number, 1, time_point{}, "410"});
        results.history.push_back(attempt(number, history_entry::kind::dead));
    }
    ASSERT_TRUE(settle(results));
    ASSERT_EQ(apply(erasure{{1}}).value(), 1U);
    const auto reader = read_stored();
    EXPECT_EQ(run(context_, reader->sinks()).value().at(0).dead, 1U);
    EXPECT_TRUE(run(context_, reader->deliveries(1)).value().at(0).history.empty());
    EXPECT_EQ(run(context_, reader->deliveries(2)).value().at(0).history.size(), 1U);

    // An attempt that was under way meanwhile must not tell of it again.
    ASSERT_TRUE(settle(results));
    EXPECT_EQ(run(context_, reader->sinks()).value().at(0).dead, 1U);
    EXPECT_TRUE(run(context_, reader->deliveries(1)).value().at(0).history.empty());
}

TEST_P(erasure_test, makes_the_same_delivery_new_again) {
    open();
    ASSERT_TRUE(put(make("one")));
    ASSERT_TRUE(put(make_update("product/1", "stock 5")));
    ASSERT_EQ(apply(erasure{{1, 2}}).value(), 2U);
    EXPECT_FALSE(put(make("one")).value().duplicate);
    EXPECT_FALSE(put(make_update("product/1", "stock 5")).value().duplicate);
}

TEST_P(erasure_test, keeps_the_latest_of_a_resource_when_an_older_one_goes) {
    open();
    ASSERT_TRUE(put(make_update("product/1", "stock 5")));
    ASSERT_TRUE(put(make_update("product/1", "stock 4")));
    ASSERT_EQ(apply(erasure{{1}}).value(), 1U);
    EXPECT_TRUE(put(make_update("product/1", "stock 4")).value().duplicate);
}

TEST_P(erasure_test, of_many_events_goes_in_steps_and_counts_them_all) {
    open();
    put_many(1500);
    std::vector<sequence> numbers;
    for (sequence number = 1; number <= 1400; ++number)
        numbers.push_back(number);
    EXPECT_EQ(apply(erasure{numbers}).value(), 1400U);
    EXPECT_EQ(after(0).size(), 100U);
    if (is_in_file()) {
        EXPECT_EQ(std::filesystem::file_size(path() + "-wal"), 0U);
    }
}

TEST_F(file_erasure_test, stores_events_while_a_reader_keeps_the_log_and_ends_all_the_same) {
    open();
    ASSERT_TRUE(put(make("one", "<ana@example.com>")));
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(path().c_str(), &other), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(other, "BEGIN; SELECT count(*) FROM events", nullptr, nullptr, nullptr),
              SQLITE_OK);
    std::vector<std::string> ended;
    auto erased = [&](std::exception_ptr, result<std::size_t> answer) {
        EXPECT_EQ(answer.value(), 1U);
        ended.push_back("erase");
    };
    auto stored = [&](std::exception_ptr, result<receipt> answer) {
        EXPECT_TRUE(answer);
        ended.push_back("put");
    };
    boost::asio::co_spawn(context_, inbox_->apply(erasure{{1}}), std::move(erased));
    boost::asio::co_spawn(context_, inbox_->put(make("two")), std::move(stored));
    context_.restart();
    context_.run();
    EXPECT_EQ(ended, (std::vector<std::string>{"put", "erase"}));
    EXPECT_GT(occurrences("<ana@example.com>"), 0U);

    // As soon as the reader is gone the log is emptied, without anybody asking again.
    sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr);
    const auto bound = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (std::filesystem::file_size(path() + "-wal") > 0 && std::chrono::steady_clock::now() < bound)
        std::this_thread::yield();
    EXPECT_EQ(occurrences("<ana@example.com>"), 0U);
    sqlite3_close(other);
}

INSTANTIATE_TEST_SUITE_P(engine, erasure_test, every_engine, engine_name);

}  // namespace

}  // namespace shopbell::test
