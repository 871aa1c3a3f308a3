#include "client_connection.hpp"

#include "answer_head.hpp"
#include "certificate.hpp"
#include "grammar.hpp"

#include <shopbell/core/async.hpp>
#include <shopbell/core/file_descriptor.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <linux/sockios.h>
#include <openssl/x509v3.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace shopbell::http {

namespace {

namespace beast_http = boost::beast::http;

constexpr std::size_t most_header = 64 * 1024;
constexpr std::size_t most_buffered = 2 * most_header;
constexpr std::size_t read_size = 4 * 1024;
/// Interim answers (100, 103) before the real one.
constexpr unsigned most_interim = 1024;
/// Beast 1.81 asserts that many bytes when it comes back to a last chunk; so many always follow.
constexpr std::size_t least_of_chunk = 5;

bool is_address(const std::string& host) {
    boost::system::error_code error;
    asio::ip::make_address(host, error);
    return !error;
}

/// The certificate must be for this host. OpenSSL's own check, unlike a callback, leaves its reason behind.
bool expect_host(::SSL* tls, const std::string& host) {
    auto* parameters = ::SSL_get0_param(tls);
    if (is_address(host))
        return ::X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1;
    ::X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    // Server Name Indication; the macro's cast is C's.
    void* name = const_cast<char*>(host.c_str());
    return ::X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size()) == 1 &&
           ::SSL_ctrl(tls, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name) == 1;
}

std::string first_peer(const client_settings& settings) {
    if (!settings.unix_path.empty())
        return "unix:" + settings.unix_path;
    if (settings.proxy)
        return "the proxy " + host_and_port(*settings.proxy);
    return host_and_port(settings.url);
}

}  // namespace

std::string host_and_port(const url& target) {
    const bool bare = target.host.find(':') == std::string::npos;
    return (bare ? target.host : "[" + target.host + "]") + ":" + target.port;
}

client_connection::client_connection(asio::any_io_executor executor, asio::ssl::context* tls,
                                     const client_settings& settings)
    : settings_(settings),
      tls_context_(tls),
      name_(first_peer(settings)),
      socket_(executor),
      buffer_(most_buffered),
      bound_(executor, [this] { close(); }) {}

/// No more bytes, in or out: time was up or the connection is gone.
failure client_connection::broken_off(std::string_view step) const {
    if (bound_.expired())
        return failure{errc::timeout, std::string(step) + " " + name_ + ": no answer in time"};
    if (last_error_ == asio::error::eof || last_error_ == asio::ssl::error::stream_truncated)
        return failure{errc::unavailable, std::string(step) + " " + name_ + ": connection closed"};
    return failure{errc::unavailable, std::string(step) + " " + name_ + ": " + last_error_.message()};
}

asio::awaitable<result<void>> client_connection::open(endpoints targets, time until) {
    auto connected = co_await connect(std::move(targets), until);
    if (!connected || tls_context_ == nullptr)
        co_return connected;
    if (has_tunnel()) {
        auto made = co_await make_tunnel(until);
        if (!made)
            co_return made;
        name_ = host_and_port(settings_.url);
    }
    bound_.expires_at(until);
    co_return co_await shake_hands();
}

result<void> client_connection::open_socket(const asio::generic::stream_protocol& protocol) {
    close();
    file_descriptor made(::socket(protocol.family(), SOCK_STREAM | SOCK_CLOEXEC, protocol.protocol()));
    if (!made)
        return failure{errc::unreachable,
                       "connect to " + name_ + ": " + std::generic_category().message(errno)};
    socket_.assign(protocol, made.get());
    static_cast<void>(made.release());
    boost::system::error_code ignored;  // a unix socket has no such option
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    return {};
}

asio::awaitable<result<void>> client_connection::connect(endpoints targets, time until) {
    last_error_ = asio::error::host_not_found;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        const auto now = std::chrono::steady_clock::now();
        bound_.expires_at(now + (until - now) / static_cast<long>(targets.size() - i));
        if (auto opened = open_socket(targets[i].protocol()); !opened)
            co_return opened;
        const auto [error] = co_await socket_.async_connect(targets[i], as_result);
        last_error_ = error;
        if (!error && settings_.proxy_protocol)
            co_await say_for_whom();
        if (!last_error_)
            co_return result<void>();
    }
    auto why = broken_off("connect to");
    why.code = connect_failure();
    co_return why;
}

errc client_connection::connect_failure() const {
    if (settings_.proxy && settings_.unix_path.empty())
        return errc::no_proxy;
    const bool may_not =
        last_error_ == asio::error::access_denied || last_error_ == asio::error::no_permission;
    return may_not && !bound_.expired() ? errc::forbidden : errc::unreachable;
}

asio::awaitable<void> client_connection::say_for_whom() {
    const std::string header = "PROXY UNKNOWN\r\n";
    const std::string nothing_more;
    (void)co_await write(header, nothing_more);
}

