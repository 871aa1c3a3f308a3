#pragma once

#include <shopbell/core/clock.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace shopbell {

/// The states of things at one moment, read when somebody asks for the metrics. What could not be read is not
/// there, and neither is its metric.
struct readings {
    struct inbox {
        std::uint64_t events = 0;                ///< estimated
        std::uint64_t bytes = 0;                 ///< in use
        std::optional<std::uint64_t> free_disk;  ///< where it is a disk of this machine
    };
    struct endpoint {
        std::string name, provider;
        std::optional<time_point> last_accepted;
        unsigned consecutive_failures = 0;
        std::chrono::milliseconds expect_every{0};  ///< 0: nothing is expected
        bool silent = false;
        // Of no metric: for the operator's interface.
        std::string path;
        unsigned pauses_after = 0;               ///< failures in a row; 0: the store never does
        std::optional<time_point> last_failure;  ///< since the start
        unsigned last_failure_status = 0;        ///< 0: the store left before there was an answer
        std::optional<time_point> failing_since;
    };
    /// The codes of one product at one endpoint.
    struct code_pool {
        std::string endpoint, product;
        std::uint64_t left = 0;
        bool low = false;
    };
    /// What the inbox holds for a sink, and what the sink does.
    struct sink {
        std::string name;
        std::uint64_t lag_events = 0;
        std::chrono::milliseconds lag{0};  ///< the age of the oldest of them
        std::uint64_t retrying = 0;
        std::uint64_t dead = 0;
        std::uint64_t in_flight = 0;
        bool paused = false;
        bool probing = false;
        bool held = true;                  ///< this daemon delivers to it, no other one
        std::optional<double> rate_limit;  ///< deliveries a second
    };

    time_point at;
    bool ready = false;
    std::uint64_t min_free_disk = 0;  ///< below it nothing is accepted
    std::optional<inbox> stored;
    std::uint64_t open_connections = 0;
    std::uint64_t refused_connections = 0;         ///< since the start
    std::uint64_t refused_client_connections = 0;  ///< the same: one client had too many
    std::uint64_t dropped_log_lines = 0;           ///< since the start
    std::optional<time_point> certificate_ends;    ///< of the one that the daemon itself shows
    std::vector<endpoint> endpoints;
    std::vector<code_pool> code_pools;
    std::vector<sink> sinks;
};

}  // namespace shopbell
