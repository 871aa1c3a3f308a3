#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// One header field line as received or to be sent; names compare without case (RFC 9110, section 5.1).
struct header {
    std::string name;
    std::string value;
};

using headers = std::vector<header>;

/// How many field lines carry that name.
[[nodiscard]] std::size_t count(const headers& fields, std::string_view name) noexcept;

/// The value of the first line of that name, or empty. Where one value decides, check `count` too.
[[nodiscard]] std::string_view value_of(const headers& fields, std::string_view name) noexcept;

/// Header fields as the lines they came in, and back.
[[nodiscard]] std::string pack_headers(const headers& fields);
[[nodiscard]] headers unpack_headers(std::string_view lines);

}  // namespace shopbell
