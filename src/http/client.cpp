#include <shopbell/http/client.hpp>

#include "client_connection.hpp"
#include "grammar.hpp"
#include "resolver.hpp"

#include <shopbell/core/text.hpp>

#include <boost/asio/local/stream_protocol.hpp>
#include <sys/un.h>

#include <algorithm>
#include <vector>

namespace shopbell::http {

namespace {

constexpr unsigned proxy_wants_credentials = 407;

bool is_ours(std::string_view name) {
    constexpr std::string_view ours[] = {"Host", "Content-Length", "Connection", "Transfer-Encoding",
                                         "Proxy-Authorization"};
    return std::any_of(std::begin(ours), std::end(ours),
                       [&](std::string_view one) { return iequals(one, name); });
}

/// Whether requests are put to the proxy itself. For https the proxy leads through and sees none of them.
bool asks_proxy(const client_settings& settings) noexcept {
    return settings.proxy && !settings.url.tls;
}

std::string added_query(std::string_view target, std::string_view query) {
    if (query.empty())
        return {};
    return (target.find('?') == std::string_view::npos ? "?" : "&") + std::string(query);
}

std::string head_text(const client_settings& settings, const outgoing_request& one) {
    const auto& target = settings.url;
    const bool absolute = asks_proxy(settings);
    std::string out = one.method + " " + (absolute ? "http://" + target.host_header() : std::string()) +
                      target.target + added_query(target.target, one.query) + " HTTP/1.1\r\n";
    append_field(out, "Host", target.host_header());
    if (absolute && !settings.proxy_authorization.empty())
        append_field(out, "Proxy-Authorization", settings.proxy_authorization.reveal());
    if (count(one.fields, "User-Agent") == 0)
        append_field(out, "User-Agent", client_name);
    if (!one.body.empty() || (one.method != "GET" && one.method != "HEAD"))
        append_field(out, "Content-Length", std::to_string(one.body.size()));
    for (const auto& field : one.fields) {
        if (!is_ours(field.name))
            append_field(out, field.name, field.value);
    }
    out += "\r\n";
    return out;
}

failure unreadable(std::string_view what, const std::string& path, const boost::system::error_code& error) {
    return failure{errc::io, "read " + std::string(what) + path + ": " + error.message()};
}

result<void> trust(asio::ssl::context& tls, const std::string& ca_file) {
    boost::system::error_code error;
    if (ca_file.empty())
        tls.set_default_verify_paths(error);
    else
        tls.load_verify_file(ca_file, error);
    if (error)
        return unreadable("certificates from ", ca_file.empty() ? "the system's store" : ca_file, error);
    return {};
}

result<void> show_certificate(asio::ssl::context& tls, const std::string& certificate,
                              const std::string& key) {
    boost::system::error_code error;
    // Without it OpenSSL asks on the terminal for the password of a key that has one.
    tls.set_password_callback([](std::size_t, auto) { return std::string(); }, error);
    tls.use_certificate_chain_file(certificate, error);
    if (error)
        return unreadable("the client certificate ", certificate, error);
    tls.use_private_key_file(key, asio::ssl::context::pem, error);
    const bool other =
        ERR_GET_REASON(static_cast<unsigned long>(error.value())) == X509_R_KEY_VALUES_MISMATCH;
    if (error && !other)
        return unreadable("the key of the client certificate ", key, error);
    // OpenSSL compares by itself only where certificate and key are of the same kind.
    if (other || ::SSL_CTX_check_private_key(tls.native_handle()) != 1)
        return failure{errc::io, "the key " + key + " does not belong to the certificate " + certificate};
    return {};
}

result<asio::ssl::context> make_tls(const client_settings& settings) {
    asio::ssl::context made(asio::ssl::context::tls_client);
    ::SSL_CTX_set_min_proto_version(made.native_handle(), TLS1_2_VERSION);
    made.set_verify_mode(settings.fingerprint.empty() ? asio::ssl::verify_peer : asio::ssl::verify_none);
    if (auto done = trust(made, settings.ca_file); !done)
        return done.error();
    if (!settings.client_certificate.empty()) {
        auto done = show_certificate(made, settings.client_certificate, settings.client_key);
        if (!done)
            return done.error();
    }
    return made;
}

}  // namespace

struct client::state {
    using connection = std::unique_ptr<client_connection>;

    explicit state(client_settings wanted)
        : settings(std::move(wanted)),
          names(settings.proxy ? settings.proxy->host : settings.url.host,
                settings.proxy ? settings.proxy->port : settings.url.port) {}

