#include "code_report.hpp"

#include "code_rows.hpp"
#include "rows.hpp"
#include "schema.hpp"

namespace shopbell {

namespace {

given_code given_from(code_row row) {
    given_code one;
    one.endpoint = std::move(row.endpoint);
    one.product = std::move(row.product);
    one.number = row.number;
    one.code = std::move(row.code);
    one.transaction = std::move(row.transaction);
    one.item = std::move(row.item);
    one.at = time_from(row.given_at);
    return one;
}

code_state state_of(code_row_state state) {
    switch (state) {
        case code_row_state::free:
            return code_state::free;
        case code_row_state::given:
            return code_state::given;
        case code_row_state::voided:
            break;
    }
    return code_state::voided;
}

}  // namespace

int code_report::attach(sqlite::connection& database) {
    database_ = &database;
    const std::string codes(code_columns);
    return database.prepare_all({
        {sql_.pools,
         "SELECT endpoint, product, free, given FROM code_pools WHERE ?1 = '' OR endpoint = ?1"
         " ORDER BY endpoint, product"},
        {sql_.given, codes + " WHERE endpoint = ?1 AND product = ?2 AND state = 1 AND number > ?3"
                             " ORDER BY number LIMIT ?4"},
        {sql_.by_code, codes + " WHERE endpoint = ?1 AND code = ?2"},
    });
}

result<std::vector<code_pool>> code_report::pools(const std::string& endpoint) {
    const sqlite::use rows(sql_.pools);
    rows->bind(1, endpoint);
    std::vector<code_pool> found;
    int code = SQLITE_OK;
    while ((code = rows->step()) == SQLITE_ROW)
        found.push_back({std::string(rows->bytes(0)), std::string(rows->bytes(1)),
                         static_cast<std::uint64_t>(rows->integer(2)),
                         static_cast<std::uint64_t>(rows->integer(3))});
    if (code != SQLITE_DONE)
        return trouble(code);
    return found;
}

result<std::vector<given_code>> code_report::given(const std::string& endpoint, const std::string& product,
                                                   sequence after, std::size_t limit) {
    const sqlite::use rows(sql_.given);
    rows->bind(1, endpoint);
    rows->bind(2, product);
    rows->bind(3, after);
    rows->bind(4, static_cast<std::int64_t>(limit));
    std::vector<given_code> found;
    int code = SQLITE_OK;
    while ((code = rows->step()) == SQLITE_ROW) {
        code_row row;
        if (const int damaged = code_row_from(*rows, row); damaged != SQLITE_OK)
            return trouble(damaged);
        found.push_back(given_from(std::move(row)));
    }
    if (code != SQLITE_DONE)
        return trouble(code);
    return found;
}

result<std::vector<code_state>> code_report::states(const std::string& endpoint,
                                                    const std::vector<std::string>& codes) {
    const sqlite::snapshot moment(*database_);
    std::vector<code_state> found;
    for (const auto& text : codes) {
        const sqlite::use rows(sql_.by_code);
        rows->bind(1, endpoint);
        rows->bind(2, text);
        const int code = rows->step();
        if (!is_answer(code))
            return trouble(code);
        code_row row;
        const bool known = code == SQLITE_ROW;
        if (const int damaged = known ? code_row_from(*rows, row) : SQLITE_OK; damaged != SQLITE_OK)
            return trouble(damaged);
        found.push_back(known ? state_of(row.state) : code_state::unknown);
    }
    return found;
}

failure code_report::trouble(int code) const {
    return describe_failure(*database_, code, "reading the inbox " + database_->path());
}

}  // namespace shopbell
