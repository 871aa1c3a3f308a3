#include "put_fixture.hpp"
#include "rows_fixture.hpp"
#include "support/inbox_file.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"

#include <shopbell/core/log.hpp>
#include <shopbell/inbox/postgres/contents.hpp>
#include <shopbell/inbox/sqlite/contents.hpp>
#include <shopbell/inbox/sqlite/sqlite_inbox.hpp>

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace shopbell::test {
namespace {

/// An inbox in a file, with something of everything, and an empty one on the server.
class contents_test : public postgres_rows_test {
protected:
    void SetUp() override {
        postgres_rows_test::SetUp();
        if (IsSkipped())
            return;
        open();
    }

    [[nodiscard]] std::string path() const { return folder_.file("inbox.db"); }

    void open() {
        sqlite_settings chosen;
        chosen.path = path();
        chosen.min_free = 0;
        file_ = open_sqlite_inbox(std::move(chosen), log::null()).value();
    }
    void close() { file_.reset(); }

    std::string put_event(int number) {
        arrival event;
        event.endpoint = "shop";
        event.provider = "jumpseller";
        event.type = "jumpseller.order.paid";
        event.subject = "order/" + std::to_string(number);
        event.store = "main";
        event.identity = "identity " + std::to_string(number);
        event.recurs = number % 2 == 0;
        event.fields = {{"X-Number", std::to_string(number)}};
        event.body = "body of " + std::to_string(number) + std::string("\0\xff", 2);
        return run(context_, file_->put(std::move(event))).value().id;
    }
    arrival sale(const std::string& transaction) {
        arrival event;
        event.endpoint = "codes";
        event.provider = "ejunkie";
        event.type = "ejunkie.order.paid";
        event.subject = "order/" + transaction;
        event.identity = "sale " + transaction;
        event.body = "txn_id=" + transaction;
        event.codes.emplace();
        event.codes->transaction = transaction;
        event.codes->item = "1";
        event.codes->product = "100200";
        event.codes->count = 1;
        event.codes->type_without = "ejunkie.code_missing";
        return event;
    }
    void settle(settlement results) { ASSERT_TRUE(run(context_, file_->settle(std::move(results)))); }
    template <class Change>
    void apply(Change what) {
        ASSERT_TRUE(run(context_, file_->apply(std::move(what))));
    }

    /// Five events, of which the last is a sale; the sink "crm" has had three, one of them in vain and one of
    /// them not yet.
    void fill() {
        for (int i = 1; i <= 4; ++i)
            ids_.push_back(put_event(i));
        (void)put_event(2);  // again
        apply(code_addition{"codes", "100200", {"A-1", "A-2", "A-3"}});
        apply(code_voiding{"codes", {"A-3"}});
        ids_.push_back(run(context_, file_->put(sale("T1"))).value().id);
        settlement results;
        results.sink = "crm";
        results.begins = true;
        results.position = 3;
        results.pending = {pending(3, 2)};
        dead_delivery dead;
        dead.number = 2;
        dead.attempts = 4;
        dead.died_at = time_point{1'796'000'000'000ms};
        dead.last_error = "410";
        results.dead = {dead};
        for (int i = 0; i < 3; ++i) {
            history_entry entry;
            entry.number = 2;
            entry.what = history_entry::kind::failed;
            entry.at = time_point{1'796'000'000'000ms} + std::chrono::seconds(i);
            entry.took = 12ms;
            entry.error = "try " + std::to_string(i);
            entry.response = std::string("\xfe", 1) + "no";
            entry.status = 410;
            results.history.push_back(entry);
        }
        settle(results);
        settlement other;
        other.sink = "disk";
        other.begins = true;
        other.position = 5;
        settle(other);
        apply(pause_request{"disk", true});
        apply(replay_request{"disk", {1}});
    }

    result<contents::outline> copy() {
        auto receiver = receive_in_postgres(settings());
        if (!receiver)
            return receiver.error();
        return give_sqlite_contents(path(), **receiver);
    }
    static postgres_settings settings() {
        postgres_settings chosen;
        chosen.hosts = {"127.0.0.1"};
        chosen.port = server_->port();
        chosen.database = "shop";
        chosen.user = "shop";
        chosen.standby = standby_demand::none;
        return chosen;
    }
    static std::string ask(const std::string& sql) {
        return server_->ask("SET search_path = shopbell; " + sql);
    }

    temp_dir folder_;
    boost::asio::io_context context_{1};
    std::unique_ptr<inbox> file_;
    std::vector<std::string> ids_;
};

TEST_F(contents_test, all_of_it_is_there_under_the_same_numbers_and_ids) {
    fill();
    close();
    const auto copied = copy();
    ASSERT_TRUE(copied) << copied.error().reason;
    EXPECT_EQ(event_count(*copied), 5U);
    EXPECT_EQ(copied->last_number, 5);
    for (sequence number = 1; number <= 5; ++number) {
        const auto event = pg::read_event(*database_, number, soon()).value().value();
        EXPECT_EQ(event.id, ids_.at(static_cast<std::size_t>(number - 1)));
    }
    const auto second = pg::read_event(*database_, 2, soon()).value().value();
    EXPECT_EQ(second.body, "body of 2" + std::string("\0\xff", 2));
    EXPECT_EQ(value_of(second.fields, "X-Number"), "2");
    EXPECT_EQ(second.subject, "order/2");
    EXPECT_EQ(ask("SELECT number || ' ' || count FROM repeats"), "2 1");

    const auto crm = look("crm");
    EXPECT_EQ(crm.progress.position, 3);
    ASSERT_EQ(crm.progress.pending.size(), 1U);
    EXPECT_EQ(crm.progress.pending[0].number, 3);
    EXPECT_EQ(crm.progress.pending[0].attempts, 2U);
    EXPECT_EQ(crm.progress.pending[0].next_attempt, pending(3).next_attempt);
    EXPECT_TRUE(look("disk").progress.paused);
    EXPECT_EQ(ask("SELECT paused_at IS NOT NULL FROM sinks ORDER BY name"), "f\nt");
    EXPECT_EQ(pg::read_queued(*database_, "disk", 0, 10, soon()).value().at(0).number, 1);
    EXPECT_EQ(ask("SELECT number || ' ' || attempts || ' ' || last_error FROM deliveries WHERE state = 1"),
              "2 4 410");
    EXPECT_EQ(
        ask("SELECT what || ' ' || error || ' ' || status || ' ' || encode(response, 'hex') FROM history"
            " WHERE sink = 'crm' ORDER BY entry"),
        "1 try 0 410 fe6e6f\n1 try 1 410 fe6e6f\n1 try 2 410 fe6e6f");
    EXPECT_EQ(ask("SELECT code || ' ' || state || ' ' || txn FROM codes ORDER BY number"),
              "A-1 1 T1\nA-2 0 \nA-3 2 ");
    EXPECT_EQ(ask("SELECT free || ' ' || given FROM code_pools"), "1 1");
}

TEST_F(contents_test, what_comes_next_is_new_and_what_comes_again_is_known) {
    fill();
    close();
    ASSERT_TRUE(copy());
    EXPECT_EQ(ask("SELECT nextval('numbers')"), "6");
    // The code of the sale stays its own; the next one gets the next.
    EXPECT_EQ(ask("SELECT code FROM codes WHERE sale IS NOT NULL"), "A-1");
    EXPECT_EQ(ask("INSERT INTO codes (endpoint, product, code) VALUES ('codes', 'x', 'y') RETURNING number"),
              "4");
    const auto again = keys_of([] {
        arrival event;
        event.endpoint = "shop";
        event.identity = "identity 1";
        return event;
    }());
    const auto known = database_->run("SELECT number FROM events WHERE identity = $1",
                                      pg::parameters().bytes(again.row), soon());
    ASSERT_EQ(known.value().size(), 1U);
    EXPECT_EQ(known.value().number(0, 0), 1);
}

TEST_F(contents_test, more_than_one_part_arrives_in_order) {
    for (int i = 1; i <= 2500; ++i)
        (void)put_event(i);
    close();
    const auto copied = copy();
    ASSERT_TRUE(copied) << copied.error().reason;
    EXPECT_EQ(ask("SELECT count(*), min(number), max(number), count(DISTINCT id) FROM events"),
              "2500|1|2500|2500");
    EXPECT_EQ(ask("SELECT subject FROM events WHERE number = 2001"), "order/2001");
}

TEST_F(contents_test, a_file_that_a_daemon_uses_is_refused) {
    fill();
    const auto copied = copy();
    ASSERT_FALSE(copied);
    EXPECT_EQ(copied.error().code, errc::io);
    EXPECT_EQ(count("events"), 0);
}

TEST_F(contents_test, an_inbox_that_a_daemon_uses_is_refused) {
    fill();
    close();
    ASSERT_TRUE(leases_of(*database_, daemon_).claim(pg::lease_of_daemon(daemon_), 1h, soon()).value());
    const auto copied = copy();
    ASSERT_FALSE(copied);
    EXPECT_EQ(copied.error().code, errc::busy);
    EXPECT_EQ(count("events"), 0);
    // It was stopped.
    (void)ask("UPDATE leases SET owner = NULL");
    EXPECT_TRUE(copy());
}

TEST_F(contents_test, an_inbox_that_is_not_empty_stays_as_it_is) {
    fill();
    close();
    (void)put(1);
    const auto copied = copy();
    ASSERT_FALSE(copied);
    EXPECT_EQ(copied.error().code, errc::io);
    EXPECT_EQ(count("events"), 1);
    EXPECT_EQ(count("sinks"), 0);
}

TEST_F(contents_test, places_that_sinks_were_given_before_the_first_event_make_way) {
    fill();
    close();
    ASSERT_TRUE(pg::place_sink(*database_, "crm", soon()));
    ASSERT_TRUE(pg::place_sink(*database_, "gone", soon()));
    ASSERT_TRUE(copy());
    EXPECT_EQ(ask("SELECT name || ' ' || position FROM sinks ORDER BY name"), "crm 3\ndisk 5");
}

TEST_F(contents_test, nothing_is_stored_where_the_file_is_damaged) {
    fill();
    close();
    inbox_file(path()).execute("UPDATE events SET body = 'another' WHERE number = 4");
    const auto copied = copy();
    ASSERT_FALSE(copied);
    EXPECT_EQ(copied.error().code, errc::corrupt);
    EXPECT_EQ(count("events"), 0);
    EXPECT_EQ(count("sinks"), 0);
}

TEST_F(contents_test, nothing_is_stored_where_acknowledged_events_are_missing) {
    fill();
    close();
    inbox_file(path()).execute("DELETE FROM events WHERE number > 3; UPDATE sinks SET position = 3");
    const auto copied = copy();
    ASSERT_FALSE(copied);
    EXPECT_EQ(copied.error().code, errc::corrupt);
    EXPECT_EQ(count("events"), 0);
}

TEST_F(contents_test, a_file_that_is_not_there_is_not_made) {
    close();
    auto receiver = receive_in_postgres(settings()).value();
    const auto given = give_sqlite_contents(folder_.file("nowhere.db"), *receiver);
    ASSERT_FALSE(given);
    EXPECT_EQ(given.error().code, errc::io);
    EXPECT_FALSE(std::filesystem::exists(folder_.file("nowhere.db.lock")));
}

TEST_F(contents_test, what_does_not_arrive_whole_is_not_stored) {
    auto receiver = receive_in_postgres(settings()).value();
    contents::outline all;
    all.rows.front() = 2;
    all.last_number = 2;
    ASSERT_TRUE(receiver->begin(all));
    contents::event event;
    event.number = 1;
    event.id = make_uuid();
    ASSERT_TRUE(receiver->take(std::vector{event}));
    const auto ended = receiver->end();
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code, errc::corrupt);
    receiver.reset();
    EXPECT_EQ(count("events"), 0);
}

TEST_F(contents_test, no_daemon_writes_while_an_inbox_arrives) {
    auto receiver = receive_in_postgres(settings()).value();
    ASSERT_TRUE(receiver->begin(contents::outline()));
    auto other = connect();
    const auto placed = pg::place_sink(other, "crm", soon());
    ASSERT_FALSE(placed);
    EXPECT_EQ(placed.error().code, errc::busy);
    ASSERT_TRUE(receiver->end());
    EXPECT_TRUE(pg::place_sink(other, "crm", soon()));
}

}  // namespace
}  // namespace shopbell::test
