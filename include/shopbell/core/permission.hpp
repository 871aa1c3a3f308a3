#pragma once

#include <shopbell/core/result.hpp>

#include <string>

namespace shopbell {

/// "shopbell", or the number where it has no name here.
[[nodiscard]] std::string user_name(unsigned id);

/// "0640", of a file's mode.
[[nodiscard]] std::string octal_mode(unsigned mode);

/// What this process wants of a file: a combination of R_OK, W_OK and X_OK (access(2)).
using access_mode = int;

/// Who may do what this process may not: "run this as root, or sudo -u shopbell shopbell ...". Where this is
/// that user already: whose file it is. Empty where permissions are not what is missing.
[[nodiscard]] std::string permission_advice(const std::string& path, access_mode wanted);

/// The failure to use that file, with the advice behind its reason.
[[nodiscard]] failure with_permission_advice(failure why, const std::string& path, access_mode wanted);

}  // namespace shopbell
