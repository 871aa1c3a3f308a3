#include "request_id.hpp"

#include "grammar.hpp"

#include <algorithm>

namespace shopbell::http {

namespace {

constexpr std::string_view request_id = "X-Request-Id";

bool is_sane(std::string_view id) noexcept {
    constexpr std::size_t longest = 128;
    return !id.empty() && id.size() <= longest && std::ranges::all_of(id, is_token_character);
}

}  // namespace

std::string forwarded_request_id(const optional_address& peer, const headers& fields,
                                 const networks& trusted) {
    if (!is_trusted(peer, trusted) || count(fields, request_id) != 1)
        return {};
    const auto id = value_of(fields, request_id);
    return is_sane(id) ? std::string(id) : std::string();
}

}  // namespace shopbell::http
