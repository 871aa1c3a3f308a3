#pragma once

#include <shopbell/core/result.hpp>

#include <string>

namespace shopbell {

/// path -> path.1 -> path.2 ... with `keep` of them kept; the oldest is replaced. The current file is moved
/// first, so that nothing is replaced for one that cannot be moved; a rotation that a crash or an error has
/// cut short is finished by the next.
[[nodiscard]] result<> put_away(const std::string& path, unsigned keep, bool sync);

}  // namespace shopbell
