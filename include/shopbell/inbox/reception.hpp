#pragma once

#include <shopbell/inbox/inbox.hpp>

#include <string>
#include <string_view>

namespace shopbell {

/// As an engine stores it with the event, and back.
[[nodiscard]] std::string pack_reception(const reception& one);
[[nodiscard]] reception unpack_reception(std::string_view lines);

}  // namespace shopbell
