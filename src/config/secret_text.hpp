#pragma once

#include <shopbell/config/reader.hpp>

#include <optional>
#include <string>
#include <string_view>

/// What editors, shells and web pages do to a secret before it is read. Private to this folder.
namespace shopbell::config {

/// The secret that these bytes stand for: without what nobody can have meant. UTF-16 becomes UTF-8; byte
/// order marks, line ends and NULs around the text go; around a token, also everything else that is not seen.
[[nodiscard]] std::string meant_by(std::string bytes, secret_kind kind);

/// What in the secret hardly anybody means, in words behind "the secret": "begins or ends with a space".
/// Nothing where there is no doubt.
[[nodiscard]] std::optional<std::string> doubt_about(std::string_view text, secret_kind kind);

}  // namespace shopbell::config
