#include "inbox_fixture.hpp"

#include <boost/asio/co_spawn.hpp>
#include <sqlite3.h>
#include <sys/stat.h>

#include <atomic>
#include <memory>
#include <set>
#include <stdexcept>
#include <thread>

namespace shopbell::test {

namespace {

class put_test : public engine_test {};
/// What is about the file and its disk.
using file_put_test = inbox_test;

TEST_P(put_test, gives_back_what_was_stored_byte_for_byte) {
    open();
    const std::string body("{\"a\":1.10,\"a\":2}\0\xff\r\n", 20);
    const auto stored = put(make("one", body)).value();
    EXPECT_FALSE(stored.duplicate);

    reopen();
    const auto events = after(0);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].id, stored.id);
    EXPECT_EQ(events[0].body, body);
    EXPECT_EQ(events[0].endpoint, "shop");
    EXPECT_EQ(events[0].type, "jumpseller.order.paid");
    EXPECT_EQ(events[0].subject, "order/1");
    EXPECT_EQ(events[0].store, "mystore");
    ASSERT_EQ(events[0].fields.size(), 2U);
    EXPECT_EQ(value_of(events[0].fields, "jumpseller-event"), "order_paid");
}

TEST_P(put_test, answers_a_repeat_with_the_first_id_also_after_a_restart) {
    open();
    const auto first = put(make("one")).value();
    const auto again = put(make("one")).value();
    EXPECT_TRUE(again.duplicate);
    EXPECT_EQ(again.id, first.id);

    reopen();
    const auto later = put(make("one")).value();
    EXPECT_TRUE(later.duplicate);
    EXPECT_EQ(later.id, first.id);
    EXPECT_EQ(after(0).size(), 1U);
}

TEST_P(put_test, stores_what_belongs_together_under_one_answer) {
    open();
    const auto first = put(make("b")).value();
    std::vector<arrival> all;
    for (const auto* name : {"a", "b", "c"})
        all.push_back(make(name));
    const auto stored = run(context_, inbox_->put_all(std::move(all))).value();
    ASSERT_EQ(stored.size(), 3U);
    EXPECT_FALSE(stored[0].duplicate);
    EXPECT_TRUE(stored[1].duplicate);
    EXPECT_EQ(stored[1].id, first.id);
    EXPECT_FALSE(stored[2].duplicate);
    EXPECT_EQ(after(0).size(), 3U);
    EXPECT_TRUE(run(context_, inbox_->put_all({})).value().empty());
}

TEST_F(file_put_test, of_what_belongs_together_stores_nothing_that_is_answered_where_one_cannot_be) {
    auto chosen = settings();
    chosen.min_free = std::uint64_t{1} << 62U;
    open(chosen);
    std::vector<arrival> all;
    all.push_back(make("a"));
    all.push_back(make("b"));
    const auto stored = run(context_, inbox_->put_all(std::move(all)));
    ASSERT_FALSE(stored);
    EXPECT_EQ(stored.error().code, errc::unavailable);
}

TEST_P(put_test, tells_apart_what_only_looks_joined_alike) {
    open();
    auto one = make("b|c");
    one.endpoint = "a";
    auto other = make("c");
    other.endpoint = "a|b";
    EXPECT_FALSE(put(one).value().duplicate);
    EXPECT_FALSE(put(other).value().duplicate);
}

TEST_P(put_test, takes_the_same_delivery_once_for_each_endpoint) {
    open();
    auto other = make("one");
    other.endpoint = "second-shop";
    EXPECT_FALSE(put(make("one")).value().duplicate);
    EXPECT_FALSE(put(other).value().duplicate);
}

TEST_P(put_test, an_update_repeats_only_the_latest_of_its_resource) {
    open();
    const auto five = put(make_update("product/1", "stock 5")).value();
    const auto four = put(make_update("product/1", "stock 4")).value();
    const auto retried = put(make_update("product/1", "stock 4")).value();
    const auto five_again = put(make_update("product/1", "stock 5")).value();
    EXPECT_FALSE(five.duplicate);
    EXPECT_FALSE(four.duplicate);
    EXPECT_TRUE(retried.duplicate);
    EXPECT_EQ(retried.id, four.id);
    EXPECT_FALSE(five_again.duplicate);
    EXPECT_NE(five_again.id, five.id);

    reopen();
    EXPECT_TRUE(put(make_update("product/1", "stock 5")).value().duplicate);
    EXPECT_EQ(after(0).size(), 3U);
}

