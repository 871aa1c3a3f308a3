#pragma once

#include <shopbell/core/result.hpp>

#include <functional>
#include <string>
#include <vector>

namespace shopbell {

/// What one check of `shopbell doctor` found, for the inspector.
struct checkup_entry {
    enum class state : unsigned char { ok, warn, bad };
    std::string name;  ///< "sink crm"
    state how = state::ok;
    std::string text;  ///< what was seen, or what is wrong
    std::string fix;   ///< what to do; empty where nothing is
};

/// What a check-up is to look at beside the machine itself.
struct checkup_request {
    /// Gets a signed probe at the daemon's own address; empty: none does. To no other address: who may ask
    /// must not have a secret sent to a place of his choice.
    std::string endpoint;
};

/// Does the whole check-up, which takes seconds, on the caller's thread. Owns what it uses. Fails with
/// `malformed` where no endpoint has that name.
using checkup = std::function<result<std::vector<checkup_entry>>(const checkup_request& what)>;

}  // namespace shopbell
