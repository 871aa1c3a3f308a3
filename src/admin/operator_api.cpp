#include <shopbell/admin/operator_api.hpp>

#include "answers.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace shopbell {

namespace {

constexpr std::string_view root = "/api/";
/// Takes a body and changes nothing.
constexpr std::string_view preview_path = "/api/routes/preview";

/// One operation. In its path "*" stands for a segment that it takes.
struct operation {
    std::string_view method;
    std::vector<std::string_view> path;
    asio::awaitable<http::response> (*run)(api_state& in, api_call call);
    bool changes;
    std::vector<std::string_view> parameters;
};

std::span<const operation> operations() {
    static const std::array all = {
        operation{"GET",
                  {"events"},
                  list_events,
                  false,
                  {"type", "endpoint", "subject", "state", "since", "until", "limit", "cursor", "sink",
                   "problem", "newer_than", "brief", "mask"}},
        operation{"POST", {"events", "search"}, search_events, false, {"brief", "problem", "mask"}},
        operation{"GET", {"events", "*"}, show_event, false, {"mask"}},
        operation{"GET", {"events", "*", "original"}, show_original, false, {"mask"}},
        operation{"GET", {"events", "*", "sent"}, show_sent, false, {"sink", "mask"}},
        operation{"POST", {"events", "*", "replay"}, replay_event, true, {"sink"}},
        operation{"POST",
                  {"replay"},
                  replay_events,
                  true,
                  {"type", "endpoint", "subject", "state", "since", "until", "sink", "cursor", "plan"}},
        operation{"GET", {"dead"}, list_dead, false, {"sink", "type", "error", "before", "limit", "cursor"}},
        operation{
            "POST", {"dead", "*", "retry"}, retry_dead, true, {"type", "error", "before", "cursor", "plan"}},
        operation{
            "POST", {"dead", "*", "drop"}, drop_dead, true, {"type", "error", "before", "cursor", "plan"}},
        operation{"POST", {"dead", "*", "*", "retry"}, retry_dead, true, {}},
        operation{"POST", {"dead", "*", "*", "drop"}, drop_dead, true, {}},
        operation{"GET", {"rejections"}, list_rejections, false, {"endpoint", "since", "limit", "cursor"}},
        operation{"GET", {"sinks"}, list_sinks, false, {}},
        operation{"GET", {"sinks", "*", "waiting"}, list_waiting, false, {"limit", "cursor"}},
        operation{"POST", {"sinks", "*", "pause"}, pause_sink, true, {}},
        operation{"POST", {"sinks", "*", "resume"}, resume_sink, true, {}},
        operation{"POST", {"sinks", "*", "forget"}, forget_sink, true, {}},
        operation{"POST", {"routes", "preview"}, preview_routes, true, {}},
        operation{"POST", {"forget"}, forget_person, true, {"cursor"}},
        operation{"GET", {"codes"}, list_codes, false, {"endpoint", "show", "limit", "cursor"}},
        operation{"POST", {"codes", "*", "add"}, add_codes, true, {}},
        operation{"POST", {"codes", "*", "void"}, void_codes, true, {}},
        operation{"GET", {"stream"}, follow_events, false, {"type", "kinds", "brief", "mask"}},
        operation{"GET", {"config"}, show_config, false, {}},
        operation{"POST", {"reload"}, reload_config, true, {}},
        operation{"POST", {"checkup"}, run_checkup, false, {}},
        operation{"GET", {"status"}, show_status, false, {"day_start", "mask"}},
        operation{"GET", {"series"}, show_series, false, {"window", "endpoint", "sink", "each"}},
    };
    return all;
}

bool matches(const operation& one, const std::vector<std::string>& segments) {
    return std::ranges::equal(one.path, segments, [](std::string_view expected, const std::string& given) {
        return expected == "*" || expected == given;
    });
}

struct lookup {
    const operation* found = nullptr;
    std::string allowed;                ///< where only the method is wrong
    std::vector<std::string> segments;  ///< of the path, below the root
};

lookup look_up(const http::request_head& head) {
    lookup made;
    if (auto segments = split_path(head.path))
        made.segments.assign(segments->begin() + 1, segments->end());
    const auto method = head.method == "HEAD" ? std::string_view("GET") : std::string_view(head.method);
    for (const auto& one : operations()) {
        if (!matches(one, made.segments))
            continue;
        if (one.method == method)
            made.found = &one;
        made.allowed = one.method == "GET" ? "GET, HEAD" : one.method;
    }
    return made;
}

/// The segments that stand where the path has a "*".
std::vector<std::string> open_segments(const operation& one, std::vector<std::string> given) {
    std::vector<std::string> open;
    for (std::size_t i = 0; i < given.size(); ++i) {
        if (one.path[i] == "*")
            open.push_back(std::move(given[i]));
    }
    return open;
}

/// What is wrong with the names of the parameters; empty where nothing is.
std::string refuse_parameters(const operation& one, const parameters& given) {
    for (const auto name : given.names()) {
        if (std::ranges::find(one.parameters, name) != one.parameters.end())
            continue;
        const std::vector<std::string> known(one.parameters.begin(), one.parameters.end());
        return "unknown parameter " + std::string(name) + did_you_mean(name, known);
    }
    return {};
}

http::response finish(http::response answer) {
    answer.fields.push_back({"Cache-Control", "no-store"});
    return answer;
}

}  // namespace

operator_api::operator_api(operator_services around) : state_(std::make_shared<state>(std::move(around))) {}

operator_api::~operator_api() = default;

bool operator_api::is_path(std::string_view path) noexcept {
    return path.starts_with(root) || path == root.substr(0, root.size() - 1);
}

std::optional<http::response> operator_api::screen(const http::request_head& head) const {
    const auto at = look_up(head);
    if (at.found != nullptr)
        return std::nullopt;
    if (at.allowed.empty())
        return finish(http::response::error(404, http::error_text(404)));
    auto refused = http::response::error(405, http::error_text(405));
    refused.fields.push_back({"Allow", at.allowed});
    return finish(std::move(refused));
}

boost::asio::awaitable<http::response> operator_api::answer(http::request one, api_caller who) const {
    if (auto refused = screen(one.head))
        co_return std::move(*refused);
    auto at = look_up(one.head);
    auto query = parameters::parse(one.head.query);
    if (!query)
        co_return finish(bad_request(query.error().reason));
    if (const auto wrong = refuse_parameters(*at.found, *query); !wrong.empty())
        co_return finish(bad_request(wrong));
    if (at.found->changes && !who.may_change)
        co_return finish(http::response::error(403, "this token may only look"));
    if (at.found->changes && state_->around.store == nullptr)
        co_return finish(not_running());
    http::request_head told;
    told.path = one.head.path;
    told.query = one.head.query;
    const bool changes = at.found->changes && !query->has("plan") && one.head.path != preview_path;
    api_call call(open_segments(*at.found, std::move(at.segments)), *std::move(query), std::move(one));
    call.caller = who;
    auto made = co_await at.found->run(*state_, std::move(call));
    if (changes && made.status == 200)
        log_change(state_->around, told, made.body, who);
    co_return finish(std::move(made));
}

}  // namespace shopbell
