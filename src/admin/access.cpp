#include "access.hpp"

#include <shopbell/core/text.hpp>

#include <boost/asio/ip/address_v4.hpp>

namespace shopbell {

namespace {

bool is_safe(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "OPTIONS";
}

std::string_view without_port(std::string_view host) {
    if (host.starts_with('['))
        return host.substr(0, std::min(host.find(']'), host.size() - 1) + 1);
    return host.substr(0, host.find(':'));
}

bool is_this_machine(std::string_view host) {
    const auto name = without_port(host);
    if (iequals(name, "localhost") || name == "[::1]")
        return true;
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address_v4(name, error);
    return !error && address.is_loopback();
}

bool is_of_host(std::string_view origin, std::string_view host) {
    const auto scheme = origin.find("://");
    return scheme != std::string_view::npos && iequals(origin.substr(scheme + 3), host);
}

http::response unauthorized() {
    auto answer =
        http::response::error(401, "unauthorized: send the token of [admin] as Authorization: Bearer TOKEN");
    answer.fields.push_back({"WWW-Authenticate", "Bearer realm=\"shopbell\""});
    return answer;
}

/// What is wrong with where the request comes from; empty where nothing is.
std::string_view refuse_origin(const headers& fields) {
    for (const auto& field : fields) {
        if (iequals(field.name, "Sec-Fetch-Site") && !iequals(field.value, "same-origin") &&
            !iequals(field.value, "none"))
            return "refused: a page of another site sent this (Sec-Fetch-Site)";
        if (iequals(field.name, "Origin") && !is_of_host(field.value, value_of(fields, "Host")))
            return "refused: a page of another site sent this (Origin is not Host)";
    }
    return {};
}

http::response foreign_host() {
    return http::response::error(
        403, "refused: Host must be localhost, 127.0.0.1 or [::1] where no [admin] token is configured");
}

/// A link on another site that somebody follows, not a file that the other site fetches for itself.
bool is_navigation(const headers& fields) {
    return count(fields, "Sec-Fetch-Mode") == 1 && iequals(value_of(fields, "Sec-Fetch-Mode"), "navigate");
}

}  // namespace

bool has_token(const headers& fields, const secrets& tokens) {
    constexpr std::string_view scheme = "Bearer ";
    const auto credentials = value_of(fields, "Authorization");
    return count(fields, "Authorization") == 1 && iequals(credentials.substr(0, scheme.size()), scheme) &&
           any_equals(tokens, credentials.substr(scheme.size()));
}

std::optional<http::response> refuse_stranger(const headers& fields, const secrets& tokens) {
    if (tokens.empty() || has_token(fields, tokens))
        return std::nullopt;
    auto answer = http::response::error(401, http::error_text(401));
    answer.fields.push_back({"WWW-Authenticate", "Bearer realm=\"shopbell\""});
    return answer;
}

std::optional<http::response> refuse_change(std::string_view method) {
    if (method == "GET" || method == "HEAD")
        return std::nullopt;
    auto answer = http::response::error(405, http::error_text(405));
    answer.fields.push_back({"Allow", "GET, HEAD"});
    return answer;
}

std::optional<http::response> refuse_access(const http::request_head& head, const secrets& tokens,
                                            bool unix_socket) {
    const bool by_token = has_token(head.fields, tokens);
    if (!tokens.empty() && !by_token)
        return unauthorized();
    if (const auto refused = refuse_origin(head.fields); !refused.empty())
        return http::response::error(403, refused);
    if (!by_token && !unix_socket && !is_this_machine(value_of(head.fields, "Host")))
        return foreign_host();
    if (!by_token && !is_safe(head.method) && count(head.fields, "X-Requested-With") == 0)
        return http::response::error(403, "refused: a change needs the header X-Requested-With, any value");
    return std::nullopt;
}

std::optional<http::response> refuse_page_access(const http::request_head& head, const secrets& tokens,
                                                 bool unix_socket) {
    if (tokens.empty() && !unix_socket && !is_this_machine(value_of(head.fields, "Host")))
        return foreign_host();
    if (is_navigation(head.fields))
        return std::nullopt;
    if (const auto refused = refuse_origin(head.fields); !refused.empty())
        return http::response::error(403, refused);
    return std::nullopt;
}

}  // namespace shopbell
