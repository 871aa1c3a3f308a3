#include <shopbell/http/client.hpp>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <charconv>

namespace shopbell::http {

namespace {

failure malformed(std::string_view why) {
    return failure{errc::malformed, "not an http or https URL: " + std::string(why)};
}

/// Letters, digits and "-._": what resolves, and nothing that could end a header field.
bool is_host_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '.' || c == '_';
    });
}

bool is_tcp_port(std::string_view text) {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() && number >= 1 && number <= 65535;
}

std::string_view usual_port(bool tls) {
    return tls ? "443" : "80";
}

}  // namespace

result<url> url::parse(std::string_view text) {
    if (text.find("://") == text.npos)
        return malformed("syntax error: http:// or https:// is missing in front");
    const auto parsed = boost::urls::parse_uri(boost::core::string_view(text.data(), text.size()));
    if (!parsed)
        return malformed("syntax error");
    const auto& view = *parsed;
    const auto scheme = view.scheme_id();
    if (scheme != boost::urls::scheme::http && scheme != boost::urls::scheme::https)
        return malformed("the scheme is neither http nor https");
    if (view.has_userinfo())
        return malformed("user name and password do not belong into it");
    if (view.has_fragment())
        return malformed("a fragment (#...) is never sent");

    url made;
    made.tls = scheme == boost::urls::scheme::https;
    made.host = view.host_address();
    if (view.host_type() != boost::urls::host_type::ipv6 && !is_host_name(made.host))
        return malformed("the host is missing or has characters that no host name has");
    made.port = view.port().empty() ? std::string(usual_port(made.tls)) : std::string(view.port());
    if (!is_tcp_port(made.port))
        return malformed("the port is not between 1 and 65535");
    // Boost.URL 1.81 reads "http://c::x" as the host "c", no port and the path ":x".
    if (!view.encoded_path().empty() && !view.encoded_path().starts_with('/'))
        return malformed("syntax error");
    made.target = view.encoded_path().empty() ? "/" : std::string(view.encoded_path());
    if (view.has_query())
        made.target += "?" + std::string(view.encoded_query());
    return made;
}

std::string url::host_header() const {
    std::string text = host.find(':') == host.npos ? host : "[" + host + "]";
    if (port != usual_port(tls))
        text += ":" + port;
    return text;
}

}  // namespace shopbell::http
