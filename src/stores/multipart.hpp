#pragma once

#include <shopbell/stores/form.hpp>

#include <optional>
#include <string_view>

namespace shopbell::stores {

/// The fields of a multipart/form-data body (RFC 7578) in the order sent, at most a thousand; nothing where
/// it is none. `content_type` names the boundary. The content of a file is its field's value.
[[nodiscard]] std::optional<form> parse_multipart(std::string_view body, std::string_view content_type);

}  // namespace shopbell::stores
