#pragma once

#include <ostream>
#include <string>

namespace shopbell {

/// `shopbell check`: reads the whole configuration at `path` without serving it. Problems go to `err` one a
/// line, "FILE:LINE:COLUMN: message"; where none is an error, "ok" and what would be served go to `out`. With
/// `json` one JSON document on `out` says both. Returns 0 or 78.
[[nodiscard]] int check(const std::string& path, bool json, std::ostream& out, std::ostream& err);

}  // namespace shopbell
