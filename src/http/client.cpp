#include <shopbell/http/client.hpp>

#include "client_connection.hpp"
#include "field_lines.hpp"

#include <shopbell/core/text.hpp>

#include <algorithm>
#include <vector>

namespace shopbell::http {

namespace {

constexpr std::string_view user_agent = "shopbell/" SHOPBELL_VERSION;

bool is_ours(std::string_view name) {
    constexpr std::string_view ours[] = {"Host", "Content-Length", "Connection", "Transfer-Encoding"};
    return std::any_of(std::begin(ours), std::end(ours),
                       [&](std::string_view one) { return iequals(one, name); });
}

std::string request_head(const url& target, const outgoing_request& one) {
    std::string out = one.method + " " + target.target + " HTTP/1.1\r\n";
    append_field(out, "Host", target.host_header());
    if (count(one.fields, "User-Agent") == 0)
        append_field(out, "User-Agent", user_agent);
    if (!one.body.empty() || (one.method != "GET" && one.method != "HEAD"))
        append_field(out, "Content-Length", std::to_string(one.body.size()));
    for (const auto& field : one.fields) {
        if (!is_ours(field.name))
            append_field(out, field.name, field.value);
    }
    out += "\r\n";
    return out;
}

result<asio::ssl::context> make_tls(const std::string& ca_file) {
    asio::ssl::context made(asio::ssl::context::tls_client);
    ::SSL_CTX_set_min_proto_version(made.native_handle(), TLS1_2_VERSION);
    made.set_verify_mode(asio::ssl::verify_peer);
    boost::system::error_code error;
    if (ca_file.empty())
        made.set_default_verify_paths(error);
    else
        made.load_verify_file(ca_file, error);
    if (error)
        return failure{errc::io, "read certificates from " +
                                     (ca_file.empty() ? "the system's store" : ca_file) + ": " +
                                     error.message()};
    return made;
}

}  // namespace

struct client::state {
    explicit state(client_settings wanted)
        : settings(std::move(wanted)), names(settings.url.host, settings.url.port) {}

    /// The connection used last, if it still stands; dead ones go.
    std::unique_ptr<client_connection> take() {
        while (!idle.empty()) {
            auto one = std::move(idle.back());
            idle.pop_back();
            if (one->looks_alive())
                return one;
        }
        return nullptr;
    }

    void keep(std::unique_ptr<client_connection> one) {
        if (one->reusable() && idle.size() < settings.max_idle)
            idle.push_back(std::move(one));
    }

    client_settings settings;
    std::optional<asio::ssl::context> tls;
    name_resolver names;
    std::vector<std::unique_ptr<client_connection>> idle;  ///< the last used at the end
};

client::client(std::unique_ptr<state> content) noexcept : state_(std::move(content)) {}

client::~client() = default;

result<std::unique_ptr<client>> client::create(client_settings settings) {
    auto content = std::make_unique<state>(std::move(settings));
    if (content->settings.url.tls) {
        auto made = make_tls(content->settings.ca_file);
        if (!made)
            return made.error();
        content->tls.emplace(std::move(*made));
    }
    return std::unique_ptr<client>(new client(std::move(content)));
}

asio::awaitable<result<incoming_response>> client::send(outgoing_request one) {
    const auto until = std::chrono::steady_clock::now() + state_->settings.timeout;
    const auto& target = state_->settings.url;
    const std::string head = request_head(target, one);
    const bool without_body = one.method == "HEAD";

    if (auto kept = state_->take()) {
        auto answer = co_await kept->exchange(head, one.body, without_body, until);
        const bool dead = !answer && !kept->heard() && answer.error().code == errc::unavailable;
        if (!dead) {
            state_->keep(std::move(kept));
            co_return answer;
        }
    }

    auto found = co_await state_->names.resolve(until);
    if (!found)
        co_return found.error();
    const asio::any_io_executor home = co_await asio::this_coro::executor;
    auto* tls = state_->tls ? &*state_->tls : nullptr;
    auto fresh = std::make_unique<client_connection>(home, tls, target);
    const auto opened = co_await fresh->open(std::move(*found), until);
    if (!opened)
        co_return opened.error();
    auto answer = co_await fresh->exchange(head, one.body, without_body, until);
    state_->keep(std::move(fresh));
    co_return answer;
}

}  // namespace shopbell::http
