#include "doctor_client_address.hpp"

#include <shopbell/cli/operator_client.hpp>
#include <shopbell/core/text.hpp>

#include <algorithm>
#include <string>

namespace shopbell {

namespace {

constexpr auto check_name = "url-client";

std::string name_the_client(bool by_nginx) {
    return by_nginx ? "write \"proxy_set_header X-Forwarded-For $remote_addr;\" in the location"
                    : "let what is in front set X-Forwarded-For to the address that it sees";
}

bool is_loopback(std::string_view text) {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(trim(text), error);
    return !error && address.is_loopback();
}

bool is_trusted(std::string_view client, const http::networks& trusted) {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(client, error);
    return error || contains(trusted, address);  // no address: a unix socket's
}

direct reach(const http::listen_address& listening, const http::url& url) {
    const bool is_host = listening.ip.is_unspecified() || url.host == listening.ip.to_string() ||
                         (listening.ip.is_loopback() && url.host == "localhost");
    if (!listening.unix_path.empty() || !is_host)
        return direct::no;
    if (listening.port == 0)  // any free port
        return direct::perhaps;
    return std::to_string(listening.port) == url.port ? direct::yes : direct::no;
}

/// X-Forwarded-For as it arrived, its lines in one.
std::string forwarded_for(const headers& arrived) {
    std::string all;
    for (const auto& field : arrived) {
        if (iequals(field.name, "X-Forwarded-For"))
            all += (all.empty() ? "" : ", ") + field.value;
    }
    return all;
}

/// Whether the daemon takes the invented address for the client's. Not where it is followed by that of this
/// machine alone: a proxy has added whom it saw, and only here, where this machine is trusted as a proxy, is
/// what stands before believed.
bool is_believed(std::string_view client, std::string_view forwarded) {
    if (client != invented_client || forwarded.empty())
        return false;
    const auto comma = forwarded.rfind(',');
    return comma == std::string_view::npos || !is_loopback(forwarded.substr(comma + 1)) ||
           trim(forwarded.substr(0, comma)) != invented_client;
}

finding believed(const probe_target& target, direct how, bool by_nginx) {
    if (how == direct::perhaps)
        return {
            grade::warn, check_name, target.text,
            "a stranger's own X-Forwarded-For is believed there: that is as it should be where this is the "
            "daemon itself and nothing is in front of it",
            "give [server] listen a fixed port, by which that can be told; or " + name_the_client(by_nginx)};
    return {grade::fail, check_name, target.text,
            "the daemon believes whatever address a stranger writes into X-Forwarded-For: `allow` is open to "
            "everybody, and the limit for one client holds nobody",
            name_the_client(by_nginx) +
                "; where that can set no header, as a tunnel, let it speak the PROXY protocol and set "
                "[server] proxy_protocol = true"};
}

}  // namespace

direct is_direct(const http::server_settings& server, const http::url& url) {
    if (url.tls != (server.tls != nullptr))
        return direct::no;
    // The name in a certificate says nothing of the address, and shopbell.socket may have another port.
    if (url.tls)
        return direct::yes;
    auto found = direct::no;
    for (const auto& one : server.listen)
        found = std::max(found, reach(one, url));
    return found;
}

headers headers_of(const json::value& shown) {
    headers all;
    if (const auto* const list = shown.find("headers"); list != nullptr) {
        for (const auto& one : list->elements())
            all.push_back({std::string(text_of(one, "name")), std::string(text_of(one, "value"))});
    }
    return all;
}

finding judge_client_address(const probe_target& target, const json::value& record,
                             const http::server_settings& server, bool by_nginx) {
    const auto client = text_of(record, "client");
    const auto arrived = headers_of(record);
    const auto forwarded = forwarded_for(arrived);
    if (is_believed(client, forwarded))
        return believed(target, is_direct(server, target.url), by_nginx);
    // The header of the PROXY protocol names the client, and is none of the request's.
    const bool is_named = server.proxy_protocol || !forwarded.empty() || count(arrived, "X-Real-IP") > 0;
    if (!is_named && is_trusted(client, server.trusted_proxies))
        return {
            grade::warn, check_name, target.text,
            "what is in front of the daemon does not say from whom a request comes: all seem to come from " +
                (client.empty() ? "its unix socket" : std::string(client)) +
                ", so that `allow`, the limit for one client and the log go by that",
            name_the_client(by_nginx)};
    return {grade::ok, check_name, target.text, "the daemon knows from whom a request comes", ""};
}

}  // namespace shopbell
