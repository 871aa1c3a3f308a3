#include "units.hpp"

#include <shopbell/config/reader.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <span>

namespace shopbell::config {

namespace {

constexpr auto too_large = std::numeric_limits<std::uint64_t>::max();

struct unit {
    std::string_view name;
    std::uint64_t factor;
};

// Largest first: the first that divides a value spells it shortest.
constexpr std::array<unit, 5> time_units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<unit, 6> size_units{{{"TiB", std::uint64_t{1} << 40},
                                          {"GiB", std::uint64_t{1} << 30},
                                          {"MiB", std::uint64_t{1} << 20},
                                          {"KiB", std::uint64_t{1} << 10},
                                          {"", 1},
                                          {"B", 1}}};

std::optional<std::uint64_t> read(std::string_view text, std::span<const unit> units) {
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto found = std::ranges::find(units, text.substr(digits), &unit::name);
    if (digits == 0 || found == units.end())
        return std::nullopt;
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + digits, count);
    if (error != std::errc() || count > too_large / found->factor)
        return too_large;
    return count * found->factor;
}

std::string spell(std::uint64_t value, std::span<const unit> units) {
    const auto fits =
        std::ranges::find_if(units, [value](const unit& one) { return value % one.factor == 0; });
    return std::to_string(value / fits->factor) + std::string(fits->name);
}

}  // namespace

std::optional<std::uint64_t> read_duration(std::string_view text) {
    return read(text, time_units);
}

std::optional<std::uint64_t> read_size(std::string_view text) {
    return read(text, size_units);
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    const auto value = read_duration(text);
    if (!value || *value > static_cast<std::uint64_t>(longest_duration.count()))
        return std::nullopt;
    return std::chrono::milliseconds(*value);
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    const auto value = read_size(text);
    if (!value || *value > largest_size)
        return std::nullopt;
    return value;
}

std::string to_text(std::chrono::milliseconds duration) {
    if (duration.count() <= 0)
        return "0s";
    return spell(static_cast<std::uint64_t>(duration.count()), time_units);
}

std::string to_text(std::uint64_t bytes) {
    return bytes == 0 ? "0" : spell(bytes, size_units);
}

}  // namespace shopbell::config
