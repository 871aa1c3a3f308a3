#include <shopbell/core/line_budget.hpp>

#include <algorithm>
#include <utility>

namespace shopbell {

bool line_budget::take(unsigned kind, time_point now) {
    const auto full = now - allowed_.burst * allowed_.refill;
    const std::lock_guard lock(mutex_);
    auto& one = accounts_.try_emplace(kind, account{full}).first->second;
    const auto next = std::max(one.used_up_to, full) + allowed_.refill;
    if (next > now) {
        ++one.unwritten;
        return false;
    }
    one.used_up_to = next;
    return true;
}

std::vector<line_budget::unwritten> line_budget::collect() {
    std::vector<unwritten> all;
    const std::lock_guard lock(mutex_);
    for (auto& [kind, one] : accounts_) {
        if (const auto lines = std::exchange(one.unwritten, 0); lines > 0)
            all.push_back({kind, lines});
    }
    return all;
}

}  // namespace shopbell
