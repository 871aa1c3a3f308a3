#pragma once

#include <shopbell/setup/configuration.hpp>

#include <string>

namespace shopbell {

/// A configuration as an operator may see it, one JSON object: endpoints, sinks, routes, server and inbox. No
/// secret is in it. To be asked before endpoints and sinks move on.
[[nodiscard]] std::string describe_configuration(const configuration& all);

}  // namespace shopbell
