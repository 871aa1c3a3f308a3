#include <shopbell/delivery/token_bucket.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace shopbell {

namespace {

struct rate_unit {
    std::string_view name;
    std::chrono::milliseconds period;
};
constexpr std::array<rate_unit, 3> rate_units{
    {{"/s", std::chrono::seconds(1)}, {"/m", std::chrono::minutes(1)}, {"/h", std::chrono::hours(1)}}};

constexpr std::int64_t burst_of(const delivery_rate& rate) noexcept {
    return std::max<std::int64_t>(1, rate.count / 10);
}

constexpr std::int64_t divide_up(std::int64_t value, std::int64_t by) noexcept {
    return (value + by - 1) / by;
}

}  // namespace

std::optional<delivery_rate> parse_rate(std::string_view text) {
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto unit = std::ranges::find(rate_units, text.substr(digits), &rate_unit::name);
    delivery_rate rate;
    const auto read = std::from_chars(text.data(), text.data() + digits, rate.count);
    if (unit == rate_units.end() || read.ec != std::errc() || rate.count < 1 ||
        rate.count > highest_rate_count)
        return std::nullopt;
    rate.period = unit->period;
    return rate;
}

std::string to_text(const delivery_rate& rate) {
    const auto unit = std::ranges::find(rate_units, rate.period, &rate_unit::period);
    return std::to_string(rate.count) + std::string(unit->name);
}

double per_second(const delivery_rate& rate) noexcept {
    return static_cast<double>(rate.count) / std::chrono::duration<double>(rate.period).count();
}

token_bucket::token_bucket(const delivery_rate& rate, moment at) noexcept
    : period_(rate.period.count()), burst_(burst_of(rate)), refill_(rate.count - burst_ + 1), at_(at) {}

token_bucket::token_bucket(const delivery_rate& rate, const token_bucket& former) noexcept
    : token_bucket(rate, former.at_) {
    // Both parts of the former level, so that no product overflows.
    const auto whole = former.level_ / former.period_ * period_;
    const auto part = former.level_ % former.period_ * period_ / former.period_;
    level_ = std::min(capacity(), whole + part);
}

void token_bucket::refill(moment at) noexcept {
    if (at <= at_)
        return;
    const auto until_full = divide_up(capacity() - level_, refill_);
    const auto passed = std::min<std::int64_t>((at - at_).count(), until_full);
    level_ = std::min(capacity(), level_ + passed * refill_);
    at_ = at;
}

moment token_bucket::next_token() const noexcept {
    if (level_ >= period_)
        return at_;
    return at_ + std::chrono::milliseconds(divide_up(period_ - level_, refill_));
}

void token_bucket::take(std::size_t count) noexcept {
    level_ -= static_cast<std::int64_t>(count) * period_;
}

}  // namespace shopbell
