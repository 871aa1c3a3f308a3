#include "put_rows.hpp"

#include <shopbell/inbox/reception.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <utility>

namespace shopbell::postgres {

namespace {

using byte_string = std::optional<std::string>;

byte_string unless_empty(const std::string& bytes) {
    return bytes.empty() ? std::nullopt : std::optional(bytes);
}

/// What tells whether a delivery repeats an earlier one, as the function `known` takes it (schema.cpp). The
/// rules are those of SQLite's event_table.
struct known_keys {
    std::vector<std::string> ids;
    std::vector<byte_string> identities, uptos, resources, contents;

    void add(const queued_put& put) {
        const auto& delivery = put.job->one;
        const auto& keys = put.job->keys;
        constexpr std::size_t longest_moment = 16;
        const bool has_moment = !delivery.moment.empty();
        const bool is_of_any_moment = !has_moment && delivery.recurs;
        ids.push_back(put.id);
        identities.push_back(unless_empty(keys.row));
        uptos.push_back(is_of_any_moment ? unless_empty(keys.content + std::string(longest_moment, '\xff'))
                                         : unless_empty(keys.row));
        if (has_moment)
            resources.push_back(unless_empty(keys.subject));
        else
            resources.push_back(delivery.repeats_latest_only ? unless_empty(keys.type) : std::nullopt);
        contents.emplace_back(keys.content);
    }
    void append_to(parameters& given) const {
        given.uuids(ids)
            .byte_strings(identities)
            .byte_strings(uptos)
            .byte_strings(resources)
            .byte_strings(contents);
    }
};

connection::statement make_put(std::span<const queued_put> group) {
    static const std::string sql =
        "WITH turn AS MATERIALIZED (SELECT name FROM turn WHERE name = 'put' FOR UPDATE),"
        " known AS MATERIALIZED ("
        "  SELECT k.n, k.number, k.id FROM turn, LATERAL known(turn.name, $1, $2, $3, $4, $5) k),"
        " stored AS (INSERT INTO events (number, id, accepted_at, endpoint, provider, type, subject, store,"
        "   headers, identity, received, body)"
        "  SELECT nextval('numbers'), id, clock_timestamp(), endpoint, provider, type, subject, store,"
        "   headers, identity, received, body FROM"
        "   (SELECT t.* FROM known JOIN unnest($1, $2, $6, $7, $8, $9, $10, $11, $12, $13) WITH ORDINALITY"
        "     AS t(id, identity, endpoint, provider, type, subject, store, headers, received, body, n)"
        "    ON t.n = known.n WHERE known.number IS NULL ORDER BY t.n) s),"
        // What is older than the newest does not take its place, but it came between.
        " fresh AS MATERIALIZED (SELECT t.* FROM known JOIN unnest($1, $5, $14, $15, $16) WITH ORDINALITY"
        "   AS t(id, content, subject_key, type_key, moment, n) ON t.n = known.n WHERE known.number IS NULL),"
        " noted AS (INSERT INTO latest AS l (resource, content, id, moment)"
        "  SELECT subject_key, content, id, moment FROM fresh WHERE subject_key IS NOT NULL UNION ALL"
        "  SELECT type_key, content, id, moment FROM fresh WHERE type_key IS NOT NULL"
        "  ON CONFLICT (resource) DO UPDATE SET"
        "   content = CASE WHEN excluded.moment = '' OR excluded.moment >= l.moment THEN excluded.content"
        "    ELSE '' END,"
        "   id = CASE WHEN excluded.moment = '' OR excluded.moment >= l.moment THEN excluded.id"
        "    ELSE l.id END,"
        "   moment = greatest(l.moment, excluded.moment)),"
        " counted AS (INSERT INTO repeats AS r (number, count)"
        "  SELECT number, count(*) FROM known WHERE id <> ($1)[n] GROUP BY number"
        "  ON CONFLICT (number) DO UPDATE SET count = r.count + excluded.count)"
        " SELECT n, id FROM known WHERE number IS NOT NULL";
    known_keys keys;
    std::vector<std::string> endpoints, providers, types, subjects, stores, received;
    std::vector<byte_string> fields, bodies, subject_keys, type_keys, moments;
    for (const auto& put : group) {
        const auto& job = *put.job;
        keys.add(put);
        endpoints.push_back(storable_text(job.one.endpoint));
        providers.push_back(storable_text(job.one.provider));
        types.push_back(storable_text(job.one.type));
        subjects.push_back(storable_text(job.one.subject));
        stores.push_back(storable_text(job.one.store));
        received.push_back(storable_text(job.received));
        fields.emplace_back(job.lines);
        bodies.emplace_back(job.one.body);
        subject_keys.push_back(unless_empty(job.keys.subject));
        type_keys.push_back(unless_empty(job.keys.type));
        moments.emplace_back(job.one.moment);
    }
    parameters given;
    keys.append_to(given);
    given.texts(endpoints).texts(providers).texts(types).texts(subjects).texts(stores);
    given.byte_strings(fields).texts(received).byte_strings(bodies);
    given.byte_strings(subject_keys).byte_strings(type_keys).byte_strings(moments);
    return {sql, std::move(given)};
}

/// The answers of the statement that `make_put` makes.
std::vector<receipt> receipts_of(std::span<const queued_put> group, const rows& known) {
    std::vector<receipt> receipts;
    for (const auto& put : group)
        receipts.push_back({put.id, false});
    for (std::size_t row = 0; row < known.size(); ++row) {
        const auto place = static_cast<std::size_t>(known.number(row, 0) - 1);
        const auto id = known.uuid(row, 1);
        receipts[place] = {id, id != group[place].id};
    }
    return receipts;
}

/// Runs statements whose commit is to be as durable as `wanted`.
answer<std::vector<rows>> commit(connection& database, std::vector<connection::statement> all,
                                 durability wanted, std::chrono::milliseconds patience) {
    if (wanted == durability::standby)
        all.push_back(make_guard());
    auto committed = database.run_all(all, std::chrono::steady_clock::now() + patience);
    if (!committed || wanted != durability::standby)
        return committed;
    if (auto durable = check_guard(database, committed->back()); !durable)
        return durable.error();
    return committed;
}

// Codes. A sale is one transaction: the turn, its event, its codes; where it gets none, that is undone, and
// another event is stored in its place.

connection::statement lock_put_turn() {
    static const std::string sql = "SELECT name FROM turn WHERE name = 'put' FOR UPDATE";
    return {sql, {}};
}

std::string sale_of(const put_job& job) {
    return sale_key(job.one.endpoint, job.one.codes->transaction, job.one.codes->item);
}

/// The pools that serve the sale, the first one first.
std::vector<std::string> pools_of(const code_request& wanted) {
    std::vector<std::string> products;
    if (wanted.product == any_product)
        return products;
    if (!wanted.product.empty())
        products.push_back(storable_text(wanted.product));
    products.emplace_back(any_product);
    return products;
}

/// Whether all that a program made can be codes of one sale, as far as they themselves tell.
bool can_be_offered(const code_request& wanted) {
    const std::unordered_set<std::string_view> distinct(wanted.offered.begin(), wanted.offered.end());
    return !wanted.offered.empty() && wanted.offered.size() >= wanted.count &&
           distinct.size() == wanted.offered.size();
}

/// Binds codes to the sale, unless it has some, and divides by zero where it gets none. Behind its event, so
/// that they name the one that stands for it. Says whether it had them before, by another put than this one.
connection::statement make_take(const queued_put& put) {
    static const std::string event = "(SELECT k.id FROM known('put', $6, $7, $8, $9, $10) k)";
    static const std::string bound = "WITH bound AS (SELECT event FROM codes WHERE sale = $1)";
    static const std::string was_bound = "EXISTS (SELECT 1 FROM bound WHERE event IS DISTINCT FROM $5)";
    static const std::string told =
        " SELECT 1 / (EXISTS (SELECT 1 FROM bound) OR EXISTS (SELECT 1 FROM taken))::int, " + was_bound;
    static const std::string from_pools =
        bound +
        ", free AS (SELECT f.number FROM unnest($11) WITH ORDINALITY AS p(product, place), LATERAL ("
        "   SELECT number FROM codes WHERE endpoint = $2 AND product = p.product AND state = 0"
        "   ORDER BY number LIMIT $12) f ORDER BY p.place, f.number LIMIT $12),"
        " taken AS (UPDATE codes c SET state = 1, sale = $1, txn = $3, item = $4, event = " +
        event +
        ",  given_at = clock_timestamp() FROM free WHERE c.number = free.number"
        "  AND NOT EXISTS (SELECT 1 FROM bound) AND (SELECT count(*) FROM free) = $12 RETURNING c.product),"
        " counted AS (UPDATE code_pools p SET free = p.free - t.n, given = p.given + t.n FROM"
        "  (SELECT product, count(*) AS n FROM taken GROUP BY product) t"
        "  WHERE p.endpoint = $2 AND p.product = t.product)" +
        told;
    static const std::string from_offer =
        bound +
        ", taken AS (INSERT INTO codes (endpoint, product, code, state, sale, txn, item, event, given_at)"
        "  SELECT $2, $12, o.code, 1, $1, $3, $4, " +
        event +
        ", clock_timestamp() FROM unnest($11) WITH ORDINALITY AS o(code, n)"
        "  WHERE NOT EXISTS (SELECT 1 FROM bound)"
        "  AND NOT EXISTS (SELECT 1 FROM codes k WHERE k.endpoint = $2 AND k.code = ANY($11))"
        "  ORDER BY o.n RETURNING product),"
        " counted AS (INSERT INTO code_pools AS p (endpoint, product, free, given)"
        "  SELECT $2, product, 0, count(*) FROM taken GROUP BY product"
        "  ON CONFLICT (endpoint, product) DO UPDATE SET given = p.given + excluded.given)" +
        told;
    static const std::string bound_only =
        bound + " SELECT 1 / (EXISTS (SELECT 1 FROM bound))::int, " + was_bound;

    const auto& wanted = *put.job->one.codes;
    parameters given;
    given.bytes(sale_of(*put.job)).text(storable_text(put.job->one.endpoint));
    given.text(storable_text(wanted.transaction)).text(storable_text(wanted.item)).uuid(put.id);
    known_keys keys;
    keys.add(put);
    keys.append_to(given);
    if (wanted.from == code_request::supply::pool) {
        given.texts(pools_of(wanted)).number(static_cast<std::int64_t>(wanted.count));
        return {from_pools, std::move(given)};
    }
    if (wanted.from == code_request::supply::offered && can_be_offered(wanted)) {
        std::vector<std::string> codes;
        std::ranges::transform(wanted.offered, std::back_inserter(codes), storable_text);
        given.texts(codes);
        given.text(wanted.product.empty() ? std::string(any_product) : storable_text(wanted.product));
        return {from_offer, std::move(given)};
    }
    return {bound_only, std::move(given)};
}

connection::statement read_codes(const put_job& job) {
    static const std::string sql = "SELECT code FROM codes WHERE sale = $1 ORDER BY product = $2, number";
    return {sql, parameters().bytes(sale_of(job)).text(any_product)};
}

/// The pools that could serve the sale, as they are now.
connection::statement read_pools(const put_job& job) {
    static const std::string sql =
        "SELECT product, free, given FROM code_pools WHERE endpoint = $1 AND product = ANY($2)"
        " ORDER BY product = $3";
    parameters given;
    given.text(storable_text(job.one.endpoint));
    given.texts({storable_text(job.one.codes->product), std::string(any_product)}).text(any_product);
    return {sql, std::move(given)};
}

std::vector<code_pool> pools_from(const put_job& job, const rows& found) {
    std::vector<code_pool> pools;
    if (job.one.codes->from != code_request::supply::pool)
        return pools;
    for (std::size_t row = 0; row < found.size(); ++row)
        pools.push_back({job.one.endpoint, std::string(found.bytes(row, 0)),
                         static_cast<std::uint64_t>(found.number(row, 1)),
                         static_cast<std::uint64_t>(found.number(row, 2))});
    return pools;
}

/// Fails with division by zero, and stores nothing, where the sale gets no codes.
answer<receipt> put_with_codes(connection& database, const queued_put& put, durability wanted,
                               std::chrono::milliseconds patience) {
    const std::span group(&put, 1);
    const auto committed =
        commit(database,
               {lock_put_turn(), make_put(group), make_take(put), read_codes(*put.job), read_pools(*put.job)},
               wanted, patience);
    if (!committed)
        return committed.error();
    auto stored = receipts_of(group, committed->at(1)).front();
    stored.codes.emplace();
    stored.codes->repeated = committed->at(2).number(0, 1) != 0;
    const auto& codes = committed->at(3);
    for (std::size_t row = 0; row < codes.size(); ++row)
        stored.codes->codes.emplace_back(codes.bytes(row, 0));
    stored.codes->pools = pools_from(*put.job, committed->at(4));
    return stored;
}

answer<receipt> put_without_codes(connection& database, const queued_put& put, durability wanted,
                                  std::chrono::milliseconds patience) {
    const std::span group(&put, 1);
    const auto committed = commit(database, {make_put(group), read_pools(*put.job)}, wanted, patience);
    if (!committed)
        return committed.error();
    auto stored = receipts_of(group, committed->at(0)).front();
    stored.codes.emplace();
    stored.codes->pools = pools_from(*put.job, committed->at(1));
    return stored;
}

answer<receipt> put_sale(connection& database, queued_put& put, durability wanted,
                         std::chrono::milliseconds patience) {
    constexpr std::string_view division_by_zero = "22012";
    if (!put.has_no_codes) {
        auto sold = put_with_codes(database, put, wanted, patience);
        if (sold || sold.error().state != division_by_zero)
            return sold;
        if (put.job->one.codes->from == code_request::supply::bound) {
            receipt nothing;
            nothing.codes.emplace();
            return nothing;
        }
        put.job->go_without_codes();
        put.has_no_codes = true;
    }
    return put_without_codes(database, put, wanted, patience);
}

using answers_span = std::span<std::optional<result<receipt>>>;

/// Halves what is refused for its data, until that stands alone.
answer<void> put_part(connection& database, std::span<queued_put> part, answers_span answers,
                      durability wanted, std::chrono::milliseconds patience) {
    std::optional<error> refused;
    if (part.front().job->one.codes) {
        if (auto stored = put_sale(database, part.front(), wanted, patience))
            answers.front() = *std::move(stored);
        else
            refused = stored.error();
    } else {
        const auto committed = commit(database, {make_put(part)}, wanted, patience);
        if (committed)
            std::ranges::move(receipts_of(part, committed->front()), answers.begin());
        else
            refused = committed.error();
    }
    if (!refused)
        return {};
    if (!is_row_error(*refused))
        return *std::move(refused);
    if (part.size() == 1) {
        answers.front() = failure{errc::io, refused->reason};
        return {};
    }
    const auto half = part.size() / 2;
    auto stored = put_part(database, part.first(half), answers.first(half), wanted, patience);
    if (!stored)
        return stored;
    return put_part(database, part.subspan(half), answers.subspan(half), wanted, patience);
}

}  // namespace

std::unique_ptr<put_job> make_put_job(arrival delivery, put_caller caller) {
    auto keys = keys_of(delivery);
    auto lines = pack_headers(delivery.fields);
    auto received = pack_reception(delivery.received);
    std::optional<put_job::codeless_sale> without_codes;
    if (delivery.codes)
        without_codes = put_job::codeless_sale{keys_without_codes(delivery), 0};
    delivery.identity = std::string();
    delivery.former_identity = std::string();
    return std::make_unique<put_job>(put_job{std::move(delivery), std::move(keys), std::move(lines),
                                             std::move(received), 0, std::move(without_codes),
                                             std::move(caller)});
}

bool put_keys::add(const put_job& job) {
    bool is_new = true;
    for (const std::string_view key : {std::string_view(job.keys.content), std::string_view(job.keys.subject),
                                       std::string_view(job.keys.type)})
        is_new &= key.empty() || known_.insert(key).second;
    return is_new;
}

bool is_row_error(const error& why) noexcept {
    // Cardinality, data, constraints, limits, and what a trigger refuses.
    constexpr std::array<std::string_view, 5> classes = {"21", "22", "23", "54", "P0"};
    return std::ranges::any_of(classes, [&](std::string_view each) { return why.state.starts_with(each); });
}

put_outcome put(connection& database, std::span<queued_put> group, durability wanted,
                std::chrono::milliseconds patience) {
    put_outcome outcome;
    outcome.answers.resize(group.size());
    if (auto stored = put_part(database, group, outcome.answers, wanted, patience); !stored)
        outcome.failed = stored.error();
    return outcome;
}

}  // namespace shopbell::postgres
