#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace shopbell {

using sha256_digest = std::array<std::uint8_t, 32>;

/// The hash functions that stores use.
enum class hash : unsigned char { sha1, sha256, sha384, sha512 };

/// Bytes of that hash's digest, and of an HMAC with it.
[[nodiscard]] std::size_t digest_size(hash of) noexcept;

/// The digest's bytes.
[[nodiscard]] std::string digest(hash by, std::string_view message);

[[nodiscard]] sha256_digest sha256(std::string_view message);
/// Of the parts, one behind the other.
[[nodiscard]] sha256_digest sha256(std::span<const std::string_view> parts);

/// HMAC with SHA-256 (RFC 2104, RFC 4231).
[[nodiscard]] sha256_digest hmac_sha256(std::string_view key, std::string_view message);

/// MD5 as 32 lower-case hex digits. Only for E-junkie's handshake, which is defined with it.
[[nodiscard]] std::string md5_hex(std::string_view message);

/// The digest's bytes as text, for `base64_encode` and `hex_encode`.
[[nodiscard]] std::string_view as_text(const sha256_digest& digest) noexcept;

}  // namespace shopbell
