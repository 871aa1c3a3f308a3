#pragma once

#include <shopbell/inbox/inbox.hpp>

#include <string>
#include <string_view>

namespace shopbell {

/// What tells two deliveries apart: the locality, big-endian, in front of a digest, so that keys of one time
/// stand together in the index.
[[nodiscard]] std::string identity_key(const arrival& one);

/// What an event is about, where a repeat is one of the latest such event only.
[[nodiscard]] std::string resource_key(std::string_view endpoint, std::string_view store,
                                       std::string_view type, std::string_view subject);

}  // namespace shopbell
