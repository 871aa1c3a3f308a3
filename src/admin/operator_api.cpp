#include <shopbell/admin/operator_api.hpp>

#include "answers.hpp"
#include "recent_events.hpp"
#include "routes.hpp"

#include <algorithm>

namespace shopbell {

namespace {

/// Takes a body and changes nothing.
constexpr std::string_view preview_path = "/api/routes/preview";

/// What is wrong with the names of the parameters; empty where nothing is.
std::string refuse_parameters(const admin_route& row, const parameters& given) {
    for (const auto name : given.names()) {
        if (std::ranges::find(row.parameters, name) != row.parameters.end())
            continue;
        const std::vector<std::string> known(row.parameters.begin(), row.parameters.end());
        return "unknown parameter " + std::string(name) + did_you_mean(name, known);
    }
    return {};
}

http::response finish(http::response answer) {
    answer.fields.push_back({"Cache-Control", "no-store"});
    return answer;
}

}  // namespace

operator_api::state::state(operator_services services)
    : around(std::move(services)), recent(std::make_unique<recent_events>()) {}

operator_api::state::~state() = default;

operator_api::operator_api(operator_services around) : state_(std::make_shared<state>(std::move(around))) {}

operator_api::~operator_api() = default;

boost::asio::awaitable<http::response> operator_api::answer(http::request one, api_caller who) const {
    auto found = find_route(one.head);
    if (auto refused = refuse_route(found))
        co_return finish(*std::move(refused));
    const auto& row = *found.row;
    if (row.access != access_rule::operators) {
        api_call call(std::move(found.open), parameters(), std::move(one));
        co_return co_await row.run(*state_, std::move(call));
    }
    auto query = parameters::parse(one.head.query);
    if (!query)
        co_return finish(bad_request(query.error().reason));
    if (const auto wrong = refuse_parameters(row, *query); !wrong.empty())
        co_return finish(bad_request(wrong));
    if (row.changes && !who.may_change)
        co_return finish(http::response::error(403, "this token may only look"));
    if (row.changes && state_->around.store == nullptr)
        co_return finish(not_running());
    http::request_head told;
    told.path = one.head.path;
    told.query = one.head.query;
    const bool changes = row.changes && !query->has("plan") && row.path != preview_path;
    api_call call(std::move(found.open), *std::move(query), std::move(one));
    call.caller = who;
    auto given = co_await row.run(*state_, std::move(call));
    if (changes && given.status == 200)
        log_change(state_->around, told, given.body, who);
    co_return finish(std::move(given));
}

}  // namespace shopbell
