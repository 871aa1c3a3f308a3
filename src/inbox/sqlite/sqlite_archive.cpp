#include <shopbell/inbox/archive.hpp>

#include "code_report.hpp"
#include "event_search.hpp"
#include "progress_report.hpp"
#include "reading.hpp"
#include "schema.hpp"
#include "storage_files.hpp"

#include <shopbell/core/async.hpp>
#include <shopbell/inbox/sqlite/sqlite_inbox.hpp>

#include <boost/asio/thread_pool.hpp>

#include <utility>

namespace shopbell {

namespace {

/// What is read on the archive's thread, or before it has one.
struct archive_reader {
    sqlite::connection database;
    event_search events;  // behind the connection: their statements end before it does
    progress_report progress;
    code_report codes;

    [[nodiscard]] result<void> open(const std::string& path);
    [[nodiscard]] result<std::vector<event_report>> report(const std::vector<sequence>& numbers);
};

result<void> archive_reader::open(const std::string& path) {
    if (auto opened = open_for_reading(database, path); !opened)
        return opened;
    for (const int code : {events.attach(database), progress.attach(database), codes.attach(database)}) {
        if (code != SQLITE_OK)
            return describe_failure(database, code, "reading the inbox " + path);
    }
    return {};
}

result<std::vector<event_report>> archive_reader::report(const std::vector<sequence>& numbers) {
    auto stored = events.read_all(numbers);
    if (!stored)
        return stored.error();
    std::vector<event_report> found;
    for (auto& event : *stored) {
        auto states = progress.deliveries(event.number);
        if (!states)
            return states.error();
        found.push_back({std::move(event), *std::move(states)});
    }
    return found;
}

class sqlite_archive final : public archive {
public:
    sqlite_archive(std::string path, std::unique_ptr<archive_reader> reader)
        : path_(std::move(path)), reader_(std::move(reader)) {}
    ~sqlite_archive() override { thread_.join(); }
    sqlite_archive(const sqlite_archive&) = delete;
    sqlite_archive& operator=(const sqlite_archive&) = delete;

    asio::awaitable<result<page<event_summary>>> list(event_filter filter, std::optional<sequence> cursor,
                                                      std::size_t limit) override {
        auto work = [this, filter = std::move(filter), cursor, limit] {
            return reader_->events.list(filter, cursor, limit);
        };
        co_return co_await run_on(thread_.get_executor(), std::move(work));
    }

    asio::awaitable<result<page<stored_event>>> read(event_filter filter, sequence cursor,
                                                     std::size_t limit) override {
        auto work = [this, filter = std::move(filter), cursor, limit] {
            return reader_->events.read(filter, cursor, limit);
        };
        co_return co_await run_on(thread_.get_executor(), std::move(work));
    }

    asio::awaitable<result<std::optional<stored_event>>> find(std::string id) override {
        auto work = [this, id = std::move(id)] { return reader_->events.find(id); };
        co_return co_await run_on(thread_.get_executor(), std::move(work));
    }

    asio::awaitable<result<std::vector<std::string>>> ids_beginning_with(std::string text,
                                                                         std::size_t limit) override {
        auto work = [this, text = std::move(text), limit] {
            return reader_->events.ids_beginning_with(text, limit);
        };
        co_return co_await run_on(thread_.get_executor(), std::move(work));
    }

    asio::awaitable<result<id_page>> ids_ending_with(std::string text, std::optional<std::string> cursor,
                                                     std::size_t limit) override {
        auto work = [this, text = std::move(text), cursor = std::move(cursor), limit] {
            return reader_->events.ids_ending_with(text, cursor, limit);
        };
        co_return co_await run_on(thread_.get_executor(), std::move(work));
    }

    asio::awaitable<result<std::vector<delivery_state>>> deliveries(sequence number) override {
        auto work = [this, number] { return reader_->progress.deliveries(number); };
        co_return co_await run_on(thread_.get_executor(), std::move(work));
    }

    asio::awaitable<result<std::optional<reception_report>>> received(sequence number) override {
        auto work = [this, number] { return reader_->progress.received(number); };
        co_return co_await run_on(thread_.get_executor(), std::move(work));
    }

