#include <shopbell/inbox/sqlite/sqlite_inbox.hpp>

#include "event_reader.hpp"
#include "event_seal.hpp"
#include "rows.hpp"
#include "storage_files.hpp"
#include "writer.hpp"

#include <shopbell/core/async.hpp>
#include <shopbell/inbox/keys.hpp>
#include <shopbell/inbox/put_together.hpp>
#include <shopbell/inbox/reception.hpp>

#include <utility>

namespace shopbell {

namespace {

namespace asio = boost::asio;

/// Brings the answer of an engine's thread back to the caller's executor, which stays alive until then.
template <class Value, class Done>
auto return_to(asio::any_io_executor home, Done done) {
    return [guard = asio::make_work_guard(home), done = std::move(done)](Value value) mutable {
        asio::post(guard.get_executor(), asio::append(std::move(done), std::move(value)));
    };
}

/// What the delivery stands for where its sale gets no codes.
std::optional<put_job::codeless_sale> without_codes(const arrival& one, std::string_view lines) {
    if (!one.codes)
        return std::nullopt;
    const auto content = event_seal::of_content(one.endpoint, one.provider, one.codes->type_without,
                                                one.subject, one.store, lines, one.body);
    return put_job::codeless_sale{keys_without_codes(one), content};
}

class sqlite_inbox final : public inbox {
public:
    sqlite_inbox(inbox_lock lock, std::unique_ptr<inbox_writer> writer, std::unique_ptr<event_reader> reader)
        : lock_(std::move(lock)), writer_(std::move(writer)), reader_(std::move(reader)) {}

    asio::awaitable<result<receipt>> put(arrival one) override {
        const asio::any_io_executor home = co_await asio::this_coro::executor;
        // g++ 12: named, captures by reference only.
        auto start = [this, &one, &home](auto done) { start_put(std::move(one), home, std::move(done)); };
        co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(result<receipt>)>(
            std::move(start), asio::use_awaitable);
    }

    asio::awaitable<result<std::vector<receipt>>> put_all(std::vector<arrival> all) override {
        auto start = [this](arrival one, const asio::any_io_executor& home, put_handler done) {
            start_put(std::move(one), home, std::move(done));
        };
        return put_together(std::move(all), start);
    }

    asio::awaitable<result<void>> settle(settlement results) override {
        const asio::any_io_executor home = co_await asio::this_coro::executor;
        auto start = [this, &results, &home](auto done) {
            auto answer = return_to<result<void>>(home, std::move(done));
            writer_->submit(settle_job{std::move(results), std::move(answer)});
        };
        co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(result<void>)>(
            std::move(start), asio::use_awaitable);
    }

    asio::awaitable<result<std::size_t>> apply(change decision) override {
        sort_numbers(decision);
        const asio::any_io_executor home = co_await asio::this_coro::executor;
        auto start = [this, &decision, &home](auto done) {
            auto answer = return_to<result<std::size_t>>(home, std::move(done));
            writer_->submit(change_job{std::move(decision), std::move(answer), {}});
        };
        co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(result<std::size_t>)>(
            std::move(start), asio::use_awaitable);
    }

    asio::awaitable<result<sink_progress>> open_sink(std::string name) override {
        auto known = heard(reader_->progress(name));
        if (!known)
            co_return known.error();
        if (*known)
            co_return **std::move(known);
        const auto last = heard(reader_->last_number());
        if (!last)
            co_return last.error();
        settlement start;
        start.sink = name;
        start.begins = true;
        start.position = *last;
        sink_progress fresh;
        fresh.position = start.position;
        if (auto stored = co_await settle(std::move(start)); !stored)
            co_return stored.error();
        co_return fresh;
    }

    asio::awaitable<result<std::vector<stored_event>>> read_after(sequence position, std::size_t count,
                                                                  std::size_t bytes) override {
        co_return heard(reader_->after(position, count, bytes));
    }

    asio::awaitable<result<std::optional<stored_event>>> read_head_after(sequence position) override {
        co_return reader_->head_after(position);
    }

    asio::awaitable<result<std::vector<pending_delivery>>> read_queued(std::string sink, sequence after,
                                                                       std::size_t count) override {
        co_return heard(reader_->queued(sink, after, count));
    }

    asio::awaitable<result<std::optional<stored_event>>> read(sequence number) override {
        co_return heard(reader_->one(number));
    }

    [[nodiscard]] subscription on_arrival(std::function<void()> wake) override {
        return writer_->on_arrival(std::move(wake));
    }

    [[nodiscard]] std::optional<std::string> trouble() const override { return writer_->trouble(); }

    void ping(std::function<void()> answered) override { writer_->ping(std::move(answered)); }

private:
    /// What cannot be read cannot be delivered: the writer hears of it and promises nothing more.
    template <class Value>
    result<Value> heard(result<Value> read) {
        if (read)
            writer_->reading_worked();
        else if (read.error().code != errc::busy)
            writer_->reading_failed(read.error());
        return read;
    }

    void start_put(arrival one, const asio::any_io_executor& home, put_handler done) {
        auto keys = keys_of(one);
        auto lines = pack_headers(one.fields);
        auto codeless = without_codes(one, lines);
        auto received = pack_reception(one.received);
        one.identity = std::string();
        one.former_identity = std::string();
        const auto content = event_seal::of_content(one.endpoint, one.provider, one.type, one.subject,
                                                    one.store, lines, one.body);
        put_caller caller{asio::make_work_guard(home), std::move(done)};
        writer_->submit(std::make_unique<put_job>(put_job{std::move(one), std::move(keys), std::move(lines),
                                                          std::move(received), content, std::move(codeless),
                                                          std::move(caller)}));
    }

    // The reader goes first, so that the writer's last close can fold the log into the database; the lock
    // last.
    inbox_lock lock_;
    std::unique_ptr<inbox_writer> writer_;
    std::unique_ptr<event_reader> reader_;
};

}  // namespace

result<std::unique_ptr<inbox>> open_sqlite_inbox(sqlite_settings settings, std::shared_ptr<log> lines) {
    // The file (and so its directory) first: the lock file stands beside it.
    if (auto created = create_inbox_file(settings.path); !created)
        return created.error();
    const auto path = settings.path = resolve_links(settings.path);
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