TEST_P(put_test, an_update_of_another_resource_does_not_make_a_repeat_fresh) {
    open();
    const auto first = put(make_update("product/1", "stock 5")).value();
    EXPECT_FALSE(put(make_update("product/2", "stock 5")).value().duplicate);
    const auto retried = put(make_update("product/1", "stock 5")).value();
    EXPECT_TRUE(retried.duplicate);
    EXPECT_EQ(retried.id, first.id);
}

TEST_P(put_test, stores_one_of_a_hundred_that_come_at_once) {
    open();
    boost::asio::io_context many{1};
    std::vector<result<receipt>> answers;
    for (int i = 0; i < 100; ++i) {
        auto keep = [&](std::exception_ptr, result<receipt> answer) { answers.push_back(std::move(answer)); };
        boost::asio::co_spawn(many, inbox_->put(make("one")), std::move(keep));
    }
    many.run();
    ASSERT_EQ(answers.size(), 100U);
    std::set<std::string> ids;
    int fresh = 0;
    for (const auto& answer : answers) {
        ASSERT_TRUE(answer) << answer.error().reason;
        ids.insert(answer->id);
        fresh += answer->duplicate ? 0 : 1;
    }
    EXPECT_EQ(fresh, 1);
    EXPECT_EQ(ids.size(), 1U);
    EXPECT_EQ(after(0).size(), 1U);
}

TEST_P(put_test, answers_everybody_where_some_throw_what_they_are_told) {
    open();
    constexpr int count = 100;
    int told = 0;
    for (int i = 0; i < count; ++i) {
        auto hear = [&told, i](std::exception_ptr, result<receipt> answer) {
            ++told;
            if (answer && i % 2 == 0)
                throw std::runtime_error("told and thrown");
        };
        boost::asio::co_spawn(context_, inbox_->put(make(std::to_string(i))), std::move(hear));
    }
    for (bool running = true; running;) {
        try {
            context_.run();
            running = false;
        } catch (const std::exception&) {  // of several at once Asio makes one
        }
    }
    EXPECT_EQ(told, count);
    EXPECT_EQ(after(0).size(), std::size_t{count});
}

TEST_P(put_test, gives_ids_and_numbers_in_the_order_accepted) {
    open();
    for (int i = 0; i < 300; ++i)
        ASSERT_TRUE(put(make("event " + std::to_string(i))));
    const auto events = after(0);
    ASSERT_EQ(events.size(), 300U);
    for (std::size_t i = 1; i < events.size(); ++i) {
        EXPECT_LT(events[i - 1].number, events[i].number);
        EXPECT_LT(events[i - 1].id, events[i].id);
    }
}

TEST_F(file_put_test, never_lends_a_number_again_that_a_sink_has_passed) {
    open();
    ASSERT_TRUE(put(make("one")));
    settlement passed;
    passed.sink = "file";
    passed.position = 40;
    ASSERT_TRUE(settle(passed));
    reopen();
    ASSERT_TRUE(put(make("two")));
    EXPECT_EQ(after(1).at(0).number, 41);
}

