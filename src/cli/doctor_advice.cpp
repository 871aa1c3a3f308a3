#include "doctor_advice.hpp"

#include <shopbell/cli/operator_client.hpp>
#include <shopbell/core/json.hpp>
#include <shopbell/core/text.hpp>

#include <algorithm>
#include <array>

namespace shopbell {

namespace {

struct known_answer {
    unsigned status;
    std::string_view what;
    std::string_view advice;
    std::string_view for_nginx = {};  ///< the same in its words, where it is known to be nginx
};

/// Of the daemon itself: the delivery came through to it.
constexpr std::array ours = {
    known_answer{400, "the daemon could not read what arrived",
                 "something on the way damages requests; the daemon's log line of this one says how"},
    known_answer{403, "the daemon does not take it from this sender (403)",
                 "the endpoint's `allow` does not hold the address that it saw: a proxy in front has to set "
                 "X-Forwarded-For to the client's and stand in [server] trusted_proxies itself; and remember "
                 "that this machine is none of the store's",
                 "the endpoint's `allow` does not hold the address that it saw: let nginx pass it with "
                 "\"proxy_set_header X-Forwarded-For $remote_addr;\", name nginx's own in [server] "
                 "trusted_proxies, and remember that this machine is none of the store's"},
    known_answer{
        404, "the daemon knows no such path (404)",
        "a proxy in front has to hand the path on as it came; if the endpoint is new, reload the "
        "daemon: systemctl reload shopbell",
        "write proxy_pass without anything behind the name (\"proxy_pass http://shopbell;\"), so that "
        "the path goes on as it came; if the endpoint is new, reload the daemon: systemctl reload "
        "shopbell"},
    known_answer{405, "it did not arrive as POST (405)",
                 "look for a rewrite or redirect in front of the daemon"},
    known_answer{408, "it came too slowly to the daemon (408)",
                 "let a proxy in front take requests whole before it turns to the daemon, or raise [server] "
                 "body_timeout",
                 "let nginx take requests whole (\"proxy_request_buffering on;\"), or raise [server] "
                 "body_timeout"},
    known_answer{411, "it arrived without its length (411)",
                 "let the proxy in front speak HTTP/1.1 to the daemon", "write \"proxy_http_version 1.1;\""},
    known_answer{413, "the daemon takes no body of that size (413)",
                 "it runs with a smaller [server] max_body than the configuration says: restart it"},
    known_answer{415, "it arrived compressed (415)", "let nothing on the way compress requests"},
    known_answer{431, "it arrived with too many headers (431)",
                 "let the proxy in front add fewer of them, or raise [server] max_header",
                 "remove proxy_set_header lines, or raise [server] max_header"},
    known_answer{500, "the daemon failed (500)", "its log says how; please report it"},
    known_answer{503, "the daemon cannot store events now (503)",
                 "see what is said above of the inbox and the daemon"},
};

/// Of a proxy, a CDN or another program in the daemon's stead.
constexpr std::array theirs = {
    known_answer{400, "something in front of the daemon finds the request bad (400)",
                 "http and https may be mixed up: does that port speak TLS?",
                 "http and https may be mixed up: is the port one of \"listen ... ssl\"?"},
    known_answer{401, "something in front of the daemon asks for a password (401)",
                 "let it ask for none on this path", "write \"auth_basic off;\" in the location"},
    known_answer{
        403, "something in front of the daemon forbids it (403)",
        "look for deny rules, a firewall for web applications or the bot protection of a CDN, and except "
        "this path"},
    known_answer{404, "something in front of the daemon has nothing at this path (404)",
                 "let it pass this host's requests for the path on to the daemon",
                 "nginx needs this name in server_name, and in that server a location for the path with "
                 "proxy_pass"},
    known_answer{405, "something in front of the daemon takes no POST (405)",
                 "it serves files at this path; let it pass the path on to the daemon",
                 "a location serves files there; write proxy_pass in its place"},
    known_answer{413, "something in front of the daemon takes no body of that size (413)",
                 "raise its limit for bodies to [server] max_body",
                 "write \"client_max_body_size\" as large as [server] max_body"},
    known_answer{414, "something in front of the daemon finds the request line too long (414)",
                 "raise its limit for request lines", "raise large_client_header_buffers"},
    known_answer{429, "something in front of the daemon limits the rate (429)",
                 "raise its limit for this path: stores send in bursts",
                 "raise limit_req for this location: stores send in bursts"},
    known_answer{431, "something in front of the daemon finds the headers too large (431)",
                 "raise its limit for headers", "raise large_client_header_buffers"},
    known_answer{
        502, "something in front cannot reach the daemon (502)",
        "start the daemon, or let what is in front lead to where it listens; a unix socket must be open "
        "to the user of that",
        "start the daemon, or let proxy_pass lead to where it listens; a unix socket must be open to "
        "nginx's user"},
    known_answer{503, "something in front of the daemon turns requests away (503)",
                 "raise its limits on rates and connections for this path, or end the maintenance",
                 "raise limit_req and limit_conn for this location, or end the maintenance"},
    known_answer{504, "something in front of the daemon waited for it in vain (504)",
                 "see whether the daemon answers (above), and give it a minute",
                 "see whether the daemon answers (above), and give it time: \"proxy_read_timeout 60s;\""},
};

template <std::size_t Size>
const known_answer* find(const std::array<known_answer, Size>& all, unsigned status) noexcept {
    const auto found = std::ranges::find(all, status, &known_answer::status);
    return found == all.end() ? nullptr : &*found;
}

diagnosis explain_redirect(const http::incoming_response& answer) {
    const auto to = value_of(answer.fields, "Location");
    return {"it is sent elsewhere (" + std::to_string(answer.status) + (to.empty() ? "" : " to ") +
                std::string(to) + "), and a store's delivery is lost by that",
            is_nginx(answer)
                ? "give the store that URL, or let nginx pass this one on: \"location ^~ /hooks/\" with "
                  "proxy_pass and no return, rewrite or missing slash"
                : "give the store that URL, or let what is in front pass this one on to the daemon"};
}

std::string in_brackets(const failure& why) {
    return " (" + why.reason + ")";
}

}  // namespace

diagnosis explain_way(const failure& why) {
    switch (why.code) {
        case errc::unresolved:
            return {"its name has no address" + in_brackets(why),
                    "add a DNS record that leads to this machine, or correct the name"};
        case errc::unreachable:
        case errc::forbidden:
            return {
                "nobody takes connections there" + in_brackets(why),
                "start what should listen there, the daemon or what stands in front of it, and open the port "
                "in the firewall and the router"};
        case errc::untrusted:
            return {"its certificate is not one to trust, and the stores refuse it too" + in_brackets(why),
                    "let the server there show the whole chain (fullchain.pem), issued for that name; an old "
                    "one renew (certbot renew) and then reload the server"};
        case errc::no_handshake:
            return {"TLS does not come about" + in_brackets(why),
                    "let the server there speak TLS 1.2 or later on that port; does it speak plain http?"};
        case errc::no_proxy:
            return {"the proxy of this machine's own environment does not lead there" + in_brackets(why),
                    "mend https_proxy, or name the host in no_proxy"};
        case errc::timeout:
            return {"there is no answer" + in_brackets(why),
                    "see whether the daemon answers (above), and that what is in front of it leads there"};
        case errc::malformed:
            return {"what answers there does not speak HTTP" + in_brackets(why),
                    "http and https may be mixed up, or the port belongs to another program"};
        default:
            return {"the connection breaks before there is an answer" + in_brackets(why),
                    "the log of what listens there says why"};
    }
}

std::string advice_for_sink(errc why) {
    switch (why) {
        case errc::unresolved:
            return "correct the host in `url`, or this machine's DNS (/etc/resolv.conf)";
        case errc::unreachable:
        case errc::forbidden:
            return "start what listens there, correct `url`, or open the firewall; events wait meanwhile";
        case errc::untrusted:
            return "have its certificate mended, or name its authority in `ca_file`";
        case errc::no_handshake:
            return "the other side must speak TLS 1.2 or later; where it asks for a client certificate, give "
                   "`client_certificate` and `client_key` that it knows";
        case errc::no_proxy:
            return "mend https_proxy or http_proxy in the daemon's environment, or name the host in no_proxy";
        default:
            return "see whether what `url` names is in order";
    }
}

bool is_ours(const http::incoming_response& answer) {
    // A refusal of an endpoint with codes.
    if (answer.status >= 400 && answer.body.empty() && !value_of(answer.fields, "X-Request-Id").empty())
        return true;
    if (!to_lower(value_of(answer.fields, "Content-Type")).starts_with("application/json"))
        return false;
    const auto document = json::document::parse(answer.body);
    return document &&
           !(text_of(document->root(), "error").empty() && text_of(document->root(), "status").empty());
}

bool is_nginx(const http::incoming_response& answer) {
    const auto server = to_lower(value_of(answer.fields, "Server"));
    return server.starts_with("nginx") || server.starts_with("openresty") ||
           answer.body.find("nginx") != std::string::npos;
}

diagnosis explain_answer(const http::incoming_response& answer, std::size_t bytes) {
    if (answer.status >= 300 && answer.status < 400)
        return explain_redirect(answer);
    const auto* const known = is_ours(answer) ? find(ours, answer.status) : find(theirs, answer.status);
    const auto size = answer.status == 413 ? ", and this one has " + std::to_string(bytes) + " bytes" : "";
    if (known != nullptr) {
        const bool by_nginx = is_nginx(answer) && !known->for_nginx.empty();
        return {std::string(known->what) + size, std::string(by_nginx ? known->for_nginx : known->advice)};
    }
    if (answer.status >= 200 && answer.status < 300)
        return {"something in front of the daemon answers " + std::to_string(answer.status) +
                    " in its stead: a store would take its event for safe, and it is nowhere",
                is_nginx(answer)
                    ? "look for a location that serves pages or files, a cache or a maintenance page, and "
                      "write proxy_pass in its place"
                    : "look for what serves pages or files there, a cache or a maintenance page, and "
                      "let the path go on to the daemon"};
    return {"the answer is " + std::to_string(answer.status),
            "look for it in the logs of the daemon and of what is in front of it"};
}

}  // namespace shopbell
