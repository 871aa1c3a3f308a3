#pragma once

#include "operations.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace shopbell {

/// Characters of an id that are enough to look for it, as for git's commits.
constexpr std::size_t shortest_id = 4;

/// The event that an operator means, or the answer that says why there is none.
using meant_event = std::variant<stored_event, http::response>;

/// Finds an event by its id, or by the beginning or the end of one where no other event's begins or ends so.
[[nodiscard]] asio::awaitable<meant_event> find_event(api_state& in, std::string id);

/// Whether a text could be the beginning of an id, or the end of one: hexadecimal digits, with dashes where
/// an id has them.
[[nodiscard]] bool may_begin_id(std::string_view text) noexcept;
[[nodiscard]] bool may_end_id(std::string_view text) noexcept;

}  // namespace shopbell
