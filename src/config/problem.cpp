#include <shopbell/config/problem.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

namespace shopbell::config {

void problems::add(severity level, position where, std::string message, problem_kind kind) {
    all_.push_back({level, where, std::move(message), kind});
}

bool problems::has_errors() const noexcept {
    return std::ranges::any_of(all_, [](const problem& one) { return one.severity == severity::error; });
}

std::vector<problem> problems::sorted() const {
    auto in_order = all_;
    std::ranges::stable_sort(in_order, {},
                             [](const problem& one) { return std::tuple(one.where.line, one.where.column); });
    return in_order;
}

std::string problems::describe(const problem& one) const {
    auto text = file_;
    if (one.where.line != 0)
        text += ":" + std::to_string(one.where.line) + ":" + std::to_string(one.where.column);
    text += one.severity == severity::warning ? ": warning: " : ": ";
    return text + one.message;
}

}  // namespace shopbell::config