TEST_P(put_test, refuses_with_busy_when_the_queue_is_full) {
    auto tight = settings();
    tight.queue_bytes = 10;
    open(tight);
    const auto refused = put(make("one", "eleven bytes"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::busy);
    EXPECT_TRUE(put(make("two", "{}")));
}

TEST_F(file_put_test, refuses_when_less_than_min_free_is_left_but_still_settles) {
    auto tight = settings();
    tight.min_free = std::uint64_t{1} << 62;
    open(tight);
    const auto refused = put(make("one"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::unavailable);
    EXPECT_TRUE(inbox_->trouble());
    settlement passed;
    passed.sink = "file";
    passed.position = 1;
    EXPECT_TRUE(settle(passed));
}

TEST_F(file_put_test, refuses_once_its_file_was_removed_or_replaced) {
    open();
    ASSERT_TRUE(put(make("one")));
    std::filesystem::rename(path(), path() + ".away");
    EXPECT_FALSE(put(make("two")));
    write_file(path(), "another file");
    EXPECT_FALSE(put(make("three")));
    std::filesystem::rename(path() + ".away", path());
    EXPECT_TRUE(put(make("four")));
    EXPECT_FALSE(inbox_->trouble());
}

TEST_F(file_put_test, refuses_once_its_log_was_removed_and_loses_nothing) {
    open();
    ASSERT_TRUE(put(make("one")));
    std::filesystem::rename(path() + "-wal", path() + "-wal.away");
    EXPECT_FALSE(put(make("two")));
    const auto trouble = inbox_->trouble();
    ASSERT_TRUE(trouble);
    EXPECT_NE(trouble->find(path() + "-wal was removed or replaced"), std::string::npos) << *trouble;
    write_file(path() + "-wal", "another file");
    EXPECT_FALSE(put(make("three")));
    // Put back, it is the same again.
    std::filesystem::rename(path() + "-wal.away", path() + "-wal");
    EXPECT_TRUE(put(make("four")));
    EXPECT_FALSE(inbox_->trouble());
    reopen();
    EXPECT_EQ(after(0).size(), 2U);
}

TEST_F(file_put_test, says_so_where_every_row_is_refused) {
    open();
    ASSERT_TRUE(put(make("one")));
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(path().c_str(), &other), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(other,
                           "CREATE TRIGGER refuse BEFORE INSERT ON events BEGIN"
                           " SELECT RAISE(ABORT, 'no room for this row'); END",
                           nullptr, nullptr, nullptr),
              SQLITE_OK);
    EXPECT_FALSE(put(make("two")));
    const auto trouble = inbox_->trouble();
    ASSERT_TRUE(trouble);
    EXPECT_NE(trouble->find("no room for this row"), std::string::npos) << *trouble;
    ASSERT_EQ(sqlite3_exec(other, "DROP TRIGGER refuse", nullptr, nullptr, nullptr), SQLITE_OK);
    EXPECT_TRUE(put(make("two")));
    EXPECT_FALSE(inbox_->trouble());
    sqlite3_close(other);
}

TEST_F(file_put_test, counts_numbers_anew_where_somebody_else_has_taken_one) {
    open();
    ASSERT_TRUE(put(make("one")));
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(path().c_str(), &other), SQLITE_OK);
    ASSERT_EQ(
        sqlite3_exec(other,
                     "INSERT INTO events (number, id, accepted_at, endpoint, provider, type, subject, store, "
                     "headers, body) SELECT 2, 'x', accepted_at, endpoint, provider, type, subject,"
                     " store, headers, body FROM events",
                     nullptr, nullptr, nullptr),
        SQLITE_OK)
        << sqlite3_errmsg(other);
    sqlite3_close(other);
    EXPECT_FALSE(put(make("two")));
    EXPECT_TRUE(inbox_->trouble());
    EXPECT_TRUE(put(make("two")));
    EXPECT_FALSE(inbox_->trouble());
}

TEST_F(file_put_test, keeps_nothing_of_a_job_that_fails_in_the_middle) {
    open();
    put_many(3);
    deliver_up_to("crm", 0);
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(path().c_str(), &other), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(other,
                           "CREATE TRIGGER refuse BEFORE INSERT ON history BEGIN"
                           " SELECT RAISE(ABORT, 'not this row'); END;"
                           "CREATE TRIGGER refuse_latest BEFORE INSERT ON latest BEGIN"
                           " SELECT RAISE(ABORT, 'not this row'); END",
                           nullptr, nullptr, nullptr),
              SQLITE_OK);
    sqlite3_close(other);
    settlement results;
    results.sink = "crm";
    results.position = 2;
    results.dead = {{2, 3, time_point{}, "410"}};
    results.history = {attempt(2, history_entry::kind::dead)};
    EXPECT_FALSE(settle(results));
    EXPECT_FALSE(apply(replay_request{"crm", {1}}));
    EXPECT_FALSE(put(make_update("product/1", "5")));
    reopen();
    const auto place = open_sink("crm");
    EXPECT_EQ(place.position, 0);
    EXPECT_TRUE(place.pending.empty());
    EXPECT_TRUE(queued("crm").empty());
    EXPECT_EQ(after(0).size(), 3U);
}

TEST_F(file_put_test, recovers_from_a_long_lock_also_while_somebody_reads) {
    open();
    ASSERT_TRUE(put(make("one")));
    sqlite3* reader = nullptr;
    ASSERT_EQ(sqlite3_open(path().c_str(), &reader), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(reader, "BEGIN; SELECT count(*) FROM events", nullptr, nullptr, nullptr),
              SQLITE_OK);
    close();
    open();
    EXPECT_TRUE(put(make("two")));
    EXPECT_EQ(after(0).size(), 2U);
    sqlite3_close(reader);
    reopen();
    EXPECT_EQ(after(0).size(), 2U);
}

