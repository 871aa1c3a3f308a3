#pragma once

#include <ostream>
#include <string>

namespace shopbell {

/// The names that shells offer for a word of the command line, one a line: "endpoints" and "sinks" as
/// configured, "forgettable-sinks" that the inbox still knows but the configuration does not. A shell that
/// completes a word has no place for errors: where a name cannot be read, it is not offered.
[[nodiscard]] int names(const std::string& config_path, const std::string& kind, std::ostream& out);

}  // namespace shopbell
