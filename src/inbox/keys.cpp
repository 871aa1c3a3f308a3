#include "keys.hpp"

#include <shopbell/crypto/digest.hpp>

#include <array>
#include <string>

namespace shopbell {

namespace {

/// The digest of parts that cannot run into each other: each is preceded by its length.
template <std::size_t Count>
std::string digest_of(const std::array<std::string_view, Count>& parts) {
    std::array<std::string, Count> lengths;
    std::array<std::string_view, 2 * Count> all;
    for (std::size_t i = 0; i < Count; ++i) {
        lengths[i] = std::to_string(parts[i].size()) + ':';
        all[2 * i] = lengths[i];
        all[2 * i + 1] = parts[i];
    }
    constexpr std::size_t kept = 16;
    return std::string(as_text(sha256(all)).substr(0, kept));
}

}  // namespace

std::string identity_key(const arrival& one) {
    std::string key;
    for (int shift = 56; shift >= 0; shift -= 8)
        key += static_cast<char>(static_cast<unsigned char>(one.locality >> shift));
    return key + digest_of(std::array<std::string_view, 2>{one.endpoint, one.identity});
}

std::string resource_key(std::string_view endpoint, std::string_view store, std::string_view type,
                         std::string_view subject) {
    return digest_of(std::array{endpoint, store, type, subject});
}

}  // namespace shopbell
