#include <shopbell/inbox/keys.hpp>

#include <shopbell/crypto/digest.hpp>

#include <array>
#include <charconv>
#include <cstdint>
#include <string>

namespace shopbell {

namespace {

constexpr std::size_t digest_bytes = 16;
constexpr std::size_t moment_bytes = 8;

/// The digest of parts that cannot run into each other: each is preceded by its length.
template <std::size_t Count>
std::string digest_of(const std::array<std::string_view, Count>& parts, std::size_t kept = digest_bytes) {
    std::array<std::string, Count> lengths;
    std::array<std::string_view, 2 * Count> all;
    for (std::size_t i = 0; i < Count; ++i) {
        lengths[i] = std::to_string(parts[i].size()) + ':';
        all[2 * i] = lengths[i];
        all[2 * i + 1] = parts[i];
    }
    return std::string(as_text(sha256(all)).substr(0, kept));
}

/// Big-endian, in front of a key: keys of one time then stand together in the index.
std::string big_endian(std::uint64_t number) {
    std::string bytes;
    for (int shift = 56; shift >= 0; shift -= 8)
        bytes += static_cast<char>(static_cast<unsigned char>(number >> shift));
    return bytes;
}

std::string content_key(const arrival& one, std::string_view identity) {
    return big_endian(one.locality) + digest_of(std::array{std::string_view(one.endpoint), identity});
}

/// The digits at the end: most ids count upwards there. 0 where there are none, or more than fit.
std::uint64_t last_number(std::string_view subject) {
    const auto before = subject.find_last_not_of("0123456789");
    const auto digits = subject.substr(before == std::string_view::npos ? 0 : before + 1);
    std::uint64_t number = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return read.ec == std::errc() ? number : 0;
}

}  // namespace

delivery_keys keys_of(const arrival& one) {
    delivery_keys keys;
    keys.content = content_key(one, one.identity);
    if (one.recurs && !one.subject.empty())
        keys.subject = subject_key(one.endpoint, one.store, one.subject);
    if (one.repeats_latest_only)
        keys.type = type_key(one.endpoint, one.store, one.type, one.subject);
    if (!one.former_identity.empty())
        keys.former = content_key(one, one.former_identity);
    else if (!one.moment.empty())
        keys.former = keys.content;
    if (!one.moment.empty())
        keys.row = keys.content + digest_of(std::array{std::string_view(one.moment)}, moment_bytes);
    else if (!one.repeats_latest_only)
        keys.row = keys.content;
    return keys;
}

delivery_keys keys_without_codes(const arrival& one) {
    arrival other;
    other.endpoint = one.endpoint;
    other.store = one.store;
    other.type = one.codes->type_without;
    other.subject = one.subject;
    other.identity = other.type + '\0' + one.identity;
    other.locality = one.locality;
    return keys_of(other);
}

std::string subject_key(std::string_view endpoint, std::string_view store, std::string_view subject) {
    return big_endian(last_number(subject)) + digest_of(std::array{endpoint, store, subject});
}

std::string type_key(std::string_view endpoint, std::string_view store, std::string_view type,
                     std::string_view subject) {
    return digest_of(std::array{endpoint, store, type, subject});
}

std::string sale_key(std::string_view endpoint, std::string_view transaction, std::string_view item) {
    return digest_of(std::array{endpoint, transaction, item});
}

}  // namespace shopbell
