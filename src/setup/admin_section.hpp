#pragma once

#include <shopbell/config/reader.hpp>
#include <shopbell/setup/configuration.hpp>

namespace shopbell {

/// Reads the table [admin].
[[nodiscard]] admin_settings read_admin(config::reader table);

}  // namespace shopbell
