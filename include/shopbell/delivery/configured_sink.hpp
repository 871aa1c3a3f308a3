#pragma once

#include <shopbell/config/reader.hpp>
#include <shopbell/core/clock.hpp>
#include <shopbell/core/log.hpp>
#include <shopbell/delivery/retry_policy.hpp>
#include <shopbell/delivery/token_bucket.hpp>
#include <shopbell/sinks/registry.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace shopbell {

/// One [[sink]] with the keys that all kinds share.
struct configured_sink {
    std::string name;
    std::string type;
    retry_policy retry;
    std::size_t concurrency = 1;  ///< `deliver` calls that may overlap
    bool ordered = true;          ///< events of one subject one after the other
    std::optional<delivery_rate> rate;
    std::string path;  ///< of a file sink, as configured: copies that its owner has to look after
    config::secret_sources secrets_from;
    std::unique_ptr<sink> target;
};

/// What a sink does now, for people.
struct sink_status {
    enum class state : unsigned char {
        running,
        probing,  ///< it failed again and again and is tried with one delivery at a time
        paused,
        standby,  ///< another daemon delivers to it
    };
    std::string name;
    std::string type;
    std::optional<delivery_rate> rate;  ///< it is held to that, none where empty
    state what = state::running;
    std::size_t in_flight = 0;  ///< attempts
    // Since the start of the daemon.
    std::uint64_t delivered = 0;
    std::uint64_t failed = 0;
    std::uint64_t dead = 0;
    std::optional<time_point> last_delivered_at;
    std::string last_error;  ///< empty: none since the start
    std::optional<time_point> last_error_at;
    std::optional<time_point> next_probe;    ///< while probing
    std::optional<time_point> next_attempt;  ///< of what failed, the first
};

/// Reads every [[sink]] table of the root; what is wrong goes to the readers' problems. `files` are those
/// that sinks append to, shared with the configurations before. `lines` is the
/// daemon's log, configured as `logging` says.
[[nodiscard]] std::vector<configured_sink> read_sinks(config::reader& root,
                                                      std::shared_ptr<shared_files> files,
                                                      const log_settings& logging,
                                                      std::shared_ptr<log> lines);

}  // namespace shopbell
