#include "doctor_forwarding.hpp"

#include "daemon_client.hpp"
#include "doctor_daemon.hpp"

#include <shopbell/core/text.hpp>
#include <shopbell/core/uuid.hpp>

#include <algorithm>
#include <string>

namespace shopbell {

namespace {

constexpr std::string_view forwarded_for = "X-Forwarded-For";

/// Somebody else's, of the addresses for documentation (RFC 3849). Distinct from every other.
std::string address_of_nobody() {
    random_bytes random;
    const auto digits = make_request_id(random);
    std::string text = "2001:db8:5b:0";
    for (std::size_t i = 0; i < digits.size(); i += 4)
        text += ':' + digits.substr(i, 4);
    return boost::asio::ip::make_address(text).to_string();
}

/// Whether the URL leads to the daemon itself on this machine, with nothing in between: what comes from here
/// is believed, as SECURITY.md says.
enum class direct : unsigned char { no, yes, perhaps };

direct is_direct(const http::server_settings& server, const http::url& url) {
    auto found = direct::no;
    if (url.tls != (server.tls != nullptr))
        return found;
    for (const auto& one : server.listen) {
        const auto at = reachable(one);
        const bool is_host =
            url.host == at.ip.to_string() || (at.ip.is_loopback() && url.host == "localhost");
        if (!at.unix_path.empty() || !is_host)
            continue;
        if (url.port == std::to_string(at.port))
            return direct::yes;
        if (at.port == 0)  // any free port
            found = direct::perhaps;
    }
    return found;
}

finding forwarding(grade how, const probe_target& target, std::string text, std::string advice) {
    return {how, "url-client", target.text, std::move(text), std::move(advice)};
}

}  // namespace

bool was_believed(const json::value& rejections, std::string_view address) {
    return std::ranges::any_of(rejections.elements(), [address](const json::value& one) {
        const auto* const fields = one.find("headers");
        if (text_of(one, "client") != address || fields == nullptr)
            return false;
        const auto forwards = [](const json::value& field) {
            return iequals(text_of(field, "name"), forwarded_for);
        };
        const auto all = fields->elements();
        const auto found = std::ranges::find_if(all, forwards);
        return std::ranges::count_if(all, forwards) == 1 && trim(text_of(*found, "value")) == address;
    });
}

findings examine_forwarding(const http::server_settings& server, const probe_target& target,
                            sent_probe forged, http::client& with, operator_client& stored) {
    const auto is_near = is_direct(server, target.url);
    if (is_near == direct::yes)
        return {};
    const auto address = address_of_nobody();
    forged.webhook.fields.push_back({std::string(forwarded_for), address});
    const auto answer =
        exchange(with, http::outgoing_request("POST", forged.webhook.fields, forged.webhook.body));
    const bool refused = answer && (answer->status == 401 || answer->status == 403);
    if (!refused)
        return {};
    const auto document = ask_json(stored, "GET", api_path({"rejections"}));
    const auto* const all = document ? document->root().find("rejections") : nullptr;
    if (all == nullptr)
        return {};
    if (was_believed(*all, address))
        return {
            forwarding(is_near == direct::no ? grade::fail : grade::warn, target,
                       "a stranger's own X-Forwarded-For comes through and is believed: whoever sends one "
                       "passes `allow` and stands in the log as somebody else",
                       "let what stands in front set the header (as the nginx site that we ship does), or "
                       "speak the PROXY protocol with proxy_protocol = true in [server], or take it out "
                       "of trusted_proxies")};
    return {forwarding(grade::ok, target, "a stranger's own X-Forwarded-For is not believed", "")};
}

}  // namespace shopbell
