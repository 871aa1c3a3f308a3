#pragma once

#include "code_rows.hpp"
#include "sqlite.hpp"

#include <shopbell/inbox/inbox.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// The codes of sales: the pools that they are taken from, and which sale got which. Lives on the writer
/// thread; a code is found, bound and counted within one transaction, which nobody else writes in.
class code_table {
public:
    [[nodiscard]] int attach(sqlite::connection& database);
    void detach() { sql_ = {}; }

    /// What a sale gets: found before its event is stored, bound once that has an id.
    struct choice {
        bool bound = false;          ///< the sale has had `rows` before
        std::vector<code_row> rows;  ///< empty: it gets none
    };
    [[nodiscard]] int choose(const std::string& endpoint, const code_request& wanted, choice& into);
    [[nodiscard]] int bind(const code_request& wanted, std::string_view event, time_point at, choice& chosen);
    /// The pools that could serve the sale.
    [[nodiscard]] int read_pools(const std::string& endpoint, const code_request& wanted,
                                 std::vector<code_pool>& into);

    // A person's decisions about one code. `changed`: whether there was something to decide about.
    [[nodiscard]] int add(const std::string& endpoint, const std::string& product, const std::string& code,
                          bool& changed);
    [[nodiscard]] int make_void(const std::string& endpoint, const std::string& code, bool& changed);

    /// The sale's names leave the rows whose event or transaction it is; the digest of them stays, so that a
    /// repeat gets the same codes.
    [[nodiscard]] int forget_event(std::string_view id, std::int64_t& rows);
    [[nodiscard]] int forget_transaction(const std::string& endpoints, std::string_view transaction,
                                         std::int64_t& rows);

private:
    [[nodiscard]] static int collect(sqlite::statement& rows, std::vector<code_row>& into);
    [[nodiscard]] int find_free(const std::string& endpoint, const std::string& product, std::size_t count,
                                std::vector<code_row>& into);
    [[nodiscard]] int choose_from_pool(const std::string& endpoint, const code_request& wanted, choice& into);
    [[nodiscard]] int choose_offered(const std::string& endpoint, const code_request& wanted, choice& into);
    [[nodiscard]] int is_known(const std::string& endpoint, const std::string& code, bool& known);
    [[nodiscard]] int insert(const code_row& row);
    [[nodiscard]] int update(const code_row& row);
    [[nodiscard]] int count(const code_row& row, int free, int given);
    [[nodiscard]] int forget(std::vector<code_row> found, std::int64_t& rows);

    struct {
        sqlite::statement by_sale, by_code, by_event, by_transaction, free, last_number, insert, update;
        sqlite::statement begin_pool, count_pool, end_pool, pool;
    } sql_;
};

}  // namespace shopbell
