#include "attention.hpp"

#include "answers.hpp"

#include <shopbell/admin/health.hpp>
#include <shopbell/admin/moment.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace shopbell {

namespace {

constexpr std::chrono::minutes patience{5};

attention_kind kind_of(endpoint_warning::kind what) noexcept {
    switch (what) {
        case endpoint_warning::kind::failing:
            return attention_kind::failing;
        case endpoint_warning::kind::about_to_pause:
            return attention_kind::about_to_pause;
        case endpoint_warning::kind::codes_low:
            return attention_kind::codes_low;
        case endpoint_warning::kind::codes_missing:
            return attention_kind::codes_missing;
        case endpoint_warning::kind::certificate:
            return attention_kind::certificate;
        case endpoint_warning::kind::silent:
            break;
    }
    return attention_kind::silent;
}

std::string counted(std::size_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

/// "3 events wait, the oldest for 7 s"
std::string waiting_text(const sink_record& stored, time_point present) {
    const auto waited = stored.waiting_since
                            ? std::max(present - *stored.waiting_since, std::chrono::milliseconds(0))
                            : std::chrono::milliseconds(0);
    return fmt::format(
        "{} {}, the oldest for {}", counted(stored.lag, "event"), stored.lag == 1 ? "waits" : "wait",
        to_human_time(static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(waited).count())));
}

std::string with_last_error(std::string text, const sink_view& sink) {
    if (!sink.live || sink.live->last_error.empty())
        return text;
    return fmt::format("{} (last error: {})", text, sink.live->last_error);
}

/// What of a sink is told; `stored` is what the inbox holds for it.
class sink_needs {
public:
    sink_needs(const sink_view& sink, const attention_sources& seen, time_point present)
        : sink_(sink), stored_(sink.stored.value_or(sink_record())), seen_(seen), present_(present) {}

    void add_to(std::vector<attention>& all) const {
        const auto state = state_of(sink_);
        if (state == "not configured")
            return add_left(all);
        if (stored_.dead > 0)
            add(all, attention_kind::dead, std::nullopt,
                with_last_error(counted(stored_.dead, "dead letter"), sink_));
        if (state == "paused") {
            if (stored_.lag > 0)
                add(all, attention_kind::paused, stored_.paused_at,
                    "is paused; " + waiting_text(stored_, present_));
        } else if (state == "stopped") {
            if (seen_.running)
                add(all, attention_kind::stopped, std::nullopt, "is stopped: nothing is delivered to it");
        } else if (stored_.lag > 0 && state == "probing") {
            add(all, attention_kind::behind, stored_.waiting_since,
                with_last_error("is down; " + waiting_text(stored_, present_), sink_));
        } else if (stored_.lag > 0 && stored_.waiting_since && present_ - *stored_.waiting_since > patience) {
            add(all, attention_kind::behind, stored_.waiting_since,
                with_last_error(waiting_text(stored_, present_), sink_));
        }
    }

private:
    void add(std::vector<attention>& all, attention_kind kind, std::optional<time_point> since,
             std::string text) const {
        all.push_back({kind, "", sink_.settings.name, since, std::move(text)});
    }

    void add_left(std::vector<attention>& all) const {
        if (stored_.lag == 0 && stored_.dead == 0)
            return;
        const auto kept = stored_.lag > 0 ? waiting_text(stored_, present_)
                                          : "it has " + counted(stored_.dead, "dead letter");
        add(all, attention_kind::not_configured, stored_.waiting_since,
            "is no longer configured, and " + kept);
    }

    const sink_view& sink_;
    const sink_record stored_;
    const attention_sources& seen_;
    const time_point present_;
};

}  // namespace

std::string_view state_of(const readings::endpoint& endpoint) {
    if (endpoint.pauses_after > 0 && endpoint.consecutive_failures >= endpoint.pauses_after / 2)
        return "about_to_pause";
    if (endpoint.consecutive_failures > 0)
        return "failing";
    if (!endpoint.last_accepted)
        return "never";
    return endpoint.silent ? "silent" : "healthy";
}

std::string_view to_code(attention_kind kind) noexcept {
    switch (kind) {
        case attention_kind::about_to_pause:
            return "about_to_pause";
        case attention_kind::codes_missing:
            return "codes_missing";
        case attention_kind::failing:
            return "failing";
        case attention_kind::dead:
            return "dead";
        case attention_kind::stopped:
            return "stopped";
        case attention_kind::unreadable:
            return "unreadable";
        case attention_kind::behind:
            return "behind";
        case attention_kind::codes_low:
            return "codes_low";
        case attention_kind::certificate:
            return "certificate";
        case attention_kind::silent:
            return "silent";
        case attention_kind::not_configured:
            return "not_configured";
        case attention_kind::paused:
            return "paused";
        case attention_kind::not_ready:
            break;
    }
    return "not_ready";
}

std::string attention::sentence() const {
    return sink.empty() ? text : fmt::format("sink {}: {}", sink, text);
}

std::vector<attention> find_attention(const attention_sources& seen, time_point present) {
    std::vector<attention> all;
    for (const auto& reason : seen.hindrances)
        all.push_back({attention_kind::not_ready, "", "", std::nullopt, reason});
    for (const auto& warning : seen.warnings)
        all.push_back({kind_of(warning.what), warning.endpoint, "", warning.since, warning.text});
    if (!seen.readable)
        all.push_back({attention_kind::unreadable, "", "", std::nullopt,
                       "what the sinks have had cannot be read from the inbox"});
    for (const auto& sink : seen.sinks)
        sink_needs(sink, seen, present).add_to(all);
    std::ranges::stable_sort(all, {}, &attention::kind);
    return all;
}

attention_sources attention_without_sinks(const operator_services& around) {
    attention_sources seen;
    seen.running = around.store != nullptr;
    if (around.checks != nullptr)
        seen.hindrances = around.checks->hindrances();
    if (around.endpoints != nullptr)
        seen.warnings = around.endpoints->warnings(endpoint_watches::clock::now());
    return seen;
}

asio::awaitable<std::vector<attention>> read_attention(api_state& in) {
    auto seen = attention_without_sinks(in.around);
    if (seen.hindrances.empty()) {
        const auto sinks = co_await view_sinks_lately(in);
        seen.readable = sinks != nullptr;
        if (sinks != nullptr)
            seen.sinks = *sinks;
    }
    co_return find_attention(seen, now());
}

void write_attention(json_writer& out, const std::vector<attention>& all) {
    out.begin_array();
    for (const auto& item : all) {
        out.begin_object().field("kind", to_code(item.kind));
        if (!item.endpoint.empty())
            out.field("endpoint", item.endpoint);
        if (!item.sink.empty())
            out.field("sink", item.sink);
        if (item.since)
            out.field("since", to_rfc3339(*item.since));
        out.field("text", item.text).end_object();
    }
    out.end_array();
}

/// What needs somebody, also on the inbox of a stopped daemon.
asio::awaitable<http::response> show_attention(api_state& in, api_call) {
    const auto needs = co_await read_attention(in);
    json_writer out;
    out.begin_object().field("now", to_rfc3339(now())).key("attention");
    write_attention(out, needs);
    out.end_object();
    co_return answer_with(out);
}

}  // namespace shopbell
