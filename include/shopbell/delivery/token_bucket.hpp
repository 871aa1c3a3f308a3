#pragma once

#include <shopbell/delivery/retry_policy.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shopbell {

/// The key `rate` of a [[sink]]: at most so many deliveries in any span of that length.
struct delivery_rate {
    std::int64_t count = 1;
    std::chrono::milliseconds period{1'000};

    bool operator==(const delivery_rate&) const = default;
};

constexpr std::int64_t highest_rate_count = 1'000'000;

/// "10/s", "100/m", "1000/h", with up to `highest_rate_count`; nothing for anything else, zero included.
[[nodiscard]] std::optional<delivery_rate> parse_rate(std::string_view text);
[[nodiscard]] std::string to_text(const delivery_rate& rate);
[[nodiscard]] double per_second(const delivery_rate& rate) noexcept;

/// Holds one sink to its rate. A tenth of the count (at least one) may gather and leave at once; the bucket
/// fills as much more slowly as that takes for no span of the period, wherever it begins, to see more than
/// the count. A plain value: its time is what it is told.
class token_bucket {
public:
    /// Empty: whoever delivered until now may just have spent what there was.
    token_bucket(const delivery_rate& rate, moment at) noexcept;
    /// Goes on from what another one holds, at another rate.
    token_bucket(const delivery_rate& rate, const token_bucket& former) noexcept;

    void refill(moment at) noexcept;
    /// How many deliveries may start now, as of the latest `refill`.
    [[nodiscard]] std::size_t tokens() const noexcept { return static_cast<std::size_t>(level_ / period_); }
    /// When one may start, if nothing is taken until then.
    [[nodiscard]] moment next_token() const noexcept;
    /// At most `tokens()`.
    void take(std::size_t count) noexcept;

private:
    [[nodiscard]] std::int64_t capacity() const noexcept { return burst_ * period_; }

    // A token is as many units as the period has milliseconds: the bucket gains whole units each millisecond.
    std::int64_t period_;
    std::int64_t burst_;   ///< tokens
    std::int64_t refill_;  ///< units a millisecond, or tokens a period
    std::int64_t level_ = 0;
    moment at_;
};

}  // namespace shopbell
