#include "delivery_report.hpp"

#include "answers.hpp"

#include <shopbell/delivery/event_cache.hpp>

#include <algorithm>

namespace shopbell {

namespace {

using state_kind = delivery_state::kind;
using happened = history_entry::kind;

std::string_view to_string(happened what) noexcept {
    switch (what) {
        case happened::delivered:
            return "delivered";
        case happened::failed:
            return "failed";
        case happened::dead:
            return "dead";
        case happened::replayed:
            return "replayed";
        case happened::retried:
            return "retried";
        case happened::dropped:
            return "dropped";
        case happened::unrouted:
            return "no longer routed";
    }
    return {};
}

bool is_attempt(const history_entry& one) noexcept {
    return one.what == happened::delivered || one.what == happened::failed || one.what == happened::dead;
}

bool has(const delivery_state& at, happened what) {
    return std::ranges::find(at.history, what, &history_entry::what) != at.history.end();
}

/// An edit of the routes took it away, and nothing came after.
bool was_taken_away(const delivery_state& at) {
    return !at.history.empty() && at.history.back().what == happened::unrouted;
}

/// Empty: the event does not concern the sink.
std::string_view shown_state(const delivery_state& at, bool routed) {
    switch (at.what) {
        case state_kind::ahead:
            if (routed)
                return "waiting";
            return was_taken_away(at) ? to_string(happened::unrouted) : "";
        case state_kind::passed:
            if (was_taken_away(at))
                return to_string(happened::unrouted);
            if (!at.history.empty() && at.history.back().what == happened::dropped)
                return "dropped";
            return routed || has(at, happened::delivered) ? "delivered" : "";
        case state_kind::pending:
            return "pending";
        case state_kind::queued:
            return "queued";
        case state_kind::dead:
            return "dead";
    }
    return {};
}

/// A first attempt that succeeded has left nothing but the sink's position.
long long attempts_of(const delivery_state& at) {
    if (at.what != state_kind::passed || at.attempts > 0 || was_taken_away(at))
        return at.attempts;
    const auto told = std::ranges::count_if(at.history, is_attempt);
    return at.history.empty() ? 1 : told;
}

/// A text of the target's, without what is personal where that is hidden.
void write_said(json_writer& out, std::string_view name, std::string_view text,
                const delivery_context& with) {
    if (text.empty())
        return;
    if (with.hidden == nullptr) {
        out.field(name, text);
        return;
    }
    const auto shown = with.hidden->mask_text(text);
    with.masked += shown.masked;
    out.field(name, shown.text);
}

/// Where a first attempt succeeded, and that is kept: the only entry.
std::vector<history_entry> history_of(const delivery_state& at, const delivery_context& with) {
    const auto kept = std::ranges::find(with.first_tries, at.sink, &first_try::sink);
    if (!at.history.empty() || kept == with.first_tries.end())
        return at.history;
    history_entry only;
    only.number = kept->number;
    only.at = kept->at;
    only.took = kept->took;
    only.status = kept->status;
    return {only};
}

void write_history(json_writer& out, const std::vector<history_entry>& all, const delivery_context& with) {
    out.key("history").begin_array();
    for (const auto& entry : all) {
        out.begin_object().field("what", to_string(entry.what)).field("at", to_rfc3339(entry.at));
        if (is_attempt(entry))
            out.key("took_ms").integer(entry.took.count());
        if (entry.status != 0)
            out.key("status").integer(entry.status);
        write_said(out, "error", entry.error, with);
        write_said(out, "response", entry.response, with);
        out.end_object();
    }
    out.end_array();
}

void write_delivery(json_writer& out, const delivery_state& at, std::string_view state,
                    const delivery_context& with) {
    out.begin_object().field("sink", at.sink);
    if (!is_configured(with.around, at.sink))
        out.key("configured").boolean(false);
    out.field("state", state).key("attempts").integer(attempts_of(at));
    if (at.next_attempt)
        out.field("next_attempt", to_rfc3339(*at.next_attempt));
    if (at.died_at)
        out.field("died_at", to_rfc3339(*at.died_at));
    const auto holder = with.holders.find(at.sink);
    if (holder != with.holders.end() && (state == "waiting" || state == "pending" || state == "queued"))
        out.field("held_by", holder->second);
    const auto history = history_of(at, with);
    if (state == "delivered" && history.empty())
        out.key("kept").boolean(false);
    write_said(out, "last_error", at.last_error, with);
    write_history(out, history, with);
    out.end_object();
}

/// Whether the event has still to be delivered there.
bool is_open(const delivery_state& at, bool routed) {
    return at.what == state_kind::pending || at.what == state_kind::queued ||
           (at.what == state_kind::ahead && routed);
}

}  // namespace

std::vector<shown_delivery> shown_deliveries(const std::vector<delivery_state>& all, const event& content,
                                             const operator_services& around) {
    std::vector<shown_delivery> shown;
    for (const auto& at : all) {
        const bool routed = is_configured(around, at.sink) && takes(*around.routes, at.sink, content);
        if (const auto state = shown_state(at, routed); !state.empty())
            shown.push_back({at.sink, state});
    }
    return shown;
}

event_state overall_state(const std::vector<delivery_state>& all) noexcept {
    auto state = event_state::delivered;
    for (const auto& at : all) {
        if (at.what == state_kind::dead)
            return event_state::dead;
        if (at.what != state_kind::passed)
            state = event_state::pending;
    }
    return state;
}

delivery_holders find_holders(const std::vector<event_report>& related, sequence number,
                              const operator_services& around) {
    delivery_holders holders;
    for (const auto& report : related) {
        if (report.stored.number >= number)
            break;
        const auto content = make_event(report.stored, *around.reading);
        for (const auto& at : report.deliveries) {
            const auto sink = std::ranges::find(around.sinks, at.sink, &operator_sink::name);
            if (sink != around.sinks.end() && sink->ordered &&
                is_open(at, takes(*around.routes, at.sink, *content)))
                holders.emplace(at.sink, report.stored.id);
        }
    }
    return holders;
}

void write_deliveries(json_writer& out, const std::vector<delivery_state>& all, const event& one,
                      const delivery_context& with) {
    out.begin_array();
    for (const auto& at : all) {
        const bool routed = is_configured(with.around, at.sink) && takes(*with.around.routes, at.sink, one);
        const auto state = shown_state(at, routed);
        if (!state.empty())
            write_delivery(out, at, state, with);
    }
    out.end_array();
}

}  // namespace shopbell
