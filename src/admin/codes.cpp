#include "answers.hpp"

#include <shopbell/commerce/code.hpp>
#include <shopbell/core/json.hpp>
#include <shopbell/core/text.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

namespace shopbell {

namespace {

constexpr std::size_t longest_product = 256;

/// How far a list has come: "NUMBER/ENDPOINT/PRODUCT". No endpoint's name holds a slash.
struct code_cursor {
    sequence number = 0;
    std::string endpoint, product;

    [[nodiscard]] static std::optional<code_cursor> parse(std::string_view text) {
        const auto first = text.find('/');
        const auto second = first == std::string_view::npos ? first : text.find('/', first + 1);
        if (second == std::string_view::npos)
            return std::nullopt;
        const auto number = read_number(text.substr(0, first));
        if (!number)
            return std::nullopt;
        return code_cursor{*number, std::string(text.substr(first + 1, second - first - 1)),
                           std::string(text.substr(second + 1))};
    }
    [[nodiscard]] std::string to_string() const {
        return std::to_string(number) + "/" + endpoint + "/" + product;
    }
    [[nodiscard]] bool lies_behind(const code_pool& pool) const {
        return std::tie(pool.endpoint, pool.product) < std::tie(endpoint, product);
    }
    [[nodiscard]] bool lies_in(const code_pool& pool) const {
        return pool.endpoint == endpoint && pool.product == product;
    }
};

const operator_codes* find_configured(const operator_services& around, std::string_view endpoint) {
    const auto found = std::ranges::find(around.codes, endpoint, &operator_codes::endpoint);
    return found == around.codes.end() ? nullptr : &*found;
}

http::response unknown_endpoint(const operator_services& around, std::string_view name) {
    std::vector<std::string> known;
    for (const auto& one : around.codes)
        known.push_back(one.endpoint);
    return http::response::error(
        404, "no endpoint with codes is named \"" + std::string(name) + "\"" + did_you_mean(name, known));
}

void write_given(json_writer& out, const given_code& one, bool show) {
    out.begin_object()
        .field("code", show ? one.code : masked_code(one.code))
        .field("txn_id", one.transaction)
        .field("item", one.item)
        .field("at", to_rfc3339(one.at))
        .end_object();
}

void write_number(json_writer& out, std::string_view name, std::uint64_t number) {
    out.key(name).integer(static_cast<long long>(number));
}

/// Begins the object of a pool, up to the list of what was given.
void begin_pool(json_writer& out, const code_pool& pool, const operator_codes* configured) {
    out.begin_object().field("endpoint", pool.endpoint).field("product", pool.product);
    write_number(out, "left", pool.left);
    write_number(out, "low", configured == nullptr ? 0 : configured->low);
    out.key("given").begin_array();
}

/// The pools from the cursor on, with `limit` codes that were given. Where to go on, if there is more.
asio::awaitable<result<std::optional<code_cursor>>> write_pools(api_state& in, json_writer& out,
                                                                std::vector<code_pool> pools,
                                                                std::optional<code_cursor> from,
                                                                std::size_t limit, bool show) {
    std::size_t left = limit;
    for (const auto& pool : pools) {
        if (from && from->lies_behind(pool))
            continue;
        const sequence after = from && from->lies_in(pool) ? from->number : 0;
        if (left == 0)
            co_return std::optional(code_cursor{after, pool.endpoint, pool.product});
        auto given = co_await in.around.events.given_codes(pool.endpoint, pool.product, after, left + 1);
        if (!given)
            co_return given.error();
        const bool more = given->size() > left;
        if (more)
            given->pop_back();
        begin_pool(out, pool, find_configured(in.around, pool.endpoint));
        for (const auto& one : *given)
            write_given(out, one, show);
        out.end_array().end_object();
        if (more)
            co_return std::optional(code_cursor{given->back().number, pool.endpoint, pool.product});
        left -= given->size();
    }
    co_return std::optional<code_cursor>();
}

/// A request to change an endpoint's codes.
struct code_order {
    std::string product;
    std::vector<std::string> codes;
};

result<code_order> read_order(std::string_view body, bool names_product) {
    const auto document = json::document::parse(body);
    if (!document || !document->root().is_object())
        return malformed("the body is no JSON object");
    code_order order;
    for (const auto& [name, content] : document->root().members()) {
        if (name == "codes" && content.is_array()) {
            for (const auto& one : content.elements()) {
                const auto objection = objection_to_code(one.text());
                if (!one.is_string() || objection)
                    return malformed("codes: element " + std::to_string(order.codes.size() + 1) +
                                     " is no code: " + objection.value_or("it is no string"));
                order.codes.emplace_back(one.text());
            }
        } else if (name == "product" && names_product && content.is_string()) {
            order.product = content.text();
        } else {
            return malformed(names_product
                                 ? "the body takes product, a string, and codes, an array of strings"
                                 : "the body takes codes, an array of strings");
        }
    }
    if (order.codes.empty())
        return malformed("codes: give at least one");
    if (names_product && (objection_to_code(order.product) || order.product.size() > longest_product))
        return malformed("product: give its number (item_number in the store), or * for all");
    return order;
}

/// Health checks and metrics know of what has changed.
asio::awaitable<void> tell_watches(api_state& in) {
    if (in.around.watched == nullptr)
        co_return;
    const auto recalled = co_await in.around.watched->recall_codes(in.around.events);
    if (!recalled && in.around.lines != nullptr)
        in.around.lines->error("the codes in the inbox cannot be read",
                               {{"reason", recalled.error().reason}});
}

void tell(const api_state& in, std::string_view message, const log_fields& fields) {
    if (in.around.lines != nullptr)
        in.around.lines->info(message, fields);
}

}  // namespace

asio::awaitable<http::response> list_codes(api_state& in, api_call call) {
    const std::string endpoint(call.query.value("endpoint"));
    const auto limit = read_limit(call.query);
    if (!limit)
        co_return bad_request(limit.error().reason);
    const auto show = call.query.value("show");
    if (!show.empty() && show != "true" && show != "false")
        co_return bad_request("show: true or false");
    if (show == "true" && !call.caller.may_change)
        co_return http::response::error(403, "this token may only look: codes stay masked");
    std::optional<code_cursor> from;
    if (call.query.has("cursor") && !(from = code_cursor::parse(call.query.value("cursor"))))
        co_return bad_request("cursor: give what an earlier answer gave as next");

    auto pools = co_await in.around.events.code_pools(endpoint);
    if (!pools)
        co_return failed(pools.error());
    if (!endpoint.empty() && pools->empty() && find_configured(in.around, endpoint) == nullptr)
        co_return unknown_endpoint(in.around, endpoint);
    const bool shown = show == "true";
    if (shown && !from)
        tell(in, "codes are shown to an operator", {{"endpoint", endpoint.empty() ? "all" : endpoint}});
    json_writer out;
    out.begin_object().key("codes").begin_array();
    auto next = co_await write_pools(in, out, *std::move(pools), std::move(from), *limit, shown);
    if (!next)
        co_return failed(next.error());
    out.end_array();
    if (*next)
        out.field("next", (*next)->to_string());
    out.end_object();
    co_return answer_with(out);
}

asio::awaitable<http::response> add_codes(api_state& in, api_call call) {
    const auto endpoint = call.segments.front();
    const auto* const configured = find_configured(in.around, endpoint);
    if (configured == nullptr)
        co_return unknown_endpoint(in.around, endpoint);
    if (!configured->from_pool)
        co_return http::response::error(
            409, "endpoint \"" + endpoint + "\" has no pool: a program makes its codes");
    auto order = read_order(call.request.body, true);
    if (!order)
        co_return bad_request(order.error().reason);
    const auto offered = order->codes.size();
    const auto product = order->product;
    change decision(code_addition{endpoint, order->product, std::move(order->codes)});
    const auto added = co_await apply(in, std::move(decision));
    if (!added)
        co_return failed(added.error());
    co_await tell_watches(in);
    tell(in, "codes were added",
         {{"endpoint", endpoint}, {"product", product}, {"codes", static_cast<long long>(*added)}});
    const auto pools = co_await in.around.events.code_pools(endpoint);
    if (!pools)
        co_return failed(pools.error());
    const auto pool = std::ranges::find(*pools, product, &code_pool::product);
    json_writer out;
    out.begin_object().field("endpoint", endpoint).field("product", product);
    write_number(out, "added", *added);
    write_number(out, "known", offered - *added);
    write_number(out, "left", pool == pools->end() ? 0 : pool->left);
    out.end_object();
    co_return answer_with(out);
}

asio::awaitable<http::response> void_codes(api_state& in, api_call call) {
    const auto endpoint = call.segments.front();
    auto order = read_order(call.request.body, false);
    if (!order)
        co_return bad_request(order.error().reason);
    const auto pools = co_await in.around.events.code_pools(endpoint);
    if (!pools)
        co_return failed(pools.error());
    if (pools->empty() && find_configured(in.around, endpoint) == nullptr)
        co_return unknown_endpoint(in.around, endpoint);
    const auto codes = order->codes;
    change decision(code_voiding{endpoint, std::move(order->codes)});
    const auto voided = co_await apply(in, std::move(decision));
    if (!voided)
        co_return failed(voided.error());
    co_await tell_watches(in);
    tell(in, "codes were made void", {{"endpoint", endpoint}, {"codes", static_cast<long long>(*voided)}});
    const auto states = co_await in.around.events.code_states(endpoint, codes);
    if (!states)
        co_return failed(states.error());
    json_writer out;
    out.begin_object().field("endpoint", endpoint);
    write_number(out, "voided", *voided);
    for (const auto& [name, state] :
         {std::pair("given", code_state::given), std::pair("unknown", code_state::unknown)}) {
        out.key(name).begin_array();
        for (std::size_t i = 0; i < codes.size(); ++i) {
            if ((*states)[i] == state)
                out.string(masked_code(codes[i]));
        }
        out.end_array();
    }
    out.end_object();
    co_return answer_with(out);
}

}  // namespace shopbell