/// RFC 9110, section 9.3.6. What the proxy says behind a refusal goes with the connection.
asio::awaitable<result<void>> client_connection::make_tunnel(time until) {
    const std::string authority = host_and_port(settings_.url);
    std::string head = "CONNECT " + authority + " HTTP/1.1\r\n";
    append_field(head, "Host", authority);
    append_field(head, "User-Agent", client_name);
    if (!settings_.proxy_authorization.empty())
        append_field(head, "Proxy-Authorization", settings_.proxy_authorization.reveal());
    head += "\r\n";
    const std::string no_body;
    const auto answer = co_await exchange(head, no_body, true, until);
    if (!answer)
        co_return failure{errc::no_proxy, answer.error().reason};
    if (answer->status >= 300)
        co_return failure{errc::no_proxy, name_ + " answered " + std::to_string(answer->status)};
    if (buffer_.size() > 0)
        co_return failure{errc::no_proxy, name_ + " speaks before the server it leads to was asked"};
    co_return result<void>();
}

asio::awaitable<result<void>> client_connection::shake_hands() {
    tls_.emplace(socket_, *tls_context_);
    if (!expect_host(tls_->native_handle(), settings_.url.host))
        co_return failure{errc::no_handshake, "TLS with " + name_ + ": cannot check for that name"};
    const auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::client, as_result);
    if (!error)
        co_return check_fingerprint();
    last_error_ = error;
    const long verdict = ::SSL_get_verify_result(tls_->native_handle());
    if (verdict == X509_V_OK || bound_.expired()) {
        auto why = broken_off("TLS handshake with");
        why.code = errc::no_handshake;
        co_return why;
    }
    co_return failure{errc::untrusted, "TLS handshake with " + name_ + ": certificate verify failed: " +
                                           ::X509_verify_cert_error_string(verdict)};
}

result<void> client_connection::check_fingerprint() {
    const auto& wanted = settings_.fingerprint;
    if (wanted.empty())
        return {};
    const auto* const shown = ::SSL_get0_peer_certificate(tls_->native_handle());
    if (shown != nullptr && fingerprint_of(shown) == wanted)
        return {};
    return failure{errc::untrusted, "TLS handshake with " + name_ + ": it shows another certificate"};
}

connection_facts client_connection::facts() {
    connection_facts seen;
    seen.peer = name_;
    if (!tls_)
        return seen;
    // Borrowed from the session: not ours to free.
    if (const auto* const shown = ::SSL_get0_peer_certificate(tls_->native_handle()))
        seen.certificate_ends = end_of(shown);
    return seen;
}

asio::awaitable<result<void>> client_connection::await_refusal(time until) {
    constexpr std::chrono::seconds silence_is_consent{1};
    bound_.expires_at(std::min(until, std::chrono::steady_clock::now() + silence_is_consent));
    const std::size_t size = co_await read_some();
    const bool silent = bound_.expired();
    bound_.stop();
    if (size > 0 || silent || last_error_.category() != asio::error::get_ssl_category())
        co_return result<void>();
    co_return failure{errc::no_handshake, "TLS handshake with " + name_ + ": " + last_error_.message()};
}

asio::awaitable<result<incoming_response>> client_connection::exchange(const std::string& head,
                                                                       const std::string& body,
                                                                       bool without_body, time until) {
    heard_ = false;
    reusable_ = false;
    bound_.expires_at(until);
    const bool written = co_await write(head, body);
    const auto write_error = last_error_;
    sent_ = written;
    // A server may refuse, answer and close before it has read everything: the answer is there all the same.
    auto answer = co_await read_answer(without_body, until);
    bound_.stop();
    reusable_ = reusable_ && sent_;
    if (answer && !sent_ && answer->status < 300)
        co_return failure{errc::unavailable, name_ + " answered " + std::to_string(answer->status) +
                                                 " before it had the whole request"};
    if (answer || written || heard_ || answer.error().code == errc::timeout)
        co_return answer;
    last_error_ = write_error;
    co_return broken_off("send to");
}

asio::awaitable<bool> client_connection::write(const std::string& head, const std::string& body) {
    const std::array<asio::const_buffer, 2> both{asio::buffer(head), asio::buffer(body)};
    if (tls_) {
        const auto [error, size] = co_await asio::async_write(*tls_, both, as_result);
        last_error_ = error;
    } else {
        const auto [error, size] = co_await asio::async_write(socket_, both, as_result);
        last_error_ = error;
    }
    co_return !last_error_;
}

asio::awaitable<std::size_t> client_connection::read_some() {
    const auto space = buffer_.prepare(std::min(read_size, buffer_.max_size() - buffer_.size()));
    if (space.size() == 0 || bound_.expired())
        co_return 0;
    std::size_t taken = 0;
    if (tls_) {
        const auto [error, size] = co_await tls_->async_read_some(space, as_result);
        last_error_ = error;
        taken = size;
    } else {
        const auto [error, size] = co_await socket_.async_read_some(space, as_result);
        last_error_ = error;
        taken = size;
    }
    buffer_.commit(taken);
    heard_ = heard_ || taken > 0;
    co_return taken;
}

