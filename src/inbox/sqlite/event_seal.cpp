#include "event_seal.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace shopbell {

namespace {

/// Each step can be undone: two sums that differ stay different, whatever equal bytes follow.
constexpr std::uint64_t seal_with(std::uint64_t sum, std::uint64_t word) noexcept {
    constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;
    sum = (sum ^ word) * odd;
    return sum ^ (sum >> 32);
}

/// The length stands in front, so that fields cannot run into each other.
std::uint64_t seal_with(std::uint64_t sum, std::string_view bytes) noexcept {
    sum = seal_with(sum, std::uint64_t{bytes.size()});
    std::uint64_t word = 0;
    while (bytes.size() >= sizeof word) {
        std::memcpy(&word, bytes.data(), sizeof word);
        sum = seal_with(sum, word);
        bytes.remove_prefix(sizeof word);
    }
    word = 0;
    if (!bytes.empty())
        std::memcpy(&word, bytes.data(), bytes.size());
    return seal_with(sum, word);
}

static_assert(std::endian::native == std::endian::little, "a seal written here is to be read elsewhere");

}  // namespace

std::uint64_t event_seal::of_content(std::string_view endpoint, std::string_view provider,
                                     std::string_view type, std::string_view subject, std::string_view store,
                                     std::string_view lines, std::string_view body) noexcept {
    return of_parts(std::array{endpoint, provider, type, subject, store, lines, body});
}

std::uint64_t event_seal::of_parts(std::span<const std::string_view> parts) noexcept {
    std::uint64_t sum = 0;
    for (const auto part : parts)
        sum = seal_with(sum, part);
    return sum;
}

std::int64_t event_seal::of_event(std::uint64_t content, sequence number, std::string_view id) noexcept {
    const auto sum = seal_with(seal_with(content, std::bit_cast<std::uint64_t>(number)), id);
    return std::bit_cast<std::int64_t>(sum);
}

}  // namespace shopbell
