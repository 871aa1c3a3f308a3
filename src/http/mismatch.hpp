#pragma once

#include <shopbell/http/server.hpp>

#include <string_view>

namespace shopbell::http {

/// How a header of the PROXY protocol begins: in version 1, and in version 2.
inline constexpr std::string_view proxy_line_start = "PROXY ";
inline constexpr std::string_view proxy_signature{"\r\n\r\n\0\r\nQUIT\n", 12};

/// What the first bytes of a connection are where they are no request. Asked once they were refused.
[[nodiscard]] mismatch what_came_instead(std::string_view bytes) noexcept;

/// The same where they are no TLS.
[[nodiscard]] mismatch what_came_instead_of_tls(std::string_view bytes) noexcept;

/// For the log: a literal, empty for `none`.
[[nodiscard]] std::string_view describe(mismatch what) noexcept;

}  // namespace shopbell::http
