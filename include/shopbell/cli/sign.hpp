#pragma once

#include <istream>
#include <ostream>
#include <string>

namespace shopbell {

/// `shopbell sign`: prints the header lines that a genuine request with the body on `in` would carry, and the
/// field where the proof is part of the body (E-junkie's "handshake=..."). An empty `endpoint` is the
/// provider's first.
[[nodiscard]] int sign(const std::string& config_path, const std::string& provider,
                       const std::string& endpoint, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace shopbell
