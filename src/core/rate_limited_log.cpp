#include <shopbell/core/rate_limited_log.hpp>

#include <algorithm>
#include <utility>

namespace shopbell {

bool rate_limited_log::take(unsigned kind, clock::time_point now) {
    const auto full = now - allowed_.burst * allowed_.refill;
    const std::lock_guard lock(mutex_);
    auto& account_of_kind = accounts_.try_emplace(kind, account{full}).first->second;
    const auto next = std::max(account_of_kind.used_up_to, full) + allowed_.refill;
    if (next > now) {
        ++account_of_kind.suppressed;
        return false;
    }
    account_of_kind.used_up_to = next;
    return true;
}

void rate_limited_log::write(log_level level, unsigned kind, std::string_view message, log_fields about) {
    if (!take(kind))
        return;
    {
        const std::lock_guard lock(mutex_);
        const auto suppressed_before = std::exchange(accounts_.at(kind).suppressed, 0);
        about.push_back({"not_logged_before", static_cast<long long>(suppressed_before)});
    }
    lines_.write(level, message, about);
}

std::vector<rate_limited_log::suppressed> rate_limited_log::collect() {
    std::vector<suppressed> all;
    const std::lock_guard lock(mutex_);
    for (auto& [kind, account_of_kind] : accounts_) {
        if (const auto lines = std::exchange(account_of_kind.suppressed, 0); lines > 0)
            all.push_back({kind, lines});
    }
    return all;
}

}  // namespace shopbell
