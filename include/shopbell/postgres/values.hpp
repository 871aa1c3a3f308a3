#pragma once

#include <shopbell/core/clock.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct pg_result;

namespace shopbell::postgres {

/// As a server can hold it: UTF-8 without NUL; U+FFFD stands for what is not.
[[nodiscard]] std::string storable_text(std::string_view text);

/// The parameters of one statement, in PostgreSQL's binary form: $1, $2, ... in the order in which they are
/// added. All text is UTF-8 without NUL.
class parameters {
public:
    parameters& text(std::string_view value);
    parameters& bytes(std::string_view value);
    parameters& number(std::int64_t value);
    parameters& integer(std::int64_t value);  ///< as an integer of four bytes
    parameters& flag(bool value);
    parameters& time(time_point value);
    parameters& time(const std::optional<time_point>& value);  ///< nothing: null
    /// "0193...": the 36 characters of a UUID; nothing: null.
    parameters& uuid(const std::optional<std::string>& value);
    parameters& interval(std::chrono::milliseconds value);

    parameters& texts(const std::vector<std::string>& values);
    /// Nothing: null.
    parameters& byte_strings(const std::vector<std::optional<std::string>>& values);
    parameters& numbers(const std::vector<std::int64_t>& values);
    parameters& integers(const std::vector<std::int32_t>& values);
    parameters& small_integers(const std::vector<std::int16_t>& values);
    parameters& times(const std::vector<time_point>& values);
    parameters& uuids(const std::vector<std::string>& values);

    struct encoded {
        unsigned type = 0;  ///< the type's OID
        std::optional<std::string> bytes;
    };
    [[nodiscard]] const std::vector<encoded>& values() const noexcept { return values_; }

private:
    parameters& add(unsigned type, std::optional<std::string> bytes);
    parameters& add_array(unsigned type, unsigned element,
                          const std::vector<std::optional<std::string>>& elements);

    std::vector<encoded> values_;
};

/// What a statement returned, in binary form. Precondition of each reading: the column has that type.
class rows {
public:
    rows() = default;
    explicit rows(pg_result* taken) noexcept;

    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }

    [[nodiscard]] bool is_null(std::size_t row, int column) const noexcept;
    /// text, bytea
    [[nodiscard]] std::string_view bytes(std::size_t row, int column) const noexcept;
    /// smallint, integer, bigint, boolean
    [[nodiscard]] std::int64_t number(std::size_t row, int column) const noexcept;
    /// timestamptz; '-infinity' is the beginning of the epoch
    [[nodiscard]] time_point time(std::size_t row, int column) const noexcept;
    [[nodiscard]] std::string uuid(std::size_t row, int column) const;

private:
    struct clear {
        void operator()(pg_result* handle) const noexcept;
    };
    std::unique_ptr<pg_result, clear> handle_;
};

}  // namespace shopbell::postgres
