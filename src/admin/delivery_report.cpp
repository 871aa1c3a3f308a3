#include "delivery_report.hpp"

#include "answers.hpp"

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

void write_history(json_writer& out, const std::vector<history_entry>& all) {
    out.key("history").begin_array();
    for (const auto& one : all) {
        out.begin_object().field("what", to_string(one.what)).field("at", to_rfc3339(one.at));
        if (is_attempt(one))
            out.key("took_ms").integer(one.took.count());
        if (!one.error.empty())
            out.field("error", one.error);
        if (!one.response.empty())
            out.field("response", one.response);
        out.end_object();
    }
    out.end_array();
}

void write_delivery(json_writer& out, const delivery_state& at, std::string_view state, bool configured) {
    out.begin_object().field("sink", at.sink);
    if (!configured)
        out.key("configured").boolean(false);
    out.field("state", state).key("attempts").integer(attempts_of(at));
    if (at.next_attempt)
        out.field("next_attempt", to_rfc3339(*at.next_attempt));
    if (!at.last_error.empty())
        out.field("last_error", at.last_error);
    write_history(out, at.history);
    out.end_object();
}

}  // namespace

void write_deliveries(json_writer& out, const std::vector<delivery_state>& all, const event& one,
                      const operator_services& around) {
    out.begin_array();
    for (const auto& at : all) {
        const bool configured = is_configured(around, at.sink);
        const bool routed = configured && takes(*around.routes, at.sink, one);
        const auto state = shown_state(at, routed);
        if (!state.empty())
            write_delivery(out, at, state, configured);
    }
    out.end_array();
}

}  // namespace shopbell
