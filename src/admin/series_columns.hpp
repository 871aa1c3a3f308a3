#pragma once

#include <shopbell/admin/series.hpp>

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace shopbell {

/// The columns of a chart: `bounds[i]` to `bounds[i + 1]` is column i.
struct series_window {
    std::chrono::seconds step{60};
    std::vector<time_point> bounds;  ///< multiples of the step; the last one is not in the past
    time_point known_from;           ///< nothing was counted before

    /// "1h", "6h", "24h" or "7d" up to `present`; nothing for another name.
    [[nodiscard]] static std::optional<series_window> named(std::string_view name, time_point present,
                                                            time_point known_from);
    /// The same time in 24 columns.
    [[nodiscard]] series_window in_24() const;
};

/// A value for each column; nothing where it is not known.
using series_column = std::vector<std::optional<double>>;

/// How much `counts[which]` of all lines together grew in each column.
[[nodiscard]] series_column growth(std::span<const series_line* const> all, const series_window& within,
                                   std::size_t which);

/// The milliseconds that a part of what was timed in each column took at most, between two bounds in a
/// straight line; nothing where nothing was timed.
[[nodiscard]] series_column quantile(std::span<const series_line* const> all, const series_window& within,
                                     std::span<const double> bounds, double part);

/// What was behind at the end of each column.
[[nodiscard]] series_column behind(std::span<const series_line* const> all, const series_window& within);

}  // namespace shopbell
