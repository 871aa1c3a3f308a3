#include "code_table.hpp"

#include "rows.hpp"
#include <shopbell/inbox/keys.hpp>

#include <shopbell/core/text.hpp>

#include <algorithm>
#include <utility>

namespace shopbell {

int code_table::attach(sqlite::connection& database) {
    const std::string codes(code_columns);
    return database.prepare_all({
        {sql_.by_sale, codes + " WHERE sale = ?1 ORDER BY number"},
        {sql_.by_code, codes + " WHERE endpoint = ?1 AND code = ?2"},
        {sql_.by_event, codes + " WHERE event = ?1 AND event <> ''"},
        {sql_.by_transaction, codes + " WHERE txn = ?1 AND txn <> ''"},
        {sql_.free, codes + " WHERE endpoint = ?1 AND product = ?2 AND state = 0 ORDER BY number LIMIT ?3"},
        {sql_.last_number, "SELECT coalesce(max(number), 0) FROM codes"},
        {sql_.insert,
         "INSERT INTO codes (number, endpoint, product, code, state, sale, txn, item, event, given_at, seal)"
         " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"},
        {sql_.update,
         "UPDATE codes SET state = ?2, sale = ?3, txn = ?4, item = ?5, event = ?6, given_at = ?7, seal = ?8"
         " WHERE number = ?1"},
        {sql_.begin_pool,
         "INSERT INTO code_pools (endpoint, product, free, given) VALUES (?1, ?2, 0, 0)"
         " ON CONFLICT DO NOTHING"},
        {sql_.count_pool,
         "UPDATE code_pools SET free = free + ?3, given = given + ?4 WHERE endpoint = ?1 AND product = ?2"},
        {sql_.end_pool,
         "DELETE FROM code_pools WHERE endpoint = ?1 AND product = ?2 AND free = 0 AND given = 0"},
        {sql_.pool, "SELECT free, given FROM code_pools WHERE endpoint = ?1 AND product = ?2"},
    });
}

int code_table::choose(const std::string& endpoint, const code_request& wanted, choice& into) {
    {
        const auto sale = sale_key(endpoint, wanted.transaction, wanted.item);
        const sqlite::use rows(sql_.by_sale);
        rows->bind_blob(1, sale);
        if (const int code = collect(*rows, into.rows); code != SQLITE_OK)
            return code;
    }
    into.bound = !into.rows.empty();
    if (into.bound)
        return SQLITE_OK;
    switch (wanted.from) {
        case code_request::supply::pool:
            return choose_from_pool(endpoint, wanted, into);
        case code_request::supply::offered:
            return choose_offered(endpoint, wanted, into);
        case code_request::supply::none:
        case code_request::supply::bound:
            break;
    }
    return SQLITE_OK;
}

int code_table::choose_from_pool(const std::string& endpoint, const code_request& wanted, choice& into) {
    for (const auto& product : {wanted.product, std::string(any_product)}) {
        const auto missing = wanted.count - into.rows.size();
        if (product.empty() || missing == 0 || (product == any_product && wanted.product == any_product))
            continue;
        if (const int code = find_free(endpoint, product, missing, into.rows); code != SQLITE_OK)
            return code;
    }
    if (into.rows.size() < wanted.count)
        into.rows.clear();
    return SQLITE_OK;
}

int code_table::find_free(const std::string& endpoint, const std::string& product, std::size_t count,
                          std::vector<code_row>& into) {
    const sqlite::use rows(sql_.free);
    rows->bind(1, endpoint);
    rows->bind(2, product);
    rows->bind(3, static_cast<std::int64_t>(count));
    return collect(*rows, into);
}

// A program may print what it has printed before: a code that the endpoint knows is not a new one.
int code_table::choose_offered(const std::string& endpoint, const code_request& wanted, choice& into) {
    for (const auto& code : wanted.offered) {
        bool known = std::ranges::find(into.rows, code, &code_row::code) != into.rows.end();
        if (!known) {
            if (const int failed = is_known(endpoint, code, known); failed != SQLITE_OK)
                return failed;
        }
        if (known)
            break;
        code_row row;
        row.endpoint = endpoint;
        row.product = wanted.product.empty() ? std::string(any_product) : wanted.product;
        row.code = code;
        into.rows.push_back(std::move(row));
    }
    if (into.rows.size() < wanted.count || into.rows.size() < wanted.offered.size())
        into.rows.clear();
    return SQLITE_OK;
}

int code_table::is_known(const std::string& endpoint, const std::string& code, bool& known) {
    const sqlite::use row(sql_.by_code);
    row->bind(1, endpoint);
    row->bind(2, code);
    const int answer = row->step();
    known = answer == SQLITE_ROW;
    return is_answer(answer) ? SQLITE_OK : answer;
}

int code_table::bind(const code_request& wanted, std::string_view event, time_point at, choice& chosen) {
    for (auto& row : chosen.rows) {
        const bool was_free = row.number != 0;
        row.state = code_row_state::given;
        row.sale = sale_key(row.endpoint, wanted.transaction, wanted.item);
        row.transaction = wanted.transaction;
        row.item = wanted.item;
        row.event = event;
        row.given_at = milliseconds(at);
        const int code = was_free ? update(row) : insert(row);
        if (code != SQLITE_OK)
            return code;
        if (const int counted = count(row, was_free ? -1 : 0, 1); counted != SQLITE_OK)
            return counted;
    }
    chosen.bound = true;
    return SQLITE_OK;
}

int code_table::read_pools(const std::string& endpoint, const code_request& wanted,
                           std::vector<code_pool>& into) {
    for (const auto& product : {wanted.product, std::string(any_product)}) {
        const sqlite::use row(sql_.pool);
        row->bind(1, endpoint);
        row->bind(2, product);
        const int code = row->step();
        if (!is_answer(code))
            return code;
        if (code == SQLITE_ROW)
            into.push_back({endpoint, product, static_cast<std::uint64_t>(row->integer(0)),
                            static_cast<std::uint64_t>(row->integer(1))});
        if (product == any_product)
            break;
    }
    return SQLITE_OK;
}

int code_table::add(const std::string& endpoint, const std::string& product, const std::string& code,
                    bool& changed) {
    bool known = false;
    if (const int failed = is_known(endpoint, code, known); failed != SQLITE_OK || known)
        return failed;
    changed = true;
    code_row row;
    row.endpoint = endpoint;
    row.product = product;
    row.code = code;
    if (const int failed = insert(row); failed != SQLITE_OK)
        return failed;
    return count(row, 1, 0);
}

int code_table::make_void(const std::string& endpoint, const std::string& code, bool& changed) {
    std::vector<code_row> found;
    {
        const sqlite::use row(sql_.by_code);
        row->bind(1, endpoint);
        row->bind(2, code);
        if (const int failed = collect(*row, found); failed != SQLITE_OK)
            return failed;
    }
    if (found.empty() || found.front().state != code_row_state::free)
        return SQLITE_OK;
    changed = true;
    found.front().state = code_row_state::voided;
    if (const int failed = update(found.front()); failed != SQLITE_OK)
        return failed;
    return count(found.front(), -1, 0);
}

int code_table::forget_event(std::string_view id, std::int64_t& rows) {
    std::vector<code_row> found;
    {
        const sqlite::use row(sql_.by_event);
        row->bind(1, id);
        if (const int code = collect(*row, found); code != SQLITE_OK)
            return code;
    }
    return forget(std::move(found), rows);
}

int code_table::forget_transaction(const std::string& endpoints, std::string_view transaction,
                                   std::int64_t& rows) {
    std::vector<code_row> found;
    {
        const sqlite::use row(sql_.by_transaction);
        row->bind(1, transaction);
        if (const int code = collect(*row, found); code != SQLITE_OK)
            return code;
    }
    std::erase_if(found, [&](const code_row& one) {
        return !endpoints.empty() && !wildcard_match(endpoints, one.endpoint);
    });
    return forget(std::move(found), rows);
}

int code_table::forget(std::vector<code_row> found, std::int64_t& rows) {
    for (auto& row : found) {
        row.transaction.clear();
        row.item.clear();
        row.event.clear();
        if (const int code = update(row); code != SQLITE_OK)
            return code;
        ++rows;
    }
    return SQLITE_OK;
}

int code_table::collect(sqlite::statement& rows, std::vector<code_row>& into) {
    int code = SQLITE_OK;
    while ((code = rows.step()) == SQLITE_ROW) {
        if (const int damaged = code_row_from(rows, into.emplace_back()); damaged != SQLITE_OK)
            return damaged;
    }
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

int code_table::insert(const code_row& row) {
    auto numbered = row;
    {
        const sqlite::use last(sql_.last_number);
        if (const int code = last->step(); code != SQLITE_ROW)
            return code;
        numbered.number = last->integer(0) + 1;
    }
    const sqlite::use into(sql_.insert);
    into->bind(1, numbered.number);
    into->bind(2, numbered.endpoint);
    into->bind(3, numbered.product);
    into->bind(4, numbered.code);
    into->bind(5, static_cast<std::int64_t>(numbered.state));
    if (numbered.sale.empty())
        into->bind_null(6);
    else
        into->bind_blob(6, numbered.sale);
    into->bind(7, numbered.transaction);
    into->bind(8, numbered.item);
    into->bind(9, numbered.event);
    into->bind(10, numbered.given_at);
    into->bind(11, seal_of(numbered));
    const int code = into->step();
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

int code_table::update(const code_row& row) {
    const sqlite::use into(sql_.update);
    into->bind(1, row.number);
    into->bind(2, static_cast<std::int64_t>(row.state));
    if (row.sale.empty())
        into->bind_null(3);
    else
        into->bind_blob(3, row.sale);
    into->bind(4, row.transaction);
    into->bind(5, row.item);
    into->bind(6, row.event);
    into->bind(7, row.given_at);
    into->bind(8, seal_of(row));
    const int code = into->step();
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

int code_table::count(const code_row& row, int free, int given) {
    if (const int code = sqlite::run(sql_.begin_pool, row.endpoint, row.product); code != SQLITE_OK)
        return code;
    if (const int code =
            sqlite::run(sql_.count_pool, row.endpoint, row.product, std::int64_t{free}, std::int64_t{given});
        code != SQLITE_OK)
        return code;
    if (free >= 0)
        return SQLITE_OK;
    return sqlite::run(sql_.end_pool, row.endpoint, row.product);
}

}  // namespace shopbell
