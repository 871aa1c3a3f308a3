#pragma once

#include "sink_report.hpp"

#include <shopbell/metrics/readings.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// "healthy", "failing", "about_to_pause", "silent", "never".
[[nodiscard]] std::string_view state_of(const readings::endpoint& endpoint);

/// One thing that a person should look at.
struct attention {
    std::string_view kind;
    std::string endpoint;  ///< or empty
    std::string sink;      ///< or empty
    std::optional<time_point> since;
    std::string text;  ///< one sentence
};

/// What there is, the most urgent first: nothing is accepted, a store is about to give up, events were given
/// up, and so on to a sink that somebody paused.
[[nodiscard]] std::vector<attention> find_attention(const std::vector<std::string>& hindrances,
                                                    const std::vector<readings::endpoint>& endpoints,
                                                    const std::vector<sink_view>& sinks, time_point present);

}  // namespace shopbell
