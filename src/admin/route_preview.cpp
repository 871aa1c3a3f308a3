#include "answers.hpp"

#include <shopbell/core/json.hpp>
#include <shopbell/delivery/route_change.hpp>

namespace shopbell {

namespace {

std::vector<std::string> strings_of(const json::value& object, std::string_view name) {
    std::vector<std::string> all;
    const auto* const found = object.find(name);
    if (found == nullptr || !found->is_array())
        return all;
    for (const auto& one : found->elements())
        all.emplace_back(one.text());
    return all;
}

result<route> read_route(const json::value& one) {
    route made;
    made.events = strings_of(one, "events");
    made.endpoints = strings_of(one, "endpoints");
    made.sinks = strings_of(one, "sinks");
    for (const auto& text : strings_of(one, "where")) {
        auto parsed = condition::parse(text);
        if (!parsed)
            return parsed.error();
        made.where.push_back(*std::move(parsed));
    }
    return made;
}

/// {"routes": [{"events", "endpoints", "where", "sinks"}]}
result<routes> read_routes_of(std::string_view body) {
    const failure malformed{errc::malformed,
                            "give {\"routes\": [...]}, each with events, endpoints and sinks"};
    const auto document = json::document::parse(body);
    const auto* const listed =
        document && document->root().is_object() ? document->root().find("routes") : nullptr;
    if (listed == nullptr || !listed->is_array())
        return malformed;
    routes all;
    for (const auto& one : listed->elements()) {
        if (!one.is_object())
            return malformed;
        auto made = read_route(one);
        if (!made)
            return made.error();
        all.push_back(*std::move(made));
    }
    return all;
}

}  // namespace

asio::awaitable<http::response> preview_routes(api_state& in, api_call call) {
    auto wanted = read_routes_of(call.request.body);
    if (!wanted)
        co_return bad_request(wanted.error().reason);
    const auto after = std::make_shared<const routes>(*std::move(wanted));
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    const auto losses = co_await preview_losses(in.around.events, in.around.routes, after,
                                                configured_names(in.around), deadline, in.around.reading);
    if (!losses)
        co_return failed(losses.error());
    json_writer out;
    out.begin_object().key("losses").begin_array();
    for (const auto& one : *losses) {
        out.begin_object().field("sink", one.sink);
        out.key("events").integer(static_cast<long long>(one.events));
        out.key("at_least").boolean(one.at_least).end_object();
    }
    out.end_array().end_object();
    co_return answer_with(out);
}

}  // namespace shopbell
