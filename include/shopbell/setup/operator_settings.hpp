#pragma once

#include <shopbell/config/problem.hpp>
#include <shopbell/delivery/route.hpp>
#include <shopbell/setup/configuration.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace shopbell {

/// A configured sink as an operator speaks of it.
struct operator_sink {
    std::string name;
    std::string type;
    std::string path;          ///< of a file sink, as configured (`{date}` and the like included); else empty
    std::string address = {};  ///< where it delivers to (sink::address); empty where only its name was read
    retry_policy retry = {};
    bool ordered = true;
};

/// An endpoint that gives codes, as an operator speaks of it.
struct operator_codes {
    std::string endpoint;
    bool from_pool = true;  ///< else a program makes them
    std::uint64_t low = 0;  ///< codes of a product left, from which on somebody is told
};

/// What the commands that look at a daemon or its inbox need of the configuration: nothing that an operator
/// without access to the stores' secrets could not read.
struct operator_settings {
    admin_settings admin;
    inbox_engine inbox;
    std::vector<std::string> endpoints;  ///< their names
    std::vector<operator_codes> codes;   ///< of those that give codes
    std::vector<operator_sink> sinks;
    shopbell::routes routes;
    delivery_readers readers = {};  ///< of what the endpoints have stored
};

[[nodiscard]] operator_codes describe_codes(const std::string& endpoint, const code_settings& settings);

/// Reads the file, [admin] strictly. What is wrong elsewhere is left to `check` and `serve`: a route or sink
/// with a mistake counts for as much of it as can be understood.
[[nodiscard]] operator_settings read_operator_settings(const std::string& path, config::problems& found);

}  // namespace shopbell
