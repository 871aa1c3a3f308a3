#include <shopbell/inbox/postgres/postgres_inbox.hpp>

#include "change_rows.hpp"
#include "hosts.hpp"
#include "keeper.hpp"
#include "reader.hpp"
#include "writer.hpp"

#include <shopbell/core/uuid.hpp>

#include <utility>
#include <variant>

namespace shopbell {

namespace {

using namespace postgres;

/// For each of the transactions of a person's decision.
constexpr std::chrono::milliseconds longest_change{5'000};

class postgres_inbox final : public inbox {
public:
    postgres_inbox(postgres_settings settings, std::string owner, std::shared_ptr<log> lines)
        : settings_(std::move(settings)),
          inbox_(std::make_shared<known_inbox>()),
          hosts_(settings_, inbox_),
          keeper_(keeper_surroundings(), std::move(owner), settings_, server_, ids_, lines),
          reader_(reader_surroundings(), server_, ids_),
          changes_(change_duties()),
          writer_(settings_, inbox_, lines) {
        stored_ = writer_.on_arrival([this] { arrivals_.call(); });
        changes_.start();
        writer_.start();
    }

    asio::awaitable<result<receipt>> put(arrival one) override {
        if (keeper_.has_unplaced_sinks())
            co_return unreached();
        co_return co_await writer_.put(std::move(one));
    }

    asio::awaitable<result<std::vector<receipt>>> put_all(std::vector<arrival> all) override {
        if (keeper_.has_unplaced_sinks())
            co_return unreached();
        co_return co_await writer_.put_all(std::move(all));
    }

    asio::awaitable<result<void>> settle(settlement results) override {
        return keeper_.settle(std::move(results));
    }

    asio::awaitable<result<std::size_t>> apply(change decision) override {
        sort_numbers(decision);
        auto task = [decision = std::make_shared<const change>(std::move(decision))](connection& database) {
            const auto act = [&database](const auto& what) {
                return postgres::apply(database, what, longest_change);
            };
            return std::visit(act, *decision);
        };
        return changes_.ask<std::size_t>(std::move(task));
    }

    asio::awaitable<result<sink_progress>> open_sink(std::string name) override {
        return keeper_.open_sink(std::move(name));
    }
    void close_sink(const std::string& name) override { keeper_.close_sink(name); }
    [[nodiscard]] steady_point held_until(const std::string& sink) const override {
        return keeper_.held_until(sink);
    }
    [[nodiscard]] subscription on_sink_change(std::function<void(const std::string&)> tell) override {
        return keeper_.on_sink_change(std::move(tell));
    }

    asio::awaitable<result<std::vector<stored_event>>> read_after(sequence position, std::size_t count,
                                                                  std::size_t bytes) override {
        return reader_.read_after(position, count, bytes);
    }
    asio::awaitable<result<std::optional<stored_event>>> read_head_after(sequence position) override {
        return reader_.read_head_after(position);
    }
    asio::awaitable<result<std::vector<pending_delivery>>> read_queued(std::string sink, sequence after,
                                                                       std::size_t count) override {
        return reader_.read_queued(std::move(sink), after, count);
    }
    asio::awaitable<result<std::optional<stored_event>>> read(sequence number) override {
        return reader_.read(number);
    }

    [[nodiscard]] subscription on_arrival(std::function<void()> wake) override {
        return arrivals_.add(std::move(wake));
    }

    [[nodiscard]] std::optional<std::string> trouble() const override {
        if (auto why = writer_.trouble())
            return why;
        return keeper_.trouble();
    }
    void ping(std::function<void()> answered) override { writer_.ping(std::move(answered)); }

private:
    failure unreached() const {
        const auto why = trouble();
        return {errc::unavailable, why.value_or("the inbox has not been reached since the start")};
    }

    keeper::surroundings keeper_surroundings() {
        return {.open = [this] { return hosts_.open(); },
                .is_late = [this](const std::string& host) { hosts_.put_last(host); }};
    }

    reader::surroundings reader_surroundings() {
        return {.open = [this](const std::string& host) { return open_there(host); },
                .lost = [this] { keeper_.end_era(); },
                .arrived = [this] { arrivals_.call(); },
                .is_waited_for = [this] { return !arrivals_.empty(); }};
    }

    session::duties change_duties() {
        session::duties duties;
        duties.thread = "inbox-changes";
        duties.open = [this]() -> answer<connection> {
            const auto place = server_.wait(std::chrono::steady_clock::now() + settings_.patience);
            if (!place)
                return error{errc::unavailable, "", unreached().reason};
            changes_since_ = place->since;
            return open_there(place->host);
        };
        duties.is_current = [this] { return server_.current() == changes_since_; };
        return duties;
    }

    answer<connection> open_there(const std::string& host) const {
        auto only = settings_;
        only.hosts = {host};
        return host_rotation(only, inbox_).open();
    }

    const postgres_settings settings_;
    const std::shared_ptr<known_inbox> inbox_;
    agreed_server server_;
    read_ids ids_;
    arrival_listeners arrivals_;
    host_rotation hosts_;         ///< only on the keeper's thread
    era changes_since_ = no_era;  ///< only on the thread of changes_

    // The keeper ends last: it gives back what the others use.
    keeper keeper_;
    reader reader_;
    session changes_;
    writer writer_;
    subscription stored_;
};

}  // namespace

result<std::unique_ptr<inbox>> open_postgres_inbox(postgres_settings settings, std::shared_ptr<log> lines) {
    uuid_source ids;
    return std::make_unique<postgres_inbox>(std::move(settings), to_string(ids.next(now())),
                                            std::move(lines));
}

}  // namespace shopbell
