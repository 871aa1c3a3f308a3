#include "keys.hpp"

#include <shopbell/crypto/digest.hpp>

#include <initializer_list>
#include <limits>

namespace shopbell {

namespace {

constexpr std::size_t longest_prefix = std::numeric_limits<std::size_t>::digits10 + 2;

/// A digest of parts that cannot run into each other: each is preceded by its length.
std::string digest_of(std::initializer_list<std::string_view> parts) {
    std::size_t size = 0;
    for (const auto part : parts)
        size += longest_prefix + part.size();
    std::string joined;
    joined.reserve(size);
    for (const auto part : parts) {
        joined += std::to_string(part.size());
        joined += ':';
        joined += part;
    }
    constexpr std::size_t kept = 16;
    return std::string(as_text(sha256(joined)).substr(0, kept));
}

}  // namespace

std::string identity_key(const arrival& one) {
    std::string key;
    for (int shift = 56; shift >= 0; shift -= 8)
        key += static_cast<char>(static_cast<unsigned char>(one.locality >> shift));
    return key + digest_of({one.endpoint, one.identity});
}

std::string resource_key(std::string_view endpoint, std::string_view store, std::string_view type,
                         std::string_view subject) {
    return digest_of({endpoint, store, type, subject});
}

}  // namespace shopbell
