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
    std::string endpoint;  ///< gets a signed probe; empty: none does
    std::string url;       ///< where its store delivers; empty: the daemon's own address on this machine
};

/// Does the whole check-up, which takes seconds, on the caller's thread. Owns what it uses. Fails with
/// `malformed` where no endpoint has that name, or the URL is none.
using checkup = std::function<result<std::vector<checkup_entry>>(const checkup_request& what)>;

}  // namespace shopbell
