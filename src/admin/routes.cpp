#include "routes.hpp"

#include <array>

namespace shopbell {

namespace {

using enum access_rule;

constexpr std::string_view any_segment = "*";
constexpr std::string_view any_rest = "**";

/// The first segment of a row's path; the path loses it.
std::string_view take_segment(std::string_view& path) {
    path.remove_prefix(1);
    const auto segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    return segment;
}

/// Puts the segments in the places of "*" into `open`.
bool matches(std::string_view path, std::span<const std::string> given, std::vector<std::string>& open) {
    open.clear();
    if (path == "/")
        return given.empty() || (given.size() == 1 && given.front().empty());
    while (!path.empty() && !given.empty()) {
        const auto expected = take_segment(path);
        if (expected == any_rest)
            return true;
        if (expected == any_segment)
            open.push_back(given.front());
        else if (expected != given.front())
            return false;
        given = given.subspan(1);
    }
    return path.empty() && given.empty();
}

/// Who is told that there is nothing at a path.
access_rule access_to_nothing(std::string_view path) {
    return path == "/api" || path.starts_with("/api/") ? operators : machines;
}

}  // namespace

std::span<const admin_route> admin_routes() {
    static const std::array all = {
        admin_route{"GET", "/healthz", machines, show_liveness},
        admin_route{"GET", "/readyz", machines, show_readiness},
        admin_route{"GET", "/metrics", machines, show_metrics},

        admin_route{"GET", "/", files, show_page},
        admin_route{"GET", "/favicon.ico", files, show_page},
        admin_route{"GET", "/page/**", files, show_page},

        admin_route{"GET", "/api/status", operators, show_status, false, {"day_start", "mask"}},
        admin_route{"GET", "/api/attention", operators, show_attention},
        admin_route{
            "GET", "/api/series", operators, show_series, false, {"window", "endpoint", "sink", "each"}},

        admin_route{"GET",
                    "/api/events",
                    operators,
                    list_events,
                    false,
                    {"type", "endpoint", "subject", "state", "since", "until", "limit", "cursor", "sink",
                     "problem", "newer_than", "brief", "mask"}},
        admin_route{
            "POST", "/api/events/search", operators, search_events, false, {"brief", "problem", "mask"}},
        admin_route{"GET", "/api/events/*", operators, show_event, false, {"mask"}},
        admin_route{"GET", "/api/events/*/original", operators, show_original, false, {"mask"}},
        admin_route{"GET", "/api/events/*/sent", operators, show_sent, false, {"sink", "mask"}},
        admin_route{"POST", "/api/events/*/replay", operators, replay_event, true, {"sink"}},
        admin_route{"POST",
                    "/api/replay",
                    operators,
                    replay_events,
                    true,
                    {"type", "endpoint", "subject", "state", "since", "until", "sink", "cursor", "plan"}},
        admin_route{"POST", "/api/forget", operators, forget_person, true, {"cursor"}},
        admin_route{
            "GET", "/api/stream", operators, follow_events, false, {"type", "kinds", "brief", "mask"}},

        admin_route{"GET",
                    "/api/dead",
                    operators,
                    list_dead,
                    false,
                    {"sink", "type", "error", "before", "limit", "cursor"}},
        admin_route{"POST",
                    "/api/dead/*/retry",
                    operators,
                    retry_dead,
                    true,
                    {"type", "error", "before", "cursor", "plan"}},
        admin_route{"POST",
                    "/api/dead/*/drop",
                    operators,
                    drop_dead,
                    true,
                    {"type", "error", "before", "cursor", "plan"}},
        admin_route{"POST", "/api/dead/*/*/retry", operators, retry_dead, true},
        admin_route{"POST", "/api/dead/*/*/drop", operators, drop_dead, true},

        admin_route{"GET", "/api/sinks", operators, list_sinks},
        admin_route{"GET", "/api/sinks/*/waiting", operators, list_waiting, false, {"limit", "cursor"}},
        admin_route{"POST", "/api/sinks/*/pause", operators, pause_sink, true},
        admin_route{"POST", "/api/sinks/*/resume", operators, resume_sink, true},
        admin_route{"POST", "/api/sinks/*/forget", operators, forget_sink, true},

        admin_route{"GET",
                    "/api/rejections",
                    operators,
                    list_rejections,
                    false,
                    {"endpoint", "since", "limit", "cursor"}},
        admin_route{
            "GET", "/api/codes", operators, list_codes, false, {"endpoint", "show", "limit", "cursor"}},
        admin_route{"POST", "/api/codes/*/add", operators, add_codes, true},
        admin_route{"POST", "/api/codes/*/void", operators, void_codes, true},

        admin_route{"GET", "/api/config", operators, show_config},
        admin_route{"POST", "/api/reload", operators, reload_config, true},
        admin_route{"POST", "/api/routes/preview", operators, preview_routes, true},
        admin_route{"POST", "/api/checkup", operators, run_checkup},
    };
    return all;
}

found_route find_route(const http::request_head& head) {
    found_route found;
    found.access = access_to_nothing(head.path);
    const auto segments = split_path(head.path);
    if (!segments)
        return found;
    const auto method = head.method == "HEAD" ? std::string_view("GET") : std::string_view(head.method);
    std::vector<std::string> open;
    for (const auto& row : admin_routes()) {
        if (!matches(row.path, *segments, open))
            continue;
        found.access = row.access;
        if (row.method == method) {
            found.row = &row;
            found.allowed.clear();
            found.open = std::move(open);
            return found;
        }
        found.allowed = row.method == "GET" ? "GET, HEAD" : row.method;
    }
    return found;
}

std::optional<http::response> refuse_route(const found_route& found) {
    if (found.row != nullptr)
        return std::nullopt;
    if (found.allowed.empty())
        return http::response::error(404, http::error_text(404));
    auto refused = http::response::error(405, http::error_text(405));
    refused.fields.push_back({"Allow", found.allowed});
    return refused;
}

}  // namespace shopbell
