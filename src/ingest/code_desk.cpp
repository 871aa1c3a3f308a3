#include "code_desk.hpp"

#include <shopbell/commerce/event.hpp>
#include <shopbell/core/uuid.hpp>
#include <shopbell/crypto/digest.hpp>
#include <shopbell/ingest/endpoint_watch.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace shopbell {

namespace asio = boost::asio;

namespace {

using supply = code_request::supply;

code_request request_for(const endpoint& at, const code_sale& sale) {
    code_request wanted;
    wanted.transaction = sale.transaction;
    wanted.item = sale.item;
    wanted.product = sale.product;
    wanted.count = at.codes->for_each_unit ? sale.quantity : 1;
    wanted.type_without = std::string(at.kind->name) + ".code_missing";
    if (!sale.problem.empty())
        wanted.from = supply::none;
    else if (!at.codes->from_pool)
        wanted.from = supply::bound;
    return wanted;
}

/// The same for the same sale, also where the program was killed before its codes were stored: a program may
/// know by it what it has made before. The event gets an id of its own when it is stored.
std::string id_of(const arrival& sale) {
    constexpr std::uint8_t version_8 = 0x80, variant = 0x80;
    const auto digest = sha256(std::array<std::string_view, 6>{
        sale.endpoint, std::string_view("\0", 1), sale.codes->transaction, std::string_view("\0", 1),
        sale.codes->item, std::string_view("\0", 1)});
    uuid_bytes id{};
    std::copy_n(digest.begin(), id.size(), id.begin());
    id[6] = static_cast<std::uint8_t>((id[6] & 0x0fU) | version_8);
    id[8] = static_cast<std::uint8_t>((id[8] & 0x3fU) | variant);
    return to_string(id);
}

event event_of(const endpoint& at, const arrival& sale) {
    event one;
    one.id = id_of(sale);
    one.endpoint = sale.endpoint;
    one.provider = sale.provider;
    one.type = sale.type;
    one.subject = sale.subject;
    one.store = sale.store;
    one.accepted_at = now();
    one.document = make_document(one, at.kind->describe({sale.type, sale.fields, sale.body}));
    return one;
}

std::string why_empty(const endpoint& at, const code_request& wanted) {
    const auto& product = wanted.product.empty() ? std::string(any_product) : wanted.product;
    return "the pool of product " + product + " has too few codes for it (" + std::to_string(wanted.count) +
           " wanted): shopbell codes add " + at.name + " " + product;
}

/// What the sale's answer is once its delivery is stored.
code_outcome outcome_of(const endpoint& at, std::string type, const code_request& wanted, receipt stored,
                        std::string reason) {
    code_outcome outcome;
    auto grant = std::exchange(stored.codes, std::nullopt).value_or(code_grant());
    const bool has_codes = !grant.codes.empty();
    outcome.what = has_codes ? code_outcome::kind::given : code_outcome::kind::missing;
    outcome.type = has_codes ? std::move(type) : wanted.type_without;
    outcome.codes = std::move(grant.codes);
    auto& watch = at.watch->codes();
    watch.update(grant.pools);
    if (!has_codes) {
        outcome.reason = std::move(reason);
        watch.missing(outcome.reason);
    } else if (grant.repeated) {
        watch.repeated();
    } else {
        watch.given(outcome.codes.size());
    }
    outcome.stored = std::move(stored);
    return outcome;
}

asio::awaitable<result<code_outcome>> store_sale(const endpoint& at, inbox& store, arrival one,
                                                 std::string reason) {
    const auto wanted = *one.codes;
    auto type = one.type;
    auto stored = co_await store.put(std::move(one));
    if (!stored)
        co_return stored.error();
    co_return outcome_of(at, std::move(type), wanted, *std::move(stored), std::move(reason));
}

/// A program is asked only for a sale that has no codes yet.
asio::awaitable<result<code_outcome>> serve_from_program(const endpoint& at, inbox& store, arrival one) {
    auto look = one;
    const auto wanted = *one.codes;
    auto type = one.type;
    auto bound = co_await store.put(std::move(look));
    if (!bound)
        co_return bound.error();
    if (!bound->codes->codes.empty())
        co_return outcome_of(at, std::move(type), wanted, *std::move(bound), {});
    auto sale = event_of(at, one);
    auto made = co_await at.codes->maker->make_codes(std::move(sale), wanted.count);
    std::string reason = "a code that the program printed was given to another sale";
    one.codes->from = made ? supply::offered : supply::none;
    if (made)
        one.codes->offered = *std::move(made);
    else
        reason = made.error().reason;
    co_return co_await store_sale(at, store, std::move(one), std::move(reason));
}

asio::awaitable<result<code_outcome>> store_only(inbox& store, arrival one) {
    code_outcome outcome;
    outcome.type = one.type;
    outcome.reason = "the delivery tells of no completed sale (" + one.type + ")";
    auto stored = co_await store.put(std::move(one));
    if (!stored)
        co_return stored.error();
    outcome.stored = *std::move(stored);
    co_return outcome;
}

}  // namespace

asio::awaitable<result<code_outcome>> serve_sale(const endpoint& at, inbox& store, arrival one) {
    const auto sale = at.kind->read_sale(one.body);
    if (!sale.completed)
        co_return co_await store_only(store, std::move(one));
    one.codes = request_for(at, sale);
    if (one.codes->from == supply::bound)
        co_return co_await serve_from_program(at, store, std::move(one));
    auto reason = sale.problem.empty() ? why_empty(at, *one.codes) : sale.problem;
    co_return co_await store_sale(at, store, std::move(one), std::move(reason));
}

}  // namespace shopbell
