#include <shopbell/inbox/sqlite_inbox.hpp>

#include "schema.hpp"
#include "storage_files.hpp"
#include "writer.hpp"

#include <filesystem>

namespace shopbell {

namespace {

namespace asio = boost::asio;

constexpr std::string_view event_columns =
    "SELECT number, id, accepted_at, endpoint, provider, type, subject, store, headers, body FROM events";

time_point time_from(std::int64_t milliseconds) {
    return time_point{std::chrono::milliseconds{milliseconds}};
}

stored_event event_from(const sqlite::statement& row) {
    stored_event one;
    one.number = row.integer(0);
    one.id = row.bytes(1);
    one.accepted_at = time_from(row.integer(2));
    one.endpoint = row.bytes(3);
    one.provider = row.bytes(4);
    one.type = row.bytes(5);
    one.subject = row.bytes(6);
    one.store = row.bytes(7);
    one.fields = unpack_headers(row.bytes(8));
    one.body = row.bytes(9);
    return one;
}

/// The reading side: a connection that cannot write, checkpoint or keep the log from being reset for longer
/// than one call.
class event_reader {
public:
    [[nodiscard]] result<void> open(const std::string& path) {
        int code = database_.open(path, sqlite::access::read_only);
        if (code == SQLITE_OK)
            code = database_.execute("PRAGMA wal_autocheckpoint=0; PRAGMA mmap_size=0;");
        if (code == SQLITE_OK)
            code = sqlite3_db_config(database_.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        const struct {
            sqlite::statement& into;
            std::string sql;
        } all[] = {
            {after_, std::string(event_columns) + " WHERE number > ?1 ORDER BY number LIMIT ?2"},
            {one_, std::string(event_columns) + " WHERE number = ?1"},
            {position_, "SELECT position FROM sinks WHERE name = ?1"},
            {pending_,
             "SELECT number, subject, attempts, first_attempt, next_attempt, last_error FROM deliveries"
             " WHERE sink = ?1 AND state = 0 ORDER BY number"},
        };
        for (const auto& [into, sql] : all) {
            if (code == SQLITE_OK)
                code = database_.prepare(sql, into);
        }
        if (code != SQLITE_OK)
            return describe_failure(database_, code, "reading the inbox " + path);
        return {};
    }

    [[nodiscard]] result<std::vector<stored_event>> after(sequence position, std::size_t count,
                                                          std::size_t bytes) {
        const sqlite::use rows(after_);
        rows->bind(1, position);
        rows->bind(2, static_cast<std::int64_t>(count));
        std::vector<stored_event> events;
        std::size_t size = 0;
        int code = SQLITE_ROW;
        while (size < bytes && (code = rows->step()) == SQLITE_ROW) {
            events.push_back(event_from(*rows.operator->()));
            size += events.back().body.size();
        }
        if (code != SQLITE_ROW && code != SQLITE_DONE)
            return trouble(code);
        return events;
    }

    [[nodiscard]] result<std::optional<stored_event>> one(sequence number) {
        const sqlite::use row(one_);
        row->bind(1, number);
        const int code = row->step();
        if (code == SQLITE_ROW)
            return std::optional(event_from(*row.operator->()));
        if (code == SQLITE_DONE)
            return std::optional<stored_event>();
        return trouble(code);
    }

    [[nodiscard]] result<std::optional<sink_progress>> progress(const std::string& sink) {
        sink_progress found;
        {
            const sqlite::use row(position_);
            row->bind(1, sink);
            const int code = row->step();
            if (code == SQLITE_DONE)
                return std::optional<sink_progress>();
            if (code != SQLITE_ROW)
                return trouble(code);
            found.position = row->integer(0);
        }
        const sqlite::use rows(pending_);
        rows->bind(1, sink);
        int code = SQLITE_OK;
        while ((code = rows->step()) == SQLITE_ROW) {
            pending_delivery one;
            one.number = rows->integer(0);
            one.subject = rows->bytes(1);
            one.attempts = static_cast<unsigned>(rows->integer(2));
            one.first_attempt = time_from(rows->integer(3));
            one.next_attempt = time_from(rows->integer(4));
            one.last_error = rows->bytes(5);
            found.pending.push_back(std::move(one));
        }
        if (code != SQLITE_DONE)
            return trouble(code);
        return std::optional(std::move(found));
    }

    [[nodiscard]] sequence last_number() {
        return database_.query("SELECT coalesce(max(number), 0) FROM events", 0);
    }

private:
    [[nodiscard]] failure trouble(int code) const {
        return describe_failure(database_, code, "reading the inbox");
    }

    sqlite::connection database_;
    sqlite::statement after_, one_, position_, pending_;
};

class sqlite_inbox final : public inbox {
public:
    sqlite_inbox(descriptor lock, std::unique_ptr<inbox_writer> writer, std::unique_ptr<event_reader> reader)
        : lock_(std::move(lock)), writer_(std::move(writer)), reader_(std::move(reader)) {}

    asio::awaitable<result<sink_progress>> open_sink(std::string name) override {
        auto known = reader_->progress(name);
        if (!known)
            co_return known.error();
        if (*known)
            co_return **std::move(known);
        settlement start;
        start.sink = name;
        start.position = reader_->last_number();
        sink_progress fresh;
        fresh.position = start.position;
        if (auto stored = co_await settle(std::move(start)); !stored)
            co_return stored.error();
        co_return fresh;
    }

    asio::awaitable<result<std::vector<stored_event>>> read_after(sequence position, std::size_t count,
                                                                  std::size_t bytes) override {
        co_return reader_->after(position, count, bytes);
    }

    asio::awaitable<result<std::optional<stored_event>>> read(sequence number) override {
        co_return reader_->one(number);
    }

    void on_arrival(std::function<void()> wake) override { writer_->on_commit(std::move(wake)); }

    [[nodiscard]] std::optional<std::string> trouble() const override { return writer_->trouble(); }

private:
    void start_put(arrival one, put_handler done) override {
        writer_->submit(put_job{std::move(one), std::move(done)});
    }
    void start_settle(settlement results, settle_handler done) override {
        writer_->submit(settle_job{std::move(results), std::move(done)});
    }

    // The reader goes first, so that the writer's last close can fold the log into the database; the lock
    // last.
    descriptor lock_;
    std::unique_ptr<inbox_writer> writer_;
    std::unique_ptr<event_reader> reader_;
};

}  // namespace

result<std::unique_ptr<inbox>> open_sqlite_inbox(sqlite_settings settings, std::shared_ptr<log> lines) {
    const auto path = settings.path;
    // The file (and so its directory) first: the lock file stands beside it.
    if (auto created = create_inbox_file(path); !created)
        return created.error();
    auto lock = lock_inbox(path);
    if (!lock)
        return lock.error();
    auto writer = std::make_unique<inbox_writer>(std::move(settings), std::move(lines));
    if (auto opened = writer->open(); !opened)
        return opened.error();
    auto reader = std::make_unique<event_reader>();
    if (auto opened = reader->open(path); !opened)
        return opened.error();
    writer->start();
    return std::make_unique<sqlite_inbox>(*std::move(lock), std::move(writer), std::move(reader));
}

}  // namespace shopbell
