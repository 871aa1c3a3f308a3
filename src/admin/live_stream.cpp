#include "live_stream.hpp"

#include "answers.hpp"
#include "delivery_report.hpp"
#include "endpoint_report.hpp"
#include "recent_events.hpp"

#include <shopbell/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace shopbell {

namespace {

constexpr std::chrono::seconds look_interval{1};
constexpr std::chrono::milliseconds accepted_interval{100};
constexpr sequence accepted_at_once = 100;
constexpr sequence furthest_behind = 1000;
constexpr std::size_t most_unsettled = 200;
constexpr std::size_t most_rejections = 20;

struct named_kind {
    std::string_view name;
    bool stream_kinds::*member;
};
constexpr std::array<named_kind, 6> all_kinds = {{{"accepted", &stream_kinds::accepted},
                                                  {"settled", &stream_kinds::settled},
                                                  {"sink", &stream_kinds::sink},
                                                  {"endpoint", &stream_kinds::endpoint},
                                                  {"rejection", &stream_kinds::rejection},
                                                  {"tick", &stream_kinds::tick}}};

std::string message(std::string_view kind, const std::string& items) {
    return fmt::format("event: {}\ndata: [{}]\n\n", kind, items);
}

void add_item(std::string& items, json_writer& item) {
    items += items.empty() ? "" : ",";
    items += item.take();
}

/// Empty where nothing is to be told.
std::string message_unless_empty(std::string_view kind, const std::string& items) {
    return items.empty() ? std::string() : message(kind, items);
}

/// What of a sink is told where it changes; a waiting time does so all the time.
std::string digest(const sink_view& sink) {
    const auto stored = sink.stored.value_or(sink_record());
    const auto live = sink.live.value_or(sink_status());
    return fmt::format("{} {} {} {} {} {} {} {}", state_of(sink), stored.lag, stored.pending, stored.queued,
                       stored.dead, live.delivered, live.failed, live.last_error);
}

std::string digest(const std::vector<shown_delivery>& deliveries) {
    std::string text;
    for (const auto& [sink, state] : deliveries)
        text += fmt::format("{}={} ", sink, state);
    return text;
}

bool is_settled(const std::vector<shown_delivery>& deliveries) {
    return std::ranges::none_of(deliveries, [](const shown_delivery& at) {
        return at.state == "waiting" || at.state == "pending" || at.state == "queued";
    });
}

/// Whether no sink has moved on, as far as a row shows it.
bool stand_alike(const std::vector<delivery_state>& before, const std::vector<delivery_state>& after) {
    return std::ranges::equal(before, after, [](const delivery_state& a, const delivery_state& b) {
        return a.sink == b.sink && a.what == b.what && a.history.size() == b.history.size();
    });
}

}  // namespace

result<stream_kinds> stream_kinds::parse(std::string_view text) {
    stream_kinds wanted;
    for (;;) {
        const auto comma = text.find(',');
        const auto found = std::ranges::find(all_kinds, text.substr(0, comma), &named_kind::name);
        if (found == all_kinds.end())
            return malformed("kinds: they are accepted, settled, sink, endpoint, rejection, tick");
        wanted.*found->member = true;
        if (comma == std::string_view::npos)
            return wanted;
        text.remove_prefix(comma + 1);
    }
}

live_stream::live_stream(std::shared_ptr<api_state> in, live_settings settings, sequence after,
                         const asio::any_io_executor& executor)
    : state_(std::move(in)),
      settings_(std::move(settings)),
      after_(after),
      next_look_(clock::now()),
      next_accepted_(clock::now()),
      heard_(clock::now()),
      pause_(executor),
      arrived_(std::make_shared<arrival_signal>(executor)) {
    if (state_->around.refused != nullptr)
        rejection_ = state_->around.refused->count().newest;
    auto wake = [signal = arrived_] { arrival_signal::raise(signal); };
    subscription_ = state_->around.store->on_arrival(std::move(wake));
    ++state_->streams;
}

live_stream::~live_stream() {
    --state_->streams;
}

