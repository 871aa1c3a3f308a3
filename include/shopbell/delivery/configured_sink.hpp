#pragma once

#include <shopbell/config/reader.hpp>
#include <shopbell/core/log.hpp>
#include <shopbell/delivery/retry_policy.hpp>
#include <shopbell/sinks/registry.hpp>

#include <memory>
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
    std::string path;             ///< of a file sink, as configured: copies that its owner has to look after
    std::unique_ptr<sink> target;
};

/// Reads every [[sink]] table of the root; what is wrong goes to the readers' problems. `files` are those
/// that sinks append to, shared with the configurations before. `lines` is the
/// daemon's log, configured as `logging` says.
[[nodiscard]] std::vector<configured_sink> read_sinks(config::reader& root,
                                                      std::shared_ptr<shared_files> files,
                                                      const log_settings& logging,
                                                      std::shared_ptr<log> lines);

}  // namespace shopbell
