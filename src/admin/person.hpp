#pragma once

#include <shopbell/commerce/event.hpp>

#include <string_view>

namespace shopbell {

/// Whether the text holds this email address, in any case, and not as a part of a longer one: of
/// mary-jane@example.com the address jane@example.com is none, nor is example.com.uk example.com. Where the
/// text has "%40" in it, also after its percent-escapes are undone.
[[nodiscard]] bool mentions_address(std::string_view text, std::string_view address);

/// Whether any name or string in the event's document, or any header, holds it.
[[nodiscard]] bool mentions_address(const event& one, std::string_view address);

}  // namespace shopbell
