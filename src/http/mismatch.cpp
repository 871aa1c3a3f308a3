#include "mismatch.hpp"

#include <algorithm>
#include <array>

namespace shopbell::http {

namespace {

using namespace std::string_view_literals;

/// Methods of HTTP as they begin a request line; the last begins a connection of HTTP/2.
constexpr std::array request_starts = {"GET "sv,    "POST "sv,    "HEAD "sv,    "PUT "sv,   "PATCH "sv,
                                       "DELETE "sv, "OPTIONS "sv, "CONNECT "sv, "TRACE "sv, "PRI * HT"sv};

}  // namespace

mismatch what_came_instead(std::string_view bytes) noexcept {
    constexpr char handshake = 22;  // RFC 8446, section 5.1
    if (bytes.starts_with(handshake))
        return mismatch::tls_on_plain_port;
    // What looks like empty lines in front is gone where requests are read.
    const auto signature_left = proxy_signature.substr(proxy_signature.find('\0'));
    const auto seen_of_signature = bytes.substr(0, proxy_signature.size());
    const bool signature = bytes.starts_with(signature_left) ||
                           (seen_of_signature.size() > 4 && proxy_signature.starts_with(seen_of_signature));
    if (signature || bytes.starts_with("PROXY TCP4 ") || bytes.starts_with("PROXY TCP6 ") ||
        bytes.starts_with("PROXY UNKNOWN"))
        return mismatch::unexpected_proxy_header;
    return mismatch::none;
}

mismatch what_came_instead_of_tls(std::string_view bytes) noexcept {
    // Of a record that is none no more than its head was read: five bytes.
    const auto begins = [bytes](std::string_view start) {
        const auto size = std::min(bytes.size(), start.size());
        return size >= 4 && bytes.substr(0, size) == start.substr(0, size);
    };
    if (std::ranges::any_of(request_starts, begins))
        return mismatch::plain_on_tls_port;
    if (begins(proxy_line_start) || (bytes.size() > 4 && begins(proxy_signature)))
        return mismatch::unexpected_proxy_header;
    return mismatch::none;
}

std::string_view describe(mismatch what) noexcept {
    switch (what) {
        case mismatch::tls_on_plain_port:
            return "TLS came to a port without TLS";
        case mismatch::plain_on_tls_port:
            return "plain HTTP came to a port that speaks TLS";
        case mismatch::unexpected_proxy_header:
            return "a PROXY protocol header came where none is expected (server.proxy_protocol)";
        case mismatch::no_proxy_header:
            return "no PROXY protocol header came from a trusted proxy (server.proxy_protocol)";
        case mismatch::malformed_proxy_header:
            return "a malformed PROXY protocol header came";
        case mismatch::none:
            break;
    }
    return {};
}

}  // namespace shopbell::http
