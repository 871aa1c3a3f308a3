#include "acknowledged_mark.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace shopbell {

namespace {

/// "shopbell IDENTITY NUMBER SUM\n", each sixteen hexadecimal digits: always as long, so that no writing
/// needs room on the disk, and within one sector.
constexpr std::string_view mark_word = "shopbell ";
constexpr std::size_t mark_digits = 16;
constexpr std::size_t mark_length = mark_word.size() + 3 * (mark_digits + 1);

using mark_numbers = std::array<std::uint64_t, 3>;

constexpr std::uint64_t mark_sum(std::uint64_t identity, std::uint64_t number) noexcept {
    return (identity ^ 0x6d61726b) * 0x9e3779b97f4a7c15 + number;
}

std::optional<mark_numbers> parse_mark(std::string_view line) {
    if (line.size() != mark_length || !line.starts_with(mark_word))
        return std::nullopt;
    line.remove_prefix(mark_word.size());
    mark_numbers all{};
    for (auto& one : all) {
        const auto [end, error] = std::from_chars(line.data(), line.data() + mark_digits, one, 16);
        if (error != std::errc() || end != line.data() + mark_digits)
            return std::nullopt;
        line.remove_prefix(mark_digits + 1);
    }
    if (all[2] != mark_sum(all[0], all[1]))
        return std::nullopt;
    return all;
}

}  // namespace

result<acknowledged_mark> acknowledged_mark::open(const std::string& path, std::int64_t identity) {
    acknowledged_mark mark;
    mark.identity_ = identity;
    mark.file_ = descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    std::array<char, mark_length> line{};
    const auto size =
        mark.file_.number() < 0 ? -1 : ::pread(mark.file_.number(), line.data(), line.size(), 0);
    if (size < 0)
        return failure{errc::io, "reading " + path + ": " + std::generic_category().message(errno)};
    const auto found = parse_mark(std::string_view(line.data(), static_cast<std::size_t>(size)));
    if (found && (*found)[0] == std::bit_cast<std::uint64_t>(identity))
        mark.last_ = std::bit_cast<sequence>((*found)[1]);
    return mark;
}

result<void> acknowledged_mark::check(const std::string& inbox, sequence last) const {
    if (last >= last_)
        return {};
    std::string reason = "the inbox " + inbox;
    reason += " ends with event " + std::to_string(last);
    reason += ", but events up to " + std::to_string(last_);
    reason += " were acknowledged: its log " + inbox;
    reason += "-wal is damaged, cut short or gone; put the right files back, or remove " + inbox;
    reason += ".acknowledged to go on without the events that are missing";
    return failure{errc::corrupt, std::move(reason)};
}

void acknowledged_mark::raise(sequence number) noexcept {
    if (number <= last_)
        return;
    last_ = number;
    write();
}

void acknowledged_mark::write() const noexcept {
    const mark_numbers all{
        std::bit_cast<std::uint64_t>(identity_), std::bit_cast<std::uint64_t>(last_),
        mark_sum(std::bit_cast<std::uint64_t>(identity_), std::bit_cast<std::uint64_t>(last_))};
    std::array<char, mark_length> line{};
    line.fill('0');
    auto at = std::copy(mark_word.begin(), mark_word.end(), line.begin());
    for (const auto one : all) {
        std::array<char, mark_digits> text{};
        const auto end = std::to_chars(text.data(), text.data() + text.size(), one, 16).ptr;
        at += text.data() + mark_digits - end;
        at = std::copy(text.data(), end, at);
        *at++ = ' ';
    }
    line.back() = '\n';
    if (::pwrite(file_.number(), line.data(), line.size(), 0) < 0)
        return;
}

}  // namespace shopbell