asio::awaitable<std::string> live_stream::next() {
    // The head of the answer says little; this, that the stream is open. What changes is told from here on.
    if (!std::exchange(open_, true)) {
        const auto known = co_await tell_changes();
        next_look_ = clock::now() + look_interval;
        co_return std::string(stream_comment);
    }
    for (;;) {
        arrived_->clear();
        auto accepted = co_await tell_accepted();
        if (!accepted.empty()) {
            heard_ = clock::now();
            co_return accepted;
        }
        if (clock::now() >= next_look_) {
            next_look_ = clock::now() + look_interval;
            auto changes = co_await tell_changes();
            if (changes.empty() && clock::now() - heard_ >= stream_heartbeat)
                changes = stream_comment;
            if (!changes.empty()) {
                heard_ = clock::now();
                co_return changes;
            }
        }
        co_await arrived_->wait_until(next_look_);
    }
}

/// Empty where there is nothing new; an inbox that cannot be read now is asked again.
asio::awaitable<std::string> live_stream::tell_accepted() {
    if (!settings_.kinds.accepted && !settings_.kinds.settled)
        co_return std::string();
    if (clock::now() < next_accepted_) {
        pause_.expires_at(next_accepted_);
        co_await pause_.async_wait(as_result);
    }
    const auto newest = co_await state_->around.events.newest();
    if (!newest || *newest <= after_)
        co_return std::string();
    next_accepted_ = clock::now() + accepted_interval;
    if (*newest - after_ > furthest_behind) {
        json_writer item;
        item.begin_object().key("missed").integer(*newest - after_).end_object();
        after_ = *newest;
        co_return message("gap", item.take());
    }
    while (after_ < *newest) {
        const auto up_to = std::min(*newest, after_ + accepted_at_once);
        auto briefs = co_await state_->recent->read(*state_, after_, up_to);
        if (!briefs)
            co_return std::string();
        after_ = up_to;
        std::erase_if(*briefs, [&](const event_brief& brief) {
            return !settings_.type.empty() && !glob_match(settings_.type, brief.summary.type);
        });
        if (!briefs->empty())
            co_return describe_accepted(*std::move(briefs));
    }
    co_return std::string();
}

std::string live_stream::describe_accepted(std::vector<event_brief> briefs) {
    std::string items;
    const std::string last = briefs.back().summary.id;
    for (auto& brief : briefs) {
        if (settings_.mask)
            (void)mask_summary(brief.summary);
        json_writer item;
        if (settings_.brief)
            write_brief(item, brief, state_->around);
        else
            write_summary(item, brief.summary);
        add_item(items, item);
        keep_unsettled(std::move(brief));
    }
    if (!settings_.kinds.accepted)
        return {};
    return "id: " + last + "\n" + message("accepted", items);
}

void live_stream::keep_unsettled(event_brief brief) {
    if (!settings_.kinds.settled)
        return;
    auto states = digest(shown_deliveries(brief.deliveries, *brief.content, state_->around));
    unsettled_.push_back({std::move(brief), std::move(states)});
    unsettled_added_ = true;
    if (unsettled_.size() > most_unsettled)
        unsettled_.pop_front();
}

asio::awaitable<std::string> live_stream::tell_changes() {
    const auto sinks = co_await view_sinks_lately(*state_);
    std::string messages;
    if (sinks != nullptr) {
        std::string deliveries;
        for (const auto& sink : *sinks)
            deliveries += digest(sink);
        const bool moved = std::exchange(deliveries_, deliveries) != deliveries;
        if (std::exchange(unsettled_added_, false) || moved)
            messages += co_await tell_settled();
        messages += tell_sinks(*sinks);
    }
    messages += tell_endpoints();
    messages += tell_rejections();
    if (settings_.kinds.tick)
        messages += tell_tick(sinks.get());
    co_return messages;
}

