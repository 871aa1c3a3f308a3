#pragma once

#include <shopbell/http/message.hpp>

#include <string_view>

namespace shopbell {

/// Whether that path belongs to the inspector's page: /, /favicon.ico, and what stands below /page/.
[[nodiscard]] bool is_page_path(std::string_view path) noexcept;

/// The file at that path, or 404: a path of another version's page has another hash. The files hold no data
/// of the daemon. Access and method are not checked here.
[[nodiscard]] http::response answer_page(const http::request_head& head);

}  // namespace shopbell