    /// The connection used last, if it still stands; dead ones go.
    connection take() {
        while (!idle.empty()) {
            auto one = std::move(idle.back());
            idle.pop_back();
            if (one->looks_alive())
                return one;
        }
        return nullptr;
    }

    void keep(connection one) {
        if (one->reusable() && idle.size() < settings.max_idle)
            idle.push_back(std::move(one));
    }

    asio::awaitable<result<client_connection::endpoints>> find_peer(client_connection::time until) {
        client_connection::endpoints targets;
        if (!settings.unix_path.empty()) {
            targets.emplace_back(asio::local::stream_protocol::endpoint(settings.unix_path));
            co_return targets;
        }
        const auto found = co_await names.resolve(until);
        if (!found)
            co_return failure{settings.proxy ? errc::no_proxy : found.error().code, found.error().reason};
        targets.assign(found->begin(), found->end());
        co_return targets;
    }

    asio::awaitable<result<connection>> open(client_connection::time until) {
        auto targets = co_await find_peer(until);
        if (!targets)
            co_return targets.error();
        const asio::any_io_executor home = co_await asio::this_coro::executor;
        auto fresh = std::make_unique<client_connection>(home, tls ? &*tls : nullptr, settings);
        const auto opened = co_await fresh->open(std::move(*targets), until);
        if (!opened)
            co_return opened.error();
        co_return result<connection>(std::move(fresh));
    }

    /// Only a proxy answers 407: nothing is wrong with what was sent, and nobody has got it.
    [[nodiscard]] result<incoming_response> judge(result<incoming_response> answer) const {
        if (!answer || !asks_proxy(settings) || answer->status != proxy_wants_credentials)
            return answer;
        return failure{errc::no_proxy, "the proxy " + host_and_port(*settings.proxy) + " answered 407"};
    }

    client_settings settings;
    std::optional<asio::ssl::context> tls;
    name_resolver names;
    std::vector<connection> idle;  ///< the last used at the end
};

client::client(std::unique_ptr<state> content) noexcept : state_(std::move(content)) {}

client::~client() = default;

result<std::unique_ptr<client>> client::create(client_settings settings) {
    if (settings.unix_path.size() >= sizeof(::sockaddr_un::sun_path))
        return failure{errc::io, "the path of the unix socket " + settings.unix_path + " is too long"};
    auto content = std::make_unique<state>(std::move(settings));
    if (content->settings.url.tls) {
        auto made = make_tls(content->settings);
        if (!made)
            return made.error();
        content->tls.emplace(std::move(*made));
    }
    return std::unique_ptr<client>(new client(std::move(content)));
}

asio::awaitable<result<incoming_response>> client::send(outgoing_request one) {
    const auto until = std::chrono::steady_clock::now() + state_->settings.timeout;
    const std::string head = head_text(state_->settings, one);
    const bool without_body = one.method == "HEAD";

    if (auto kept = state_->take()) {
        auto answer = co_await kept->exchange(head, one.body, without_body, until);
        const bool dead = !answer && !kept->heard() && answer.error().code == errc::unavailable;
        if (!dead) {
            state_->keep(std::move(kept));
            co_return state_->judge(std::move(answer));
        }
    }

    auto fresh = co_await state_->open(until);
    if (!fresh)
        co_return fresh.error();
    auto answer = co_await (*fresh)->exchange(head, one.body, without_body, until);
    state_->keep(std::move(*fresh));
    co_return state_->judge(std::move(answer));
}

asio::awaitable<result<incoming_response>> client::stream(outgoing_request one,
                                                          std::function<void(std::string_view)> consume) {
    const auto until = std::chrono::steady_clock::now() + state_->settings.timeout;
    const std::string head = head_text(state_->settings, one);
    const bool without_body = one.method == "HEAD";
    auto fresh = co_await state_->open(until);
    if (!fresh)
        co_return fresh.error();
    (*fresh)->hand_bodies_to(std::move(consume));
    auto answer = co_await (*fresh)->exchange(head, one.body, without_body, until);
    co_return state_->judge(std::move(answer));
}

asio::awaitable<result<connection_facts>> client::try_connection() {
    const auto until = std::chrono::steady_clock::now() + state_->settings.timeout;
    auto fresh = co_await state_->open(until);
    if (!fresh)
        co_return fresh.error();
    auto seen = (*fresh)->facts();
    if (!state_->settings.url.tls)
        co_return seen;
    const auto admitted = co_await (*fresh)->await_refusal(until);
    if (!admitted)
        co_return admitted.error();
    co_return seen;
}

}  // namespace shopbell::http
