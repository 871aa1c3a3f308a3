#pragma once

#include <shopbell/crypto/secret.hpp>

#include <string_view>

/// What happens to secrets when people copy them.
namespace shopbell {

/// In which way `sent` is one of the secrets all but for something that happens when people copy them, in
/// words behind "right": " but for white space around it". Empty where it is not.
[[nodiscard]] std::string_view nearly_equals(const secrets& accepted, std::string_view sent);

/// Without quotes around it; the same text where there are none.
[[nodiscard]] std::string_view without_quotes(std::string_view text) noexcept;

}  // namespace shopbell
