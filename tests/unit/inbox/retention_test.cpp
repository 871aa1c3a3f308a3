#include "inbox_fixture.hpp"

#include <shopbell/inbox/archive.hpp>

#include <sqlite3.h>

#include <cstdlib>
#include <functional>

namespace shopbell::test {

namespace {

using namespace std::chrono_literals;

/// Sweeps come without a pause, and each `settle` waits behind one: the writer works on one thing at a time.
template <class Inbox>
class retention_fixture : public Inbox {
protected:
    sqlite_settings eager() const {
        auto chosen = this->settings();
        chosen.retain = 0ms;
        chosen.sweep_every = 0ms;
        return chosen;
    }

    /// Lets at least as many steps pass as anything in these tests needs.
    void sweep() {
        for (int i = 0; i < 60; ++i)
            this->deliver_up_to("sweeper", 1'000'000);
    }

    /// Sweeps until that holds; the bound only turns a hang into a failure.
    void sweep_until(const std::function<bool()>& reached) {
        const auto bound = std::chrono::steady_clock::now() + 30s;
        while (!reached() && std::chrono::steady_clock::now() < bound)
            this->deliver_up_to("sweeper", 1'000'000);
        EXPECT_TRUE(reached());
    }

    std::vector<sequence> numbers() {
        std::vector<sequence> all;
        for (const auto& one : this->after(0, 1000, std::size_t{1} << 30))
            all.push_back(one.number);
        return all;
    }
};

class retention_test : public retention_fixture<engine_test> {
protected:
    int count_rows(const std::string& table);
};
/// What is about the file and its size.
using file_retention_test = retention_fixture<inbox_test>;

/// Of what stands in the file, as somebody who looks at it would count it.
class file_rows {
public:
    explicit file_rows(const std::string& path) {
        EXPECT_EQ(sqlite3_open(path.c_str(), &database_), SQLITE_OK);
        sqlite3_busy_timeout(database_, 10'000);
    }
    ~file_rows() { sqlite3_close(database_); }
    file_rows(const file_rows&) = delete;
    file_rows& operator=(const file_rows&) = delete;

    void execute(const std::string& sql) {
        EXPECT_EQ(sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(database_);
    }
    int count(const std::string& table) {
        int rows = -1;
        const auto take = [](void* into, int, char** values, char**) {
            *static_cast<int*>(into) = std::atoi(values[0]);
            return 0;
        };
        EXPECT_EQ(sqlite3_exec(database_, ("SELECT count(*) FROM " + table).c_str(), take, &rows, nullptr),
                  SQLITE_OK);
        return rows;
    }

private:
    sqlite3* database_ = nullptr;
};

int retention_test::count_rows(const std::string& table) {
    return is_in_file() ? file_rows(path()).count(table)
                        : std::stoi(ask_postgres("SELECT count(*) FROM " + table));
}

TEST_P(retention_test, keeps_what_is_young) {
    auto patient = eager();
    patient.retain = 1h;
    open(patient);
    ASSERT_TRUE(put(make("one")));
    deliver_up_to("file", 1);
    sweep();
    EXPECT_EQ(numbers(), std::vector<sequence>{1});
}

TEST_P(retention_test, removes_only_what_every_sink_has) {
    open(eager());
    deliver_up_to("file", 0);
    deliver_up_to("crm", 0);
    for (const auto* identity : {"1", "2", "3"})
        ASSERT_TRUE(put(make(identity)));
    sweep();
    EXPECT_EQ(numbers(), (std::vector<sequence>{1, 2, 3}));
    deliver_up_to("file", 3);
    deliver_up_to("crm", 2);
    sweep();
    EXPECT_EQ(numbers(), std::vector<sequence>{3});
}

TEST_P(retention_test, takes_along_what_makes_a_repeat_of_the_event) {
    open(eager());
    deliver_up_to("file", 0);
    auto paid = make("paid");
    paid.recurs = true;
    paid.moment = "t1";
    ASSERT_TRUE(put(paid));
    ASSERT_TRUE(put(make_update("product/1", "stock 5")));
    deliver_up_to("file", 2);
    sweep_until([this] { return numbers().empty(); });
    paid.moment = "t2";
    EXPECT_FALSE(put(paid).value().duplicate);
    EXPECT_FALSE(put(make_update("product/1", "stock 5")).value().duplicate);
}

TEST_P(retention_test, never_removes_what_waits_for_a_retry_or_died) {
    open(eager());
    deliver_up_to("crm", 0);
    for (const auto* identity : {"1", "2", "3", "4"})
        ASSERT_TRUE(put(make(identity)));
    settlement results;
    results.sink = "crm";
    results.position = 4;
    pending_delivery waiting;
    waiting.number = 2;
    results.pending = {waiting};
    results.dead = {{3, 5, time_point{}, "410"}};
    ASSERT_TRUE(settle(results));
    sweep();
    EXPECT_EQ(numbers(), (std::vector<sequence>{2, 3}));

    settlement later;
    later.sink = "crm";
    later.delivered = {2};
    ASSERT_TRUE(settle(later));
    sweep();
    EXPECT_EQ(numbers(), std::vector<sequence>{3});
}

TEST_F(file_retention_test, gives_space_back) {
    open(eager());
    deliver_up_to("file", 0);
    for (int i = 0; i < 40; ++i)
        ASSERT_TRUE(put(make(std::to_string(i), std::string(512 * 1024, 'x'))));
    deliver_up_to("file", 40);
    sweep_until([this] { return numbers().empty(); });
    // The log of a database in use is folded in when it is long; the file shrinks with it.
    sweep_until([this] {
        (void)put(make("more " + std::to_string(after(0).size()), std::string(512 * 1024, 'x')));
        deliver_up_to("file", 1'000'000);
        return std::filesystem::file_size(path()) < 12U * 1024 * 1024;
    });
}

TEST_F(file_retention_test, keeps_up_with_what_is_accepted_as_fast_as_can_be) {
    open(eager());
    deliver_up_to("file", 0);
    constexpr int groups = 40;
    constexpr std::size_t group = 250;
    for (int i = 0; i < groups; ++i) {
        put_many(group, "group " + std::to_string(i) + " event ");
        deliver_up_to("file", 1'000'000);
    }
    const auto left = after(0, groups * group, std::size_t{1} << 30).size();
    EXPECT_LT(left, groups * group / 2);
}

TEST_P(retention_test, keeps_to_a_size_by_removing_the_oldest_delivered) {
    auto bounded = eager();
    bounded.retain = 1h;
    bounded.max_size = 4 * 1024 * 1024;
    open(bounded);
    deliver_up_to("file", 0);
    for (int i = 0; i < 20; ++i)
        ASSERT_TRUE(put(make(std::to_string(i), make_random(512 * 1024))));
    sweep();
    EXPECT_EQ(numbers().size(), 20U);
    deliver_up_to("file", 20);
    sweep_until([this] { return numbers().size() <= 8; });
    sweep();
    const auto left = numbers();
    EXPECT_GE(left.size(), 5U);
    EXPECT_EQ(left.back(), 20);
}

TEST_P(retention_test, keeps_what_a_person_asked_for_again_until_it_is_settled) {
    open(eager());
    deliver_up_to("crm", 0);
    ASSERT_TRUE(put(make("1")));
    deliver_up_to("crm", 0, {1});
    ASSERT_EQ(apply(dead_letter_decision{"crm", {1}, dead_letter_decision::kind::retry}).value(), 1U);
    deliver_up_to("crm", 1);
    sweep();
    EXPECT_EQ(numbers(), std::vector<sequence>{1});
    settlement done;
    done.sink = "crm";
    done.delivered = {1};
    done.history = {attempt(1, history_entry::kind::delivered)};
    ASSERT_TRUE(settle(done));
    sweep();
    EXPECT_TRUE(numbers().empty());
    const auto reader = read_stored();
    for (const auto& one : run(context_, reader->deliveries(1)).value())
        EXPECT_TRUE(one.history.empty()) << one.sink;
}

TEST_P(retention_test, waits_for_a_sink_that_is_not_configured_until_it_is_removed) {
    open(eager());
    deliver_up_to("crm", 2);
    deliver_up_to("gone", 0);
    put_many(2);
    sweep();
    EXPECT_EQ(numbers().size(), 2U);
    ASSERT_EQ(apply(sink_removal{"gone"}).value(), 1U);
    sweep();
    EXPECT_TRUE(numbers().empty());
}

TEST_P(retention_test, removes_long_histories_in_steps) {
    open(eager());
    deliver_up_to("crm", 0);
    put_many(4);
    settlement results;
    results.sink = "crm";
    for (sequence number = 1; number <= 4; ++number) {
        for (int i = 0; i < 400; ++i)
            results.history.push_back(attempt(number, history_entry::kind::failed));
    }
    results.position = 4;
    ASSERT_TRUE(settle(results));
    sweep_until([this] { return numbers().empty(); });
    const auto reader = read_stored();
    EXPECT_TRUE(run(context_, reader->deliveries(1)).value().at(0).history.empty());
}

TEST_P(retention_test, takes_all_that_tells_of_an_event_along) {
    open(eager());
    deliver_up_to("crm", 0);
    for (const auto* stock : {"5", "4", "3"})
        ASSERT_TRUE(put(make_update("product/1", stock)));
    ASSERT_TRUE(put(make_update("product/2", "7")));
    settlement results;
    results.sink = "crm";
    results.position = 3;
    results.history = {attempt(1, history_entry::kind::failed), attempt(3, history_entry::kind::failed)};
    ASSERT_TRUE(settle(results));
    sweep_until([this] { return numbers() == std::vector<sequence>{4}; });
    EXPECT_EQ(count_rows("latest"), 1);
    EXPECT_EQ(count_rows("history"), 0);
    EXPECT_TRUE(put(make_update("product/2", "7")).value().duplicate);
}

TEST_P(retention_test, bounds_what_is_told_of_one_delivery) {
    open();
    deliver_up_to("crm", 0);
    ASSERT_TRUE(put(make("1")));
    for (int i = 0; i < 12; ++i) {
        settlement results;
        results.sink = "crm";
        for (int k = 0; k < 100; ++k)
            results.history.push_back(attempt(1, history_entry::kind::failed));
        ASSERT_TRUE(settle(results));
    }
    EXPECT_EQ(count_rows("history"), 1000);
}

TEST_P(retention_test, passes_over_what_is_dated_in_the_future) {
    open();
    deliver_up_to("crm", 0);
    put_many(6);
    deliver_up_to("crm", 6);
    close();
    const std::string leap = "UPDATE events SET accepted_at = accepted_at + ",
                      which = " WHERE number IN (2, 3, 6)";
    if (is_in_file())
        file_rows(path()).execute(leap + "31536000000" + which);
    else
        ask_postgres(leap + "interval '1 year'" + which);
    open(eager());
    sweep_until([this] { return numbers() == std::vector<sequence>{6}; });
}

TEST_F(file_retention_test, counts_a_log_that_has_grown) {
    auto bounded = eager();
    bounded.retain = 1h;
    bounded.max_size = 4 * 1024 * 1024;
    open(bounded);
    deliver_up_to("crm", 0);
    file_rows reader(path());
    reader.execute("BEGIN");
    EXPECT_EQ(reader.count("events"), 0);
    for (int i = 0; i < 12; ++i)
        ASSERT_TRUE(put(make(std::to_string(i), std::string(128 * 1024, 'x'))));
    deliver_up_to("crm", 12);
    sweep();
    EXPECT_EQ(numbers().size(), 12U) << "1.5 MiB";
    // The same pages again and again: the file holds no more, its log does.
    for (int i = 0; numbers().size() == 12; ++i) {
        settlement results;
        results.sink = "crm";
        results.history = {attempt(12, history_entry::kind::failed, std::string(2000, 'x'))};
        ASSERT_TRUE(settle(results));
        ASSERT_LT(i, 10'000);
    }
    EXPECT_GT(std::filesystem::file_size(path() + "-wal"), 4U * 1024 * 1024);

    // And it shrinks again once nobody reads.
    reader.execute("ROLLBACK");
    sweep_until([this] { return std::filesystem::file_size(path() + "-wal") < 4U * 1024 * 1024; });
}

TEST_P(retention_test, never_lends_a_removed_number_again_without_any_sink) {
    open(eager());
    put_many(3);
    const auto bound = std::chrono::steady_clock::now() + 30s;
    while (!numbers().empty() && std::chrono::steady_clock::now() < bound)
        (void)apply(pause_request{"nobody", true});
    close();
    auto patient = eager();
    patient.retain = 1h;
    open(patient);
    ASSERT_TRUE(put(make("four")));
    EXPECT_EQ(numbers(), std::vector<sequence>{4});
}

INSTANTIATE_TEST_SUITE_P(engine, retention_test, every_engine, engine_name);

}  // namespace

}  // namespace shopbell::test
