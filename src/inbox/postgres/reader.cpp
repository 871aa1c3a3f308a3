#include "reader.hpp"

#include "event_rows.hpp"
#include "sink_rows.hpp"

#include <utility>

namespace shopbell::postgres {

namespace {

/// How soon an event that another daemon has accepted is noticed.
constexpr std::chrono::milliseconds poll_every{50};
/// A large page from a busy server.
constexpr std::chrono::milliseconds longest_read{10'000};
/// For a server to be agreed on.
constexpr std::chrono::milliseconds longest_wait{1'000};

deadline read_deadline() {
    return std::chrono::steady_clock::now() + longest_read;
}

}  // namespace

reader::reader(surroundings around, agreed_server& server, read_ids& ids)
    : around_(std::move(around)),
      server_(server),
      ids_(ids),
      session_({.thread = "inbox-reader",
                .open = [this] { return open(); },
                .is_current = [this] { return server_.current() == era_; },
                .lost =
                    [this](const std::string&, const error&) {
                        // Of an era that is over already it tells nothing new.
                        if (server_.current() == era_)
                            around_.lost();
                    },
                .work = [this] { return poll(); }}) {
    session_.start();
}

asio::awaitable<result<std::vector<stored_event>>> reader::read_after(sequence position, std::size_t count,
                                                                      std::size_t bytes) {
    auto task = [=, this](connection& database) {
        auto events = postgres::read_after(database, position, count, bytes, read_deadline());
        if (events) {
            for (const auto& each : *events)
                ids_.add(each, era_);
        }
        return events;
    };
    co_return co_await session_.ask<std::vector<stored_event>>(std::move(task));
}

asio::awaitable<result<std::optional<stored_event>>> reader::read_head_after(sequence position) {
    auto task = [=, this](connection& database) {
        auto event = postgres::read_head_after(database, position, read_deadline());
        if (event && *event)
            ids_.add(**event, era_);
        return event;
    };
    co_return co_await session_.ask<std::optional<stored_event>>(std::move(task));
}

asio::awaitable<result<std::vector<pending_delivery>>> reader::read_queued(std::string sink, sequence after,
                                                                           std::size_t count) {
    auto task = [sink = std::move(sink), after, count](connection& database) {
        return postgres::read_queued(database, sink, after, count, read_deadline());
    };
    co_return co_await session_.ask<std::vector<pending_delivery>>(std::move(task));
}

asio::awaitable<result<std::optional<stored_event>>> reader::read(sequence number) {
    auto task = [number](connection& database) { return read_event(database, number, read_deadline()); };
    co_return co_await session_.ask<std::optional<stored_event>>(std::move(task));
}

answer<connection> reader::open() {
    const auto place = server_.wait(std::chrono::steady_clock::now() + longest_wait);
    if (!place)
        return error{errc::unavailable, "", "no server of the inbox can be reached"};
    era_ = place->since;
    return around_.open(place->host);
}

/// Tells of what other daemons have accepted. Once more than enough rather than once too few: whoever waits
/// looks for himself.
session::clock::time_point reader::poll() {
    const auto again = session::clock::now() + poll_every;
    if (!around_.is_waited_for())
        return again;
    const auto newest =
        session_.run([](connection& database) { return read_newest(database, read_deadline()); });
    if (newest && *newest != std::exchange(newest_, *newest))
        around_.arrived();
    return again;
}

}  // namespace shopbell::postgres
