#include <shopbell/http/proxy.hpp>

#include <shopbell/core/text.hpp>
#include <shopbell/crypto/encoding.hpp>
#include <shopbell/http/address.hpp>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace shopbell::http {

namespace {

struct variable {
    const char* name = nullptr;
    std::string value;
};

/// The first of them that is set, even to nothing: an empty value says "no proxy".
std::optional<variable> first_set(const environment& look_up, std::initializer_list<const char*> names) {
    for (const char* name : names) {
        if (auto value = look_up(name))
            return variable{name, std::string(trim(*value))};
    }
    return std::nullopt;
}

std::optional<asio::ip::address> address_of(std::string_view host) {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(host, error);
    return error ? std::nullopt : std::optional(address);
}

/// Names compare without case and without the dot that ends a complete one.
std::string plain_name(std::string_view host) {
    if (host.ends_with('.'))
        host.remove_suffix(1);
    return to_lower(host);
}

bool is_this_machine(const std::string& host) {
    static const networks loopback{*network::parse("127.0.0.0/8"), *network::parse("::1")};
    const auto address = address_of(host);
    return address ? contains(loopback, *address) : plain_name(host) == "localhost";
}

/// One entry of no_proxy, its port taken off.
struct exception {
    std::string_view host;
    std::string_view port;  ///< empty: any
};

exception take_apart(std::string_view entry) {
    if (entry.starts_with('[')) {
        const auto close = entry.find(']');
        const auto rest = close == entry.npos ? std::string_view() : entry.substr(close + 1);
        return {entry.substr(1, close - 1), rest.starts_with(':') ? rest.substr(1) : std::string_view()};
    }
    const auto colon = entry.find(':');
    if (colon == entry.npos || colon != entry.rfind(':'))  // more than one: an IPv6 address or block
        return {entry, {}};
    return {entry.substr(0, colon), entry.substr(colon + 1)};
}

bool is_below(std::string_view name, std::string_view domain) {
    if (name == domain)
        return true;
    return name.ends_with(domain) && name[name.size() - domain.size() - 1] == '.';
}

bool excepts(std::string_view entry, const url& target) {
    const auto [host, port] = take_apart(entry);
    if (!port.empty() && port != target.port)
        return false;
    if (host == "*")
        return true;
    if (const auto block = network::parse(host)) {
        const auto address = address_of(target.host);
        return address && block->contains(*address);
    }
    std::string domain = plain_name(host);
    domain.erase(0, domain.find_first_not_of("*."));
    return !domain.empty() && is_below(plain_name(target.host), domain);
}

bool is_excepted(std::string_view list, const url& target) {
    constexpr std::string_view separators = ", \t";
    while (!list.empty()) {
        const auto end = std::min(list.find_first_of(separators), list.size());
        if (end > 0 && excepts(list.substr(0, end), target))
            return true;
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

failure unusable(const variable& from, std::string_view why) {
    return failure{errc::malformed, "the environment's " + std::string(from.name) +
                                        " names no usable proxy: " + std::string(why)};
}

secret basic(const std::string& user, const std::string& password) {
    const secret pair(user + ":" + password);
    return secret("Basic " + base64_encode(pair.reveal()));
}

result<proxy> read_proxy(const variable& from) {
    const bool has_scheme = from.value.find("://") != std::string::npos;
    const std::string text = (has_scheme ? "" : "http://") + from.value;
    const auto parsed = boost::urls::parse_uri(text);
    if (!parsed)
        return unusable(from, "it is no URL (special characters in a password are written as %XX)");
    if (parsed->scheme_id() != boost::urls::scheme::http)
        return unusable(from, "only http:// proxies are supported, which also lead to https servers");
    const std::string authority(parsed->encoded_host_and_port());
    auto address = url::parse("http://" + authority);
    if (!address)
        return unusable(from, address.error().reason);
    proxy made{std::move(*address)};
    if (parsed->has_userinfo())
        made.authorization = basic(parsed->user(), parsed->password());
    return made;
}

}  // namespace

result<std::optional<proxy>> proxy_from_environment(const url& target, const environment& look_up) {
    const auto named =
        target.tls ? first_set(look_up, {"https_proxy", "HTTPS_PROXY"}) : first_set(look_up, {"http_proxy"});
    if (!named || named->value.empty() || is_this_machine(target.host))
        return std::optional<proxy>();
    const auto excepted = first_set(look_up, {"no_proxy", "NO_PROXY"});
    if (excepted && is_excepted(excepted->value, target))
        return std::optional<proxy>();
    auto made = read_proxy(*named);
    if (!made)
        return made.error();
    return std::optional<proxy>(std::move(*made));
}

result<std::optional<proxy>> proxy_from_environment(const url& target) {
    return proxy_from_environment(target, [](const char* name) {
        const char* value = std::getenv(name);
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
    });
}

}  // namespace shopbell::http
