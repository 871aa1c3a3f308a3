#pragma once

#include <shopbell/config/problem.hpp>
#include <shopbell/delivery/route.hpp>
#include <shopbell/setup/configuration.hpp>

#include <string>
#include <vector>

namespace shopbell {

/// A configured sink as an operator speaks of it.
struct operator_sink {
    std::string name;
    std::string type;
    std::string path;  ///< of a file sink, as configured (`{date}` and the like included); else empty
};

/// What the commands that look at a daemon or its inbox need of the configuration: nothing that an operator
/// without access to the stores' secrets could not read.
struct operator_settings {
    admin_settings admin;
    std::string inbox_path;
    std::vector<std::string> endpoints;  ///< their names
    std::vector<operator_sink> sinks;
    shopbell::routes routes;
    delivery_readers readers = {};  ///< of what the endpoints have stored
};

/// Reads the file, [admin] strictly. What is wrong elsewhere is left to `check` and `serve`: a route or sink
/// with a mistake counts for as much of it as can be understood.
[[nodiscard]] operator_settings read_operator_settings(const std::string& path, config::problems& found);

}  // namespace shopbell