    asio::awaitable<result<dead_page>> dead_letters(std::string sink, std::optional<dead_cursor> cursor,
                                                    std::size_t limit) override {
        auto work = [this, sink = std::move(sink), cursor = std::move(cursor), limit] {
            return reader_->progress.dead_letters(sink, cursor, limit);
        };
        co_return co_await run_on(thread_.get_executor(), std::move(work));
    }

    asio::awaitable<result<std::vector<sink_record>>> sinks() override {
        auto work = [this] { return reader_->progress.sinks(); };
        co_return co_await run_on(thread_.get_executor(), std::move(work));
    }

    asio::awaitable<result<std::vector<code_pool>>> code_pools(std::string endpoint) override {
        auto work = [this, endpoint = std::move(endpoint)] { return reader_->codes.pools(endpoint); };
        co_return co_await run_on(thread_.get_executor(), std::move(work));
    }

    asio::awaitable<result<std::vector<given_code>>> given_codes(std::string endpoint, std::string product,
                                                                 sequence after, std::size_t limit) override {
        auto work = [this, endpoint = std::move(endpoint), product = std::move(product), after, limit] {
            return reader_->codes.given(endpoint, product, after, limit);
        };
        co_return co_await run_on(thread_.get_executor(), std::move(work));
    }

    asio::awaitable<result<std::vector<code_state>>> code_states(std::string endpoint,
                                                                 std::vector<std::string> codes) override {
        auto work = [this, endpoint = std::move(endpoint), codes = std::move(codes)] {
            return reader_->codes.states(endpoint, codes);
        };
        co_return co_await run_on(thread_.get_executor(), std::move(work));
    }

    asio::awaitable<result<inbox_extent>> extent() override {
        auto work = [this]() -> result<inbox_extent> {
            auto measured = reader_->progress.extent();
            if (measured)
                measured->free_disk = free_space(path_);
            return measured;
        };
        co_return co_await run_on(thread_.get_executor(), std::move(work));
    }

    asio::awaitable<result<std::vector<sequence>>> numbers_before(std::vector<time_point> times) override {
        auto work = [this, times = std::move(times)] { return reader_->events.numbers_before(times); };
        co_return co_await run_on(thread_.get_executor(), std::move(work));
    }

    asio::awaitable<result<std::vector<event_report>>> report(std::vector<sequence> numbers) override {
        auto work = [this, numbers = std::move(numbers)] { return reader_->report(numbers); };
        co_return co_await run_on(thread_.get_executor(), std::move(work));
    }

    asio::awaitable<result<page<event_summary>>> list_subject(std::string subject, event_filter filter,
                                                              std::optional<sequence> cursor,
                                                              std::size_t limit) override {
        auto work = [this, subject = std::move(subject), filter = std::move(filter), cursor, limit] {
            return reader_->events.list_subject(subject, filter, cursor, limit);
        };
        co_return co_await run_on(thread_.get_executor(), std::move(work));
    }

    asio::awaitable<result<page<event_summary>>> search(event_filter filter, predicate wanted,
                                                        std::optional<sequence> cursor,
                                                        std::size_t limit) override {
        auto work = [this, filter = std::move(filter), wanted = std::move(wanted), cursor, limit] {
            return reader_->events.search(filter, wanted, cursor, limit);
        };
        co_return co_await run_on(thread_.get_executor(), std::move(work));
    }

    asio::awaitable<result<page<waiting_record>>> waiting(std::string sink, sequence cursor,
                                                          std::size_t limit) override {
        auto work = [this, sink = std::move(sink), cursor, limit] {
            return reader_->progress.waiting(sink, cursor, limit);
        };
        co_return co_await run_on(thread_.get_executor(), std::move(work));
    }

    asio::awaitable<result<sequence>> newest() override {
        auto work = [this] { return reader_->events.newest(); };
        co_return co_await run_on(thread_.get_executor(), std::move(work));
    }

private:
    const std::string path_;
    std::unique_ptr<archive_reader> reader_;  // only on the thread, once that exists
    asio::thread_pool thread_{1};
};

}  // namespace

result<std::unique_ptr<archive>> open_sqlite_archive(const std::string& path) {
    auto reader = std::make_unique<archive_reader>();
    if (auto opened = reader->open(path); !opened)
        return opened.error();
    return std::make_unique<sqlite_archive>(path, std::move(reader));
}

}  // namespace shopbell
