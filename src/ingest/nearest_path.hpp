#pragma once

#include <shopbell/ingest/endpoint.hpp>

#include <string_view>

namespace shopbell {

/// The endpoint whose path is likely meant by one that no endpoint has: by another case, a slash too many, a
/// part that a proxy has put before it or taken away, a slip of the pen. Null where none is.
[[nodiscard]] const endpoint* nearest_path(const endpoints& all, std::string_view path);

}  // namespace shopbell
