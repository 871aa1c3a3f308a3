#pragma once

#include <functional>
#include <string>
#include <string_view>

/// What commonly changes a body between a store and here.
namespace shopbell {

/// What the body that was signed would have to be, in words behind "the body": "did not end in a line break".
/// Undoes one change after the other until `fits` takes the result; empty where it takes none. Of a large
/// body nothing is tried: it would take long.
[[nodiscard]] std::string find_body_change(std::string_view body,
                                           const std::function<bool(std::string_view)>& fits);

}  // namespace shopbell
