#include "series_columns.hpp"

#include <algorithm>
#include <array>

namespace shopbell {

namespace {

struct named_window {
    std::string_view name;
    std::chrono::seconds whole;
    std::chrono::seconds step;
};

constexpr std::array<named_window, 4> windows = {{{"1h", std::chrono::hours(1), std::chrono::minutes(1)},
                                                  {"6h", std::chrono::hours(6), std::chrono::minutes(5)},
                                                  {"24h", std::chrono::hours(24), std::chrono::minutes(15)},
                                                  {"7d", std::chrono::hours(24 * 7), std::chrono::hours(2)}}};

constexpr double milliseconds_a_second = 1000;

series_window ending_at(time_point end, std::chrono::seconds step, std::size_t columns) {
    series_window made;
    made.step = step;
    for (std::size_t left = columns + 1; left > 0; --left)
        made.bounds.push_back(end - step * (left - 1));
    return made;
}

time_point next_multiple(time_point present, std::chrono::seconds step) {
    const auto since_epoch = std::chrono::ceil<std::chrono::seconds>(present.time_since_epoch());
    return time_point((since_epoch / step + 1) * step);
}

/// The first column that does not end before anything was counted.
std::size_t first_known(const series_window& within) {
    const auto after = std::ranges::upper_bound(within.bounds, within.known_from);
    return after == within.bounds.begin() ? 0 : static_cast<std::size_t>(after - within.bounds.begin()) - 1;
}

using durations = std::array<std::uint64_t, series_sample::most_durations>;

/// What was timed between two samples of each line; nothing where one of them is not known.
std::optional<durations> timed_between(std::span<const series_line* const> all, time_point from,
                                       time_point to) {
    durations sum{};
    bool known = false;
    for (const auto* const line : all) {
        const auto begin = line->at(from);
        const auto end = line->at(to);
        if (!begin || !end)
            continue;
        known = true;
        for (std::size_t i = 0; i < sum.size(); ++i)
            sum[i] += end->durations[i] - begin->durations[i];
    }
    return known ? std::optional(sum) : std::nullopt;
}

std::optional<double> value_at(const durations& counts, std::span<const double> bounds, double part) {
    std::uint64_t all = 0;
    for (const auto count : counts)
        all += count;
    if (all == 0)
        return std::nullopt;
    const double wanted = static_cast<double>(all) * part;
    double below = 0;
    for (std::size_t i = 0; i < bounds.size(); ++i) {
        const auto here = static_cast<double>(counts[i]);
        if (below + here >= wanted && here > 0) {
            const double lower = i == 0 ? 0 : bounds[i - 1];
            return (lower + (bounds[i] - lower) * (wanted - below) / here) * milliseconds_a_second;
        }
        below += here;
    }
    return bounds.back() * milliseconds_a_second;
}

}  // namespace

std::optional<series_window> series_window::named(std::string_view name, time_point present,
                                                  time_point known_from) {
    const auto found = std::ranges::find(windows, name, &named_window::name);
    if (found == windows.end())
        return std::nullopt;
    auto made = ending_at(next_multiple(present, found->step), found->step,
                          static_cast<std::size_t>(found->whole / found->step));
    made.known_from = known_from;
    return made;
}

series_window series_window::in_24() const {
    constexpr std::size_t columns = 24;
    const auto whole = std::chrono::floor<std::chrono::seconds>(bounds.back() - bounds.front());
    auto made = ending_at(bounds.back(), whole / columns, columns);
    made.known_from = known_from;
    return made;
}

series_column growth(std::span<const series_line* const> all, const series_window& within,
                     std::size_t which) {
    series_column column(within.bounds.size() - 1);
    for (std::size_t i = first_known(within); i < column.size(); ++i) {
        for (const auto* const line : all) {
            const auto begin = line->at(within.bounds[i]);
            const auto end = line->at(within.bounds[i + 1]);
            if (begin && end)
                column[i] = column[i].value_or(0) + (end->counts[which] - begin->counts[which]);
        }
    }
    return column;
}

series_column quantile(std::span<const series_line* const> all, const series_window& within,
                       std::span<const double> bounds, double part) {
    series_column column(within.bounds.size() - 1);
    for (std::size_t i = first_known(within); i < column.size() && !bounds.empty(); ++i) {
        if (const auto timed = timed_between(all, within.bounds[i], within.bounds[i + 1]))
            column[i] = value_at(*timed, bounds, part);
    }
    return column;
}

series_column behind(std::span<const series_line* const> all, const series_window& within) {
    series_column column(within.bounds.size() - 1);
    for (std::size_t i = first_known(within); i < column.size(); ++i) {
        for (const auto* const line : all) {
            if (const auto end = line->at(within.bounds[i + 1]))
                column[i] = column[i].value_or(0) + end->behind;
        }
    }
    return column;
}

}  // namespace shopbell
