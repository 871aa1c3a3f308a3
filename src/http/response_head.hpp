#pragma once

#include <shopbell/http/message.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace shopbell::http {

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, section 5.6.7).
[[nodiscard]] std::string http_date(std::chrono::sys_seconds at);

/// The Date field's value, written anew once a second. One per thread.
class date_cache {
public:
    [[nodiscard]] const std::string& text(std::chrono::sys_seconds now);

private:
    std::chrono::sys_seconds second_{};
    std::string text_;
};

/// How a response is sent, as far as its request and connection decide it.
struct sending {
    std::string_view request_id;  ///< empty: no X-Request-Id
    std::string_view date;
    bool keep_alive = false;
    bool http11 = true;
};

/// Status line and header section with its blank line. Control bytes in what a handler gave become spaces:
/// a value from outside cannot add a field.
[[nodiscard]] std::string response_head(const response& reply, const sending& how);

/// Whether that status has a body at all (RFC 9110, section 6.4.1).
[[nodiscard]] bool has_body(unsigned status) noexcept;

}  // namespace shopbell::http
