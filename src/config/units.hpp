#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace shopbell::config {

/// A number with a unit, as milliseconds or bytes. Texts that are well spelled but too large for 64 bits give
/// the largest value, so that the caller can speak of a range rather than of spelling.
[[nodiscard]] std::optional<std::uint64_t> read_duration(std::string_view text);
[[nodiscard]] std::optional<std::uint64_t> read_size(std::string_view text);

}  // namespace shopbell::config
