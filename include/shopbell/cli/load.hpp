#pragma once

#include <shopbell/config/problem.hpp>
#include <shopbell/core/result.hpp>
#include <shopbell/setup/configuration.hpp>

#include <ostream>
#include <string>
#include <string_view>

namespace shopbell {

/// The configuration for a command that only looks at it: its log stays silent, its sinks deliver nothing.
[[nodiscard]] configuration load(const std::string& path, config::problems& found);

/// Prints every problem of at least that severity, one a line, and in the end how many errors there are.
void report(const config::problems& found, config::severity least, std::ostream& err);

/// The endpoint of that name, or the first of the provider where the name is empty. Fails with `malformed`
/// where there is none or it belongs to another provider.
[[nodiscard]] result<const endpoint*> choose_endpoint(const configuration& all, std::string_view provider,
                                                      std::string_view name);

}  // namespace shopbell
