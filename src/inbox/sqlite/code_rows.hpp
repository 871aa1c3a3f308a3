#pragma once

#include "sqlite.hpp"

#include <shopbell/inbox/archive.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace shopbell {

/// codes.state
enum class code_row_state : unsigned char { free = 0, given = 1, voided = 2 };

/// A row of `codes`, whole.
struct code_row {
    sequence number = 0;
    std::string endpoint, product, code;
    code_row_state state = code_row_state::free;
    std::string sale;  ///< sale_key; empty: given to nobody
    std::string transaction, item, event;
    std::int64_t given_at = 0;
};

/// `code_row_from` reads what this selects.
constexpr std::string_view code_columns =
    "SELECT number, endpoint, product, code, state, sale, txn, item, event, given_at, seal FROM codes";

/// SQLITE_OK with `into` filled in, or SQLITE_CORRUPT where the row is not what was stored: a binding that is
/// damaged must not let its code be given twice.
[[nodiscard]] int code_row_from(const sqlite::statement& row, code_row& into);

/// What stands in codes.seal.
[[nodiscard]] std::int64_t seal_of(const code_row& row);

}  // namespace shopbell
