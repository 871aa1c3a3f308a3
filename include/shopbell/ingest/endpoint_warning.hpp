#pragma once

#include <shopbell/core/clock.hpp>

#include <optional>
#include <string>

namespace shopbell {

/// Something about an endpoint, or what all of them share, that its owner should see to.
struct endpoint_warning {
    enum class kind : unsigned char {
        silent,          ///< nothing came for longer than expected
        failing,         ///< several answers in a row were failures
        about_to_pause,  ///< so many that the store will send nothing more, or has ceased to
        codes_low,       ///< few codes are left, or none
        codes_missing,   ///< the latest sale got none
        certificate,     ///< it ends soon, or has ended
    };
    kind what = kind::silent;
    std::string endpoint;  ///< empty: all of them are concerned
    std::optional<time_point> since = std::nullopt;
    std::string text = {};  ///< one sentence, which names the endpoint
};

}  // namespace shopbell
