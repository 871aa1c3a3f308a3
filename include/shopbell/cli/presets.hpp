#pragma once

#include <ostream>
#include <string>

namespace shopbell {

/// `shopbell presets [NAME]`: the stores that are known by name, or with a name the whole [[endpoint]] that
/// the preset stands for, as TOML to copy and change.
[[nodiscard]] int presets(const std::string& name, bool json, std::ostream& out, std::ostream& err);

}  // namespace shopbell
