#pragma once

#include "sqlite.hpp"

#include <shopbell/core/result.hpp>
#include <shopbell/inbox/archive.hpp>

#include <string>
#include <vector>

namespace shopbell {

/// Reads the codes of sales, for people.
class code_report {
public:
    /// `database` outlives the statements.
    [[nodiscard]] int attach(sqlite::connection& database);

    [[nodiscard]] result<std::vector<code_pool>> pools(const std::string& endpoint);
    [[nodiscard]] result<std::vector<given_code>> given(const std::string& endpoint,
                                                        const std::string& product, sequence after,
                                                        std::size_t limit);
    [[nodiscard]] result<std::vector<code_state>> states(const std::string& endpoint,
                                                         const std::vector<std::string>& codes);

private:
    [[nodiscard]] failure trouble(int code) const;

    sqlite::connection* database_ = nullptr;
    struct {
        sqlite::statement pools, given, by_code;
    } sql_;
};

}  // namespace shopbell
