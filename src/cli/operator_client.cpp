#include <shopbell/cli/operator_client.hpp>

#include "daemon_client.hpp"
#include "inbox_client.hpp"

#include <shopbell/core/permission.hpp>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <unistd.h>

#include <charconv>

namespace shopbell {

namespace {

namespace asio = boost::asio;

/// Deeper than any event document, which wraps a store's own in two levels, inside an answer.
constexpr std::size_t answer_depth = json::document::max_depth + 8;

std::string escaped(std::string_view text) {
    return boost::urls::encode(text, boost::urls::unreserved_chars);
}

/// Why nobody can be asked; empty where somebody listens.
result<std::string> absence(const admin_settings& admin) {
    if (!admin.listen)
        return std::string("the admin interface is off ([admin] listen = \"\")");
    const auto there = is_listening(reachable(*admin.listen));
    if (!there)
        return there.error();
    return *there ? std::string() : std::string("the daemon is not running");
}

}  // namespace

result<bool> is_listening(const http::listen_address& at) {
    asio::io_context context(1);
    asio::generic::stream_protocol::endpoint target = asio::ip::tcp::endpoint(at.ip, at.port);
    if (!at.unix_path.empty())
        target = asio::local::stream_protocol::endpoint(at.unix_path);
    asio::generic::stream_protocol::socket probe(context);
    boost::system::error_code error;
    probe.connect(target, error);
    if (!error)
        return true;
    if (error == boost::system::errc::connection_refused ||
        error == boost::system::errc::no_such_file_or_directory)
        return false;
    failure why{errc::io, "connect to the daemon at " + at.to_string() + ": " + error.message()};
    if (at.unix_path.empty())
        return why;
    return with_permission_advice(std::move(why), at.unix_path, R_OK | W_OK);
}

result<std::unique_ptr<operator_client>> open_operator_client(
    const operator_settings& settings, operator_access how,
    const std::function<void(const std::string&)>& tell) {
    const auto absent = absence(settings.admin);
    if (!absent)
        return absent.error();
    if (absent->empty())
        return make_daemon_client(settings.admin);
    if (how == operator_access::changing && !settings.admin.listen)
        return failure{errc::unavailable,
                       *absent + ": give it an address, restart the daemon, then try again"};
    if (how == operator_access::changing)
        return failure{errc::unavailable,
                       *absent + " (" + settings.admin.listen->to_string() + "): start it, then try again"};
    auto made = make_inbox_client(settings);
    if (made)
        tell(*absent + ": reading the inbox " + describe_place(settings.inbox));
    return made;
}

std::string api_path(std::initializer_list<std::string_view> segments) {
    std::string path = "/api";
    for (const auto segment : segments)
        path += "/" + escaped(segment);
    return path;
}

void add_parameter(std::string& target, std::string_view name, std::string_view value) {
    if (value.empty())
        return;
    target += target.find('?') == std::string::npos ? '?' : '&';
    target += std::string(name) + "=" + escaped(value);
}

failure refusal_of(const http::incoming_response& answer) {
    const auto code = answer.status == 400 ? errc::malformed : errc::unavailable;
    const auto document = json::document::parse(answer.body);
    if (document && !text_of(document->root(), "error").empty())
        return {code, std::string(text_of(document->root(), "error"))};
    return {code, "the daemon answered " + std::to_string(answer.status)};
}

result<json::document> ask_json(operator_client& from, const std::string& method, const std::string& target,
                                std::string body) {
    const auto answer = from.ask(method, target, std::move(body));
    if (!answer)
        return answer.error();
    if (answer->status != 200)
        return refusal_of(*answer);
    auto document = json::document::parse(answer->body, answer_depth);
    if (!document)
        return failure{errc::unavailable, "the daemon's answer is no JSON: " + document.error().reason};
    return document;
}

std::string_view text_of(const json::value& object, std::string_view name) {
    const auto* const found = object.find(name);
    return found == nullptr ? std::string_view() : found->text();
}

std::uint64_t number_of(const json::value& object, std::string_view name) {
    const auto text = text_of(object, name);
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace shopbell