result<void> client_connection::feed(parser& message) {
    boost::system::error_code error;
    buffer_.consume(message.put(buffer_.data(), error));
    if (error && error != beast_http::error::need_more)
        return failure{errc::malformed, "the answer of " + name_ + " is not HTTP: " + error.message()};
    return {};
}

asio::awaitable<result<void>> client_connection::read_header(parser& message) {
    message.header_limit(2 * most_header);  // `take_head` has the bound
    message.body_limit(boost::none);
    message.get().body().most_kept = settings_.max_body;
    for (;;) {
        const auto taken = take_head(message);
        if (!taken)
            co_return taken.error();
        if (*taken)
            co_return result<void>();
        const std::size_t size = co_await read_some();
        if (size == 0)
            co_return broken_off("read the answer of");
    }
}

/// False where its end has not come.
result<bool> client_connection::take_head(parser& message) {
    const auto not_http = [this](const std::string& why) {
        return failure{errc::malformed, "the answer of " + name_ + " is not HTTP: " + why};
    };
    const auto bytes = buffer_.data();
    const std::string_view received(static_cast<const char*>(bytes.data()), bytes.size());
    const auto head = read_answer_head(received);
    if (!head)
        return not_http(head.error().reason);
    if (!*head && received.size() >= most_header)
        return not_http("its head is too long");
    if (!*head)
        return false;
    boost::system::error_code error;
    message.put(asio::buffer((*head)->text), error);
    if (error && error != beast_http::error::need_more)
        return not_http(error.message());
    buffer_.consume((*head)->size);
    return true;
}

/// Whether some of what was written has not reached the peer. What has is acknowledged with its answer.
bool client_connection::has_unsent() noexcept {
    int bytes = 0;
    return ::ioctl(socket_.native_handle(), SIOCOUTQ, &bytes) == 0 && bytes > 0;
}

asio::awaitable<result<void>> client_connection::read_body(parser& message) {
    const auto& body = message.get().body();
    std::uint64_t chunk_end = 0;
    auto on_chunk = [&](std::uint64_t size, auto, auto&) { chunk_end = body.size + size; };
    message.on_chunk_header(on_chunk);
    message.eager(true);
    while (!message.is_done()) {
        const bool between_chunks = message.chunked() && body.size >= chunk_end;
        if (buffer_.size() >= (between_chunks ? least_of_chunk : 1U)) {
            if (auto fed = feed(message); !fed)
                co_return fed;
            if (message.is_done() || (!body.consume && body.size > body.most_kept))
                break;
        }
        const std::size_t size = co_await read_some();
        if (size == 0)
            co_return broken_off("read the answer of");
    }
    co_return result<void>();
}

asio::awaitable<result<incoming_response>> client_connection::read_answer(bool without_body, time until) {
    for (unsigned interim = 0; interim <= most_interim; ++interim) {
        parser message;
        message.skip(without_body);
        auto read = co_await read_header(message);
        if (!read)
            co_return read.error();
        const auto& head = message.get();
        const unsigned status = head.result_int();
        if (status < 100 || status > 599 || status == 101)
            co_return failure{errc::malformed,
                              "the answer of " + name_ + " has the status " + std::to_string(status)};
        if (status < 200)
            continue;
        sent_ = sent_ && !has_unsent();

        incoming_response answer;
        answer.status = status;
        for (const auto& field : head)
            answer.fields.push_back(header{std::string(field.name_string()), std::string(field.value())});
        if (consume_ && status < 300) {
            bound_.stop();
            message.get().body().consume = consume_;
        } else if (settings_.body_patience) {
            bound_.expires_at(std::min(until, std::chrono::steady_clock::now() + *settings_.body_patience));
        }
        read = co_await read_body(message);
        if (!read && read.error().code == errc::timeout && !settings_.body_patience)
            co_return read.error();
        answer.body = head.body().text;
        reusable_ = read && message.is_done() && message.keep_alive() && buffer_.size() == 0;
        co_return answer;
    }
    co_return failure{errc::malformed, "the answer of " + name_ + " never gets beyond interim ones"};
}

bool client_connection::looks_alive() {
    if (tls_)
        return tls_looks_alive();
    char byte = 0;
    const auto size = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return size < 0 && errno == EAGAIN;
}

/// TLS speaks on its own account (session tickets), and only reading shows what is behind that.
bool client_connection::tls_looks_alive() {
    boost::system::error_code error;
    socket_.non_blocking(true, error);
    if (error)
        return false;
    char byte = 0;
    const auto size = tls_->read_some(asio::buffer(&byte, 1), error);
    return size == 0 && error == asio::error::would_block;
}

void client_connection::close() noexcept {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

}  // namespace shopbell::http
