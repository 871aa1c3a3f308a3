#include "diagnosis.hpp"

#include <shopbell/core/text.hpp>
#include <shopbell/stores/form.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace shopbell {

namespace {

namespace asio = boost::asio;

constexpr std::string_view forwarded_for = "X-Forwarded-For";
constexpr std::string_view real_ip = "X-Real-IP";

std::string quoted(std::string_view text) {
    return '"' + std::string(text) + '"';
}

const endpoint* find_by_name(const endpoints& all, std::string_view name) {
    const auto found = std::ranges::find(all, name, &endpoint::name);
    return found == all.end() ? nullptr : &*found;
}

bool is_taken(const verdict& what) {
    return std::holds_alternative<accepted>(what) || std::holds_alternative<batch>(what);
}

bool takes(const endpoint& one, const webhook& sent) {
    return one.source->demands_proof() && is_taken(one.source->accept(sent));
}

bool looks_like(const provider_entry& kind, const headers& fields) {
    return std::ranges::any_of(kind.marks, [&](auto mark) { return count(fields, mark) > 0; });
}

/// "endpoint "a" (/hooks/a)" of each endpoint of that kind; empty where there is none.
std::string endpoints_of(const endpoints& all, const provider_entry& kind) {
    std::string list;
    for (const auto& one : all) {
        if (one.kind == &kind)
            list += (list.empty() ? "" : " or ") + quoted(one.name) + " (" + one.path + ")";
    }
    return list;
}

/// Another endpoint's request, as its secret proves.
std::optional<likely_cause> explain_by_others(const refused_request& one, const webhook& sent) {
    for (const auto& other : *one.among) {
        if (other.name == one.endpoint || !takes(other, sent))
            continue;
        return likely_cause{"The request is right for the endpoint " + quoted(other.name) +
                                ": in the panel of the store that sent it enter the address that ends in " +
                                other.path + ", or, if the address is right, exchange the secrets of " +
                                quoted(other.name) + " and " + quoted(one.endpoint) + ".",
                            true, "other_endpoint"};
    }
    return std::nullopt;
}

/// Proved with a secret that a reload took away.
std::optional<likely_cause> explain_by_former(const refused_request& one, const webhook& sent,
                                              std::span<const former_endpoints> former) {
    for (const auto& then : former) {
        const auto* const same = find_by_name(*then.all, one.endpoint);
        if (same == nullptr || same->kind->name != one.provider || !takes(*same, sent))
            continue;
        return likely_cause{
            "The request is right for the secret that this endpoint had until the configuration "
            "was reloaded at " +
                to_rfc3339(then.until) +
                ": enter the new one in the store's panel, or list both until the store uses "
                "it, as [\"new\", \"old\"].",
            true, "former_secret"};
    }
    return std::nullopt;
}

/// By its looks of another kind of store than this endpoint is for.
std::optional<likely_cause> explain_by_looks(const refused_request& one, const provider_entry& mine) {
    if (looks_like(mine, one.fields))
        return std::nullopt;
    for (const auto name : store_names()) {
        const auto& kind = *find_store(name);
        if (&kind == &mine || !looks_like(kind, one.fields))
            continue;
        const auto there = endpoints_of(*one.among, kind);
        return likely_cause{
            "The request looks like one of the store " + quoted(kind.name) + ", and this endpoint is for " +
                quoted(mine.name) + ": " +
                (there.empty() ? "add an endpoint of that provider and enter its address in the "
                                 "store's panel."
                               : "enter the address of the endpoint " + there + " in the store's panel."),
            false, "other_kind_of_store"};
    }
    return std::nullopt;
}

likely_cause explain_proof(const refused_request& one, const endpoint& at,
                           std::span<const former_endpoints> former) {
    if (one.body.size() < one.bytes)
        return {
            "The body is too large to be looked into (more than 1 MiB): compare the endpoint's secret with "
            "what the store shows.",
            false, "body_too_large_to_diagnose"};
    const webhook sent{one.fields, one.body, one.method, one.query, one.at};
    if (auto found = explain_by_others(one, sent))
        return *std::move(found);
    if (one.why == rejection::unauthorized) {
        if (auto found = explain_by_former(one, sent, former))
            return *std::move(found);
    }
    auto found = at.source->diagnose(sent);
    if (found.proven)
        return found;
    return explain_by_looks(one, *at.kind).value_or(std::move(found));
}

/// Whether a header names an address that would have been let in.
bool names_allowed(const refused_request& one, const http::networks& allow) {
    for (const auto& field : one.fields) {
        if (!iequals(field.name, forwarded_for) && !iequals(field.name, real_ip))
            continue;
        for (std::string_view rest = field.value; !rest.empty();) {
            const auto comma = std::min(rest.find(','), rest.size());
            boost::system::error_code error;
            const auto named = asio::ip::make_address(trim(rest.substr(0, comma)), error);
            if (!error && http::contains(allow, named))
                return true;
            rest.remove_prefix(std::min(comma + 1, rest.size()));
        }
    }
    return false;
}

bool is_private(const asio::ip::address& client) {
    static const http::networks blocks = [] {
        http::networks all;
        for (const auto* const text : {"127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
                                       "169.254.0.0/16", "::1", "fc00::/7", "fe80::/10"})
            all.push_back(*http::network::parse(text));
        return all;
    }();
    return http::contains(blocks, client);
}

likely_cause explain_address(const refused_request& one, const endpoint& at) {
    if (!one.client)
        return {
            "The client's address is not known, since the request came over a unix socket without "
            "X-Forwarded-For: let the proxy send that header.",
            false, "address_unknown"};
    if (names_allowed(one, at.allow))
        return {
            "X-Forwarded-For or X-Real-IP names an address that is allowed, but the machine that says so is "
            "not believed: if the client shown here is your own proxy, add it to trusted_proxies of "
            "[server].",
            false, "proxy_not_trusted"};
    if (is_private(*one.client) && !http::contains(at.allow, *one.client))
        return {
            "The client's address is one of a local network, as a proxy has, and is not in `allow`: let the "
            "proxy send X-Forwarded-For with the store's address, and name the proxy in trusted_proxies of "
            "[server].",
            false, "proxy_address"};
    return {
        "The client's address is not in `allow`: if it is your store's, add it there; if not, nothing is "
        "wrong.",
        false, "address_not_allowed"};
}

/// A slip of the pen is looked for in time that grows with the product of both lengths.
constexpr std::size_t longest_compared_path = 256;

/// Decoded, in lower case, without slashes that say nothing.
std::string plain_path(std::string_view path) {
    std::string text;
    for (const char c : to_lower(form_decode(path))) {
        if (c != '/' || !text.ends_with('/'))
            text += c;
    }
    if (text.size() > 1 && text.ends_with('/'))
        text.pop_back();
    return text;
}

/// One is the end of the other, at a slash.
bool ends_alike(std::string_view a, std::string_view b) {
    return a.size() > 1 && b.size() > 1 && (a.ends_with(b) || b.ends_with(a));
}

/// The endpoint whose path is likely meant by one that no endpoint has: by another case, a slash too many, a
/// part that a proxy has put before it or taken away, a slip of the pen. Null where none is.
const endpoint* nearest_path(const endpoints& all, std::string_view path) {
    if (path.size() > longest_compared_path)
        return nullptr;
    const auto asked = plain_path(path);
    std::vector<std::string_view> paths;
    for (const auto& one : all) {
        if (ends_alike(asked, plain_path(one.path)))
            return &one;
        paths.push_back(one.path);
    }
    const auto close = closest(asked, paths);
    if (!close)
        return nullptr;
    return &*std::ranges::find(all, *close, &endpoint::path);
}

likely_cause explain_missing_path(const refused_request& one) {
    if (const auto* const near = nearest_path(*one.among, one.path))
        return {"No endpoint has the path that was asked for, but " + quoted(near->name) + " has " +
                    near->path + ": correct the address in the store's panel, or what a proxy makes of it.",
                false, "path_nearly_right"};
    for (const auto name : store_names()) {
        const auto& kind = *find_store(name);
        if (!looks_like(kind, one.fields))
            continue;
        if (const auto there = endpoints_of(*one.among, kind); !there.empty())
            return {
                "No endpoint has the path that was asked for, and the request looks like one of the store " +
                    quoted(kind.name) + ": enter the address of the endpoint " + there +
                    " in the store's panel.",
                false, "path_of_another_store"};
    }
    return {};
}

/// What came in the place of a request.
likely_cause explain_mismatch(http::mismatch what) {
    switch (what) {
        case http::mismatch::tls_on_plain_port:
            return {
                "TLS came to a port that speaks plain HTTP: give the client an http address (proxy_pass "
                "http://... in nginx), or let Shopbell speak TLS with [server.tls].",
                false, "tls_on_plain_port"};
        case http::mismatch::plain_on_tls_port:
            return {
                "Plain HTTP came to a port that speaks TLS: give the client an https address (proxy_pass "
                "https://... in nginx), or take [server.tls] away.",
                false, "plain_on_tls_port"};
        case http::mismatch::unexpected_proxy_header:
            return {
                "A header of the PROXY protocol came where none is expected: set proxy_protocol = true in "
                "[server] and name the machine shown here in trusted_proxies, or switch the protocol off in "
                "the proxy (send-proxy in HAProxy, protocol = proxy in stunnel, write-proxy in hitch).",
                false, "unexpected_proxy_header"};
        case http::mismatch::no_proxy_header:
            return {
                "No header of the PROXY protocol came, and proxy_protocol = true of [server] demands it of "
                "this machine: let the proxy send it (send-proxy-v2 in HAProxy, protocol = proxy in stunnel, "
                "write-proxy-v2 in hitch), or set proxy_protocol = false.",
                false, "no_proxy_header"};
        default:
            return {
                "The header of the PROXY protocol could not be read, and the reason says why: the proxy must "
                "send version 1 or 2, at once and whole.",
                false, "malformed_proxy_header"};
    }
}

/// What the HTTP server refuses without asking anybody.
likely_cause explain_status(unsigned status) {
    switch (status) {
        case 400:
            return {
                "The request is not HTTP as the standard has it, and the log's line of it says where: the "
                "program that sent it, or a proxy on the way, must be corrected.",
                false, "malformed_request"};
        case 408:
            return {
                "The request did not come to its end within header_timeout and body_timeout of [server]: "
                "the way from the store is slow or was cut.",
                false, "request_timeout"};
        case 411:
            return {
                "The request names no length of its body: the program that sent it, or a proxy on the way, "
                "must send Content-Length.",
                false, "length_missing"};
        case 413:
            return {
                "The body is larger than max_body of [server]: if your store sends so much, raise it, and "
                "the limit of the proxy in front (client_max_body_size, where that is nginx).",
                false, "body_too_large"};
        case 414:
        case 431:
            return {
                "The header section is larger than max_header of [server]: if your store or proxy needs so "
                "much, raise it.",
                false, "header_too_large"};
        case 500:
            return {"Shopbell itself failed: the log says how; please report it.", false, "internal_error"};
        case 503:
            return {
                "There was no room for the request: see max_connections of [server] and the machine's "
                "memory.",
                false, "overload"};
        default:
            return {
                "The request asks for something of HTTP that is not served: stores do not, so nothing needs "
                "to be done where the store's deliveries arrive.",
                false, "not_implemented"};
    }
}

}  // namespace

likely_cause diagnose_refusal(const refused_request& one, std::span<const former_endpoints> former) {
    if (one.what != http::mismatch::none)
        return explain_mismatch(one.what);
    if (one.among == nullptr)
        return explain_status(one.status);
    const auto* const at = find_by_name(*one.among, one.endpoint);
    if (at == nullptr)
        return explain_missing_path(one);
    switch (one.why) {
        case rejection::address:
            return explain_address(one, *at);
        case rejection::method:
            return {
                "Stores deliver with POST, and this was another method: a person or a monitor has opened the "
                "address, which is harmless, or a redirect on the way (from http to https, or to another "
                "address) has made a GET of a delivery, so that the store needs the final address.",
                false, "method"};
        case rejection::encoding:
            return {
                "The body is compressed (Content-Encoding), which no store does: switch off what compresses "
                "requests between the store and here.",
                false, "content_encoding"};
        case rejection::busy:
        case rejection::unavailable:
            return {
                "The request is genuine but could not be stored, and the store was told to come again: the "
                "reason says what to mend, and /readyz when it is over.",
                at->source->demands_proof(), "not_stored"};
        default:
            return explain_proof(one, *at, former);
    }
}

}  // namespace shopbell