asio::awaitable<std::string> live_stream::tell_settled() {
    std::string items;
    for (auto& event : unsettled_) {
        auto& brief = event.brief;
        auto deliveries = co_await state_->recent->deliveries(*state_, brief.summary.number);
        if (!deliveries)
            break;
        if (event.looked_at && stand_alike(brief.deliveries, *deliveries))
            continue;
        event.looked_at = true;
        brief.deliveries = *std::move(deliveries);
        brief.summary.state = overall_state(brief.deliveries);
        const auto shown = shown_deliveries(brief.deliveries, *brief.content, state_->around);
        event.settled = is_settled(shown);
        auto states = digest(shown);
        if (std::exchange(event.states, states) == states)
            continue;
        json_writer item;
        write_brief(item, brief, state_->around);
        add_item(items, item);
    }
    std::erase_if(unsettled_, [](const unsettled& event) { return event.settled; });
    co_return message_unless_empty("settled", items);
}

std::string live_stream::tell_sinks(const std::vector<sink_view>& sinks) {
    if (!settings_.kinds.sink)
        return {};
    std::string items;
    const bool first = sinks_.empty();
    for (const auto& sink : sinks) {
        auto present = digest(sink);
        if (std::exchange(sinks_[sink.settings.name], present) == present || first)
            continue;
        json_writer item;
        write_sink(item, sink, now());
        add_item(items, item);
    }
    return message_unless_empty("sink", items);
}

std::string live_stream::tell_endpoints() {
    if (!settings_.kinds.endpoint || state_->around.endpoints == nullptr)
        return {};
    std::string items;
    const bool first = endpoints_.empty();
    for (const auto& endpoint : state_->around.endpoints->read(clock::now())) {
        json_writer item;
        write_endpoint(item, endpoint, state_->around.refused);
        auto& told = endpoints_[endpoint.name];
        if (std::exchange(told, item.text()) != item.text() && !first)
            add_item(items, item);
    }
    return message_unless_empty("endpoint", items);
}

std::string live_stream::tell_rejections() {
    const auto* const refused = state_->around.refused;
    if (!settings_.kinds.rejection || refused == nullptr)
        return {};
    std::string items;
    auto newest = rejection_;
    for (auto& record : refused->list(std::nullopt, most_rejections).items) {
        if (record.number <= rejection_)
            continue;
        newest = std::max(newest, record.number);
        record.body.clear();  // who wants to see it asks for it
        json_writer item;
        write_rejection(item, record);
        add_item(items, item);
    }
    rejection_ = newest;
    return message_unless_empty("rejection", items);
}

/// The rate, and what was counted since the start: what charts go on with.
std::string live_stream::tell_tick(const std::vector<sink_view>* sinks) const {
    const auto& around = state_->around;
    const auto number = [](json_writer& out, std::string_view name, std::uint64_t value) {
        out.key(name).integer(static_cast<long long>(value));
    };
    json_writer item;
    item.begin_object().field("now", to_rfc3339(now()));
    if (around.counted != nullptr)
        item.key("per_minute").raw(fmt::format("{:.1f}", around.counted->accepted_per_minute(now())));
    if (around.refused != nullptr)
        number(item, "rejections", around.refused->count().kinds);
    if (around.endpoints != nullptr) {
        counted_requests sum;
        for (const auto& [name, counted] : around.endpoints->counted()) {
            sum.accepted += counted.accepted;
            sum.duplicate += counted.duplicate;
            sum.refused += counted.refused;
        }
        number(item, "accepted", sum.accepted);
        number(item, "duplicate", sum.duplicate);
        number(item, "refused", sum.refused);
    }
    if (sinks != nullptr) {
        std::uint64_t delivered = 0, failed = 0, dead = 0;
        for (const auto& sink : *sinks) {
            delivered += sink.live ? sink.live->delivered : 0;
            failed += sink.live ? sink.live->failed : 0;
            dead += sink.stored ? sink.stored->dead : 0;
        }
        number(item, "delivered", delivered);
        number(item, "failed", failed);
        number(item, "dead", dead);
    }
    item.end_object();
    return message("tick", item.take());
}

}  // namespace shopbell
