#pragma once

#include <shopbell/config/reader.hpp>
#include <shopbell/http/address.hpp>
#include <shopbell/providers/registry.hpp>

#include <memory>
#include <string>
#include <vector>

namespace shopbell {

/// One [[endpoint]]: a path at which one store delivers. Immutable.
struct endpoint {
    std::string name;
    std::string path;  ///< matched exactly against the request's path, as sent
    const provider_entry* kind = nullptr;
    std::unique_ptr<const provider> source;
    http::networks allow;  ///< client addresses; empty: all
};

using endpoints = std::vector<endpoint>;

/// Reads every [[endpoint]] table of the file's root. Duplicate names and paths, unknown providers and
/// whatever the provider itself finds wrong go to the readers' problems.
[[nodiscard]] endpoints read_endpoints(config::reader& root);

}  // namespace shopbell
