#pragma once

#include <exception>
#include <string>

namespace shopbell {

/// What was thrown, in one sentence for the log and for people: "internal error: ...". Where an exception is
/// caught that nobody expected, it is the outcome of what was being done, and never the end of the process.
[[nodiscard]] std::string describe_exception(const std::exception_ptr& thrown = std::current_exception());

}  // namespace shopbell
