#pragma once

#include <shopbell/cli/operator_client.hpp>

namespace shopbell {

/// The operator's interface on the inbox of a stopped daemon, in this process. Fails as `open_archive` does.
[[nodiscard]] result<std::unique_ptr<operator_client>> make_inbox_client(const operator_settings& settings);

}  // namespace shopbell
