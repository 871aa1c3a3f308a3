#include <shopbell/inbox/sqlite_inbox.hpp>

#include "event_reader.hpp"
#include "event_seal.hpp"
#include "keys.hpp"
#include "rows.hpp"
#include "storage_files.hpp"
#include "writer.hpp"

#include <algorithm>

namespace shopbell {

namespace {

namespace asio = boost::asio;

/// Named twice is asked for once.
void sort_numbers(change& decision) {
    const auto sort = [](auto& one) {
        if constexpr (requires { one.numbers; }) {
            std::sort(one.numbers.begin(), one.numbers.end());
            one.numbers.erase(std::unique(one.numbers.begin(), one.numbers.end()), one.numbers.end());
        }
    };
    std::visit(sort, decision);
}

/// What the delivery stands for where its sale gets no codes.
std::optional<put_job::codeless_sale> without_codes(const arrival& one, std::string_view lines) {
    if (!one.codes)
        return std::nullopt;
    const auto& type = one.codes->type_without;
    arrival other;
    other.endpoint = one.endpoint;
    other.store = one.store;
    other.type = type;
    other.subject = one.subject;
    other.identity = type + '\0' + one.identity;
    other.locality = one.locality;
    const auto content =
        event_seal::of_content(one.endpoint, one.provider, type, one.subject, one.store, lines, one.body);
    return put_job::codeless_sale{keys_of(other), content};
}

class sqlite_inbox final : public inbox {
public:
    sqlite_inbox(inbox_lock lock, std::unique_ptr<inbox_writer> writer, std::unique_ptr<event_reader> reader)
        : lock_(std::move(lock)), writer_(std::move(writer)), reader_(std::move(reader)) {}

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

    void start_put(arrival one, asio::any_io_executor home, put_handler done) override {
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
    void start_settle(settlement results, settle_handler done) override {
        writer_->submit(settle_job{std::move(results), std::move(done)});
    }
    void start_apply(change decision, apply_handler done) override {
        sort_numbers(decision);
        writer_->submit(change_job{std::move(decision), std::move(done), {}});
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