TEST_F(file_put_test, waits_out_a_short_lock_and_recovers_from_a_long_one) {
    open();
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(path().c_str(), &other), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
    const auto refused = put(make("one"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::unavailable);
    ASSERT_EQ(sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr), SQLITE_OK);
    EXPECT_TRUE(put(make("one")));
    sqlite3_close(other);
}

TEST_F(file_put_test, answers_a_ping_while_the_disk_or_a_stranger_keeps_it_waiting) {
    open();
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(path().c_str(), &other), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
    bool is_stored = false;
    auto tell = [&](std::exception_ptr, result<receipt>) { is_stored = true; };
    boost::asio::co_spawn(context_, inbox_->put(make("one")), std::move(tell));
    context_.poll();
    const auto answered = std::make_shared<std::atomic<bool>>(false);
    while (!*answered) {
        inbox_->ping([answered] { *answered = true; });
        std::this_thread::yield();
    }
    context_.poll();
    EXPECT_FALSE(is_stored);
    ASSERT_EQ(sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(other);
    context_.run();
    EXPECT_TRUE(is_stored);
}

TEST_P(put_test, stores_what_is_queued_before_it_closes) {
    open();
    boost::asio::io_context many{1};
    int stored = 0;
    for (int i = 0; i < 50; ++i) {
        auto count = [&](std::exception_ptr, result<receipt> answer) { stored += answer ? 1 : 0; };
        boost::asio::co_spawn(many, inbox_->put(make(std::to_string(i))), std::move(count));
    }
    many.poll();  // all are handed over; some are answered
    close();
    many.run();
    EXPECT_EQ(stored, 50);
    open();
    EXPECT_EQ(after(0).size(), 50U);
}

TEST_F(file_put_test, copies_a_long_log_back_into_the_database) {
    open();
    for (int i = 0; i < 40; ++i)
        ASSERT_TRUE(put(make(std::to_string(i), std::string(512 * 1024, 'x'))));
    EXPECT_LT(std::filesystem::file_size(path() + "-wal"), 12U * 1024 * 1024);
    EXPECT_GT(std::filesystem::file_size(path()), 10U * 1024 * 1024);
}

TEST_P(put_test, wakes_its_listener_only_for_new_events) {
    open();
    std::atomic<int> woken = 0;
    auto listening = inbox_->on_arrival([&] { ++woken; });
    ASSERT_TRUE(put(make("one")));
    ASSERT_TRUE(put(make("one")));  // a repeat
    settlement passed;
    passed.sink = "file";
    ASSERT_TRUE(settle(passed));
    ASSERT_TRUE(settle(passed));  // the writer has told of what came before
    listening = {};
    EXPECT_GE(woken, 1);
    if (is_in_file()) {
        EXPECT_EQ(woken, 1);
    }
}

TEST_P(put_test, wakes_every_listener_until_it_leaves) {
    open();
    std::atomic<int> first = 0, second = 0;
    auto one = inbox_->on_arrival([&] { ++first; });
    {
        const auto other = inbox_->on_arrival([&] { ++second; });
        ASSERT_TRUE(put(make("one")));
        deliver_up_to("file", 0);
    }
    ASSERT_TRUE(put(make("two")));
    deliver_up_to("file", 0);
    one = {};
    // Other daemons may store events, too: an engine that looks for these may call once more.
    EXPECT_GE(first, 2);
    EXPECT_GE(second, 1);
    if (is_in_file()) {
        EXPECT_EQ(first, 2);
        EXPECT_EQ(second, 1);
    }
}

TEST_P(put_test, calls_no_listener_that_has_left_while_events_come) {
    open();
    std::atomic<bool> storing = true;
    std::thread busy([&] {
        boost::asio::io_context other{1};
        for (int i = 0; storing; ++i)
            (void)run(other, inbox_->put(make(std::to_string(i))));
    });
    for (int i = 0; i < 200; ++i) {
        auto woken = std::make_unique<int>(0);
        const auto listening = inbox_->on_arrival([&] { ++*woken; });
    }
    storing = false;
    busy.join();
}

TEST_F(file_put_test, keeps_its_files_to_their_owner) {
    open();
    ASSERT_TRUE(put(make("one")));
    for (const auto* suffix : {"", "-wal", "-shm", ".lock"}) {
        struct ::stat info {};
        ASSERT_EQ(::stat((path() + suffix).c_str(), &info), 0) << suffix;
        EXPECT_EQ(info.st_mode & 0777U, 0600U) << suffix;
    }
}

INSTANTIATE_TEST_SUITE_P(engine, put_test, every_engine, engine_name);

}  // namespace

}  // namespace shopbell::test
