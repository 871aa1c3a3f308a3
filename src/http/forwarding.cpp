#include "forwarding.hpp"

#include "grammar.hpp"

#include <shopbell/core/text.hpp>

#include <algorithm>

namespace shopbell::http {

namespace {

constexpr std::string_view forwarded_for = "X-Forwarded-For";
constexpr std::string_view real_ip = "X-Real-IP";
constexpr std::string_view request_id = "X-Request-Id";

/// "203.0.113.7", "2001:db8::1", and as some proxies write them "203.0.113.7:4711", "[2001:db8::1]:4711".
optional_address parse_element(std::string_view text) {
    text = trim(text);
    boost::system::error_code error;
    const auto plain = asio::ip::make_address(text, error);
    if (!error)
        return plain;
    if (text.size() > 2 && text.front() == '[' && text.back() == ']')
        text = text.substr(1, text.size() - 2);
    else if (const auto with_port = listen_address::parse(text); with_port && with_port->unix_path.empty())
        return with_port->ip;
    const auto bracketed = asio::ip::make_address_v6(text, error);
    if (error)
        return std::nullopt;
    return bracketed;
}

/// Goes on with `found` through one field line; false where the walk ends.
bool walk(std::string_view list, const networks& trusted, optional_address& found) {
    for (;;) {
        const auto comma = list.rfind(',');
        const auto element = parse_element(comma == list.npos ? list : list.substr(comma + 1));
        if (!element)
            return false;
        found = element;
        if (!contains(trusted, *element))
            return false;
        if (comma == list.npos)
            return true;
        list = list.substr(0, comma);
    }
}

bool is_sane(std::string_view id) noexcept {
    constexpr std::size_t longest = 128;
    return !id.empty() && id.size() <= longest && std::ranges::all_of(id, is_token_character);
}

}  // namespace

bool is_trusted(const optional_address& peer, const networks& trusted) noexcept {
    return !peer || contains(trusted, *peer);
}

optional_address client_address(const optional_address& peer, const headers& fields,
                                const networks& trusted) {
    if (!is_trusted(peer, trusted))
        return peer;
    optional_address found = peer;
    if (count(fields, forwarded_for) > 0) {
        for (auto field = fields.rbegin(); field != fields.rend(); ++field) {
            if (iequals(field->name, forwarded_for) && !walk(field->value, trusted, found))
                break;
        }
        return found;
    }
    if (count(fields, real_ip) == 1) {
        if (const auto named = parse_element(value_of(fields, real_ip)))
            return named;
    }
    return found;
}

std::string forwarded_request_id(const optional_address& peer, const headers& fields,
                                 const networks& trusted) {
    if (!is_trusted(peer, trusted) || count(fields, request_id) != 1)
        return {};
    const auto id = value_of(fields, request_id);
    return is_sane(id) ? std::string(id) : std::string();
}

}  // namespace shopbell::http
