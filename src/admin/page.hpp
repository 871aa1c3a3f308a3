#pragma once

#include <shopbell/http/message.hpp>

#include <string_view>

namespace shopbell {

/// The file of the inspector at that path (/, /favicon.ico, or one below /page/), or 404: a path of another
/// version's page has another hash. The files hold no data of the daemon. Access and method are not checked
/// here.
[[nodiscard]] http::response answer_page(const http::request_head& head);

}  // namespace shopbell
