#include "answers.hpp"
#include "event_brief.hpp"
#include "live_stream.hpp"
#include "stream_signal.hpp"

#include <algorithm>

namespace shopbell {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t most_streams = 32;
constexpr std::size_t events_a_read = 100;
std::string one_line(std::string text) {
    std::ranges::replace_if(
        text, [](char c) { return c == '\r' || c == '\n'; }, ' ');
    return text;
}

std::string message_of(event_summary one, bool masked) {
    if (masked)
        (void)mask_summary(one);
    json_writer data;
    write_summary(data, one);
    return "id: " + one.id + "\nevent: " + one_line(one.type) + "\ndata: " + data.take() + "\n\n";
}

class event_stream final : public http::body_source {
public:
    event_stream(std::shared_ptr<api_state> in, std::string type, bool masked, sequence after,
                 const asio::any_io_executor& executor)
        : state_(std::move(in)),
          masked_(masked),
          after_(after),
          arrived_(std::make_shared<arrival_signal>(executor)) {
        filter_.type = std::move(type);
        auto wake = [signal = arrived_] { arrival_signal::raise(signal); };
        subscription_ = state_->around.store->on_arrival(std::move(wake));
        ++state_->streams;
    }
    ~event_stream() override { --state_->streams; }

    event_stream(const event_stream&) = delete;
    event_stream& operator=(const event_stream&) = delete;

    [[nodiscard]] asio::awaitable<std::string> next() override {
        // The head of the answer says little; this, that the stream is open.
        if (!std::exchange(open_, true))
            co_return std::string(stream_comment);
        const auto due = clock::now() + stream_heartbeat;
        while (clock::now() < due) {
            arrived_->clear();
            const auto newest = co_await state_->around.events.newest();
            auto filter = filter_;
            const auto part = co_await state_->around.events.read(std::move(filter), after_, events_a_read);
            if (!newest || !part)
                co_return std::string();  // the client comes again and goes on behind the last id
            if (auto messages = take(*part); !messages.empty())
                co_return messages;
            if (part->next)
                continue;
            after_ = std::max(after_, *newest);  // nothing up to there is for this stream
            if (!co_await arrived_->wait_until(due))
                break;
        }
        co_return std::string(stream_comment);
    }

private:
    std::string take(const page<stored_event>& part) {
        std::string messages;
        for (const auto& one : part.items) {
            messages += message_of(summary_of(one, event_state::pending), masked_);
            after_ = one.number;
        }
        if (part.next)
            after_ = std::max(after_, *part.next);
        return messages;
    }

    const std::shared_ptr<api_state> state_;
    event_filter filter_;
    const bool masked_;
    sequence after_;
    bool open_ = false;
    const std::shared_ptr<arrival_signal> arrived_;
    subscription subscription_;  // last: it goes first, and then nobody wakes us any more
};

/// Behind which event the stream begins: the one that the client saw last, or the newest.
asio::awaitable<result<sequence>> beginning(api_state& in, std::string last_seen) {
    if (!last_seen.empty()) {
        const auto found = co_await in.around.events.find(std::move(last_seen));
        if (!found)
            co_return found.error();
        if (*found)
            co_return (*found)->number;
    }
    co_return co_await in.around.events.newest();
}

}  // namespace

asio::awaitable<http::response> follow_events(api_state& in, api_call call) {
    if (in.around.store == nullptr)
        co_return not_running();
    const auto brief = read_switch(call.query, "brief");
    if (!brief)
        co_return bad_request(brief.error().reason);
    const auto mask = wants_mask(call);
    if (!mask)
        co_return bad_request(mask.error().reason);
    std::optional<stream_kinds> kinds;
    if (call.query.has("kinds")) {
        const auto given = stream_kinds::parse(call.query.value("kinds"));
        if (!given)
            co_return bad_request(given.error().reason);
        kinds = *given;
    }
    std::string last_seen(value_of(call.request.head.fields, "Last-Event-ID"));
    const auto after = co_await beginning(in, std::move(last_seen));
    if (!after)
        co_return failed(after.error());
    if (in.streams.load() >= most_streams)
        co_return http::response::error(503, "32 streams are open, which is the most");
    const auto executor = co_await asio::this_coro::executor;
    const std::string type(call.query.value("type"));
    const auto self = in.shared_from_this();
    http::response answer(200, std::string());
    answer.content_type = "text/event-stream";
    if (kinds)
        answer.stream =
            std::make_shared<live_stream>(self, live_settings{*kinds, type, *brief, *mask}, *after, executor);
    else
        answer.stream = std::make_shared<event_stream>(self, type, *mask, *after, executor);
    co_return answer;
}

}  // namespace shopbell
