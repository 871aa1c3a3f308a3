#pragma once

#include <shopbell/cli/doctor.hpp>
#include <shopbell/core/result.hpp>
#include <shopbell/http/client.hpp>
#include <shopbell/setup/configuration.hpp>

#include <string>
#include <vector>

namespace shopbell {

/// One endpoint and the public URL that should lead to it.
struct probe_target {
    const endpoint* at = nullptr;
    http::url url;
    std::string text;  ///< the URL, for people
};

/// What the options ask for: the endpoint that is named or has the URL's path, or where the URL is a site
/// alone, every endpoint below it. Fails with `malformed` where that is none.
[[nodiscard]] result<std::vector<probe_target>> choose_targets(const configuration& all,
                                                               const doctor_options& options);

/// The sinks to which a route may take the target's probe.
[[nodiscard]] std::vector<std::string> sinks_of_probe(const configuration& all, const probe_target& target);

}  // namespace shopbell
