#include "attention.hpp"

#include <algorithm>
#include <array>

namespace shopbell {

namespace {

constexpr unsigned failures_that_tell = 3;
constexpr std::chrono::minutes patience{5};

/// The kinds in the order of their urgency.
constexpr std::array<std::string_view, 9> by_urgency = {"not_ready", "about_to_pause", "failing",
                                                        "dead",      "stopped",        "behind",
                                                        "silent",    "not_configured", "paused"};

std::string counted_events(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " event" : " events");
}

void add_endpoint(std::vector<attention>& all, const readings::endpoint& endpoint) {
    const auto state = state_of(endpoint);
    const auto failures = std::to_string(endpoint.consecutive_failures) + " failures in a row";
    if (state == "about_to_pause")
        all.push_back({state, endpoint.name, "", endpoint.failing_since,
                       failures + "; after " + std::to_string(endpoint.pauses_after) +
                           " the store pauses its webhook"});
    else if (state == "failing" && endpoint.consecutive_failures >= failures_that_tell)
        all.push_back({state, endpoint.name, "", endpoint.failing_since, failures});
    else if (endpoint.silent)
        all.push_back({"silent", endpoint.name, "", endpoint.last_accepted,
                       "nothing came for longer than expect_every"});
}

bool is_behind(const sink_view& sink, time_point present) {
    const auto& stored = sink.stored;
    return stored && stored->lag > 0 &&
           (state_of(sink) == "probing" ||
            (stored->waiting_since && present - *stored->waiting_since > patience));
}

void add_sink(std::vector<attention>& all, const sink_view& sink, time_point present) {
    const auto& name = sink.settings.name;
    const auto stored = sink.stored.value_or(sink_record());
    const auto state = state_of(sink);
    if (state == "not configured") {
        if (stored.lag + stored.dead > 0)
            all.push_back({"not_configured", "", name, stored.waiting_since,
                           counted_events(stored.lag + stored.dead) + " of it are kept"});
        return;
    }
    if (stored.dead > 0)
        all.push_back({"dead", "", name, std::nullopt, "it has given up " + counted_events(stored.dead)});
    if (state == "paused") {
        if (stored.lag > 0)
            all.push_back({"paused", "", name, stored.paused_at,
                           "it is paused, and " + counted_events(stored.lag) + " behind"});
    } else if (state == "stopped") {
        all.push_back({"stopped", "", name, std::nullopt, "nothing is delivered to it"});
    } else if (is_behind(sink, present)) {
        all.push_back(
            {"behind", "", name, stored.waiting_since, "it is " + counted_events(stored.lag) + " behind"});
    }
}

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

std::vector<attention> find_attention(const std::vector<std::string>& hindrances,
                                      const std::vector<readings::endpoint>& endpoints,
                                      const std::vector<sink_view>& sinks, time_point present) {
    std::vector<attention> all;
    for (const auto& reason : hindrances)
        all.push_back({"not_ready", "", "", std::nullopt, reason});
    for (const auto& endpoint : endpoints)
        add_endpoint(all, endpoint);
    for (const auto& sink : sinks)
        add_sink(all, sink, present);
    std::ranges::stable_sort(all, {}, [](const attention& item) {
        return std::ranges::find(by_urgency, item.kind) - by_urgency.begin();
    });
    return all;
}

}  // namespace shopbell
