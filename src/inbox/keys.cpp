#include "keys.hpp"

#include <shopbell/crypto/digest.hpp>

#include <initializer_list>

namespace shopbell {

namespace {

/// A digest of parts that cannot run into each other: each is preceded by its length.
std::string digest_of(std::initializer_list<std::string_view> parts) {
    std::string joined;
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
