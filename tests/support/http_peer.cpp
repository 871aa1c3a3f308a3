#include "support/http_peer.hpp"

#include <shopbell/core/async.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace shopbell::test {
namespace {

using tcp = boost::asio::ip::tcp;
namespace http = boost::beast::http;

seen_request record(const http::request<http::string_body>& request, std::size_t connection) {
    seen_request seen{std::string(request.method_string()),
                      std::string(request.target()),
                      {},
                      request.body(),
                      connection,
                      0};
    for (const auto& field : request)
        seen.fields.push_back({std::string(field.name_string()), std::string(field.value())});
    return seen;
}

std::string render(const answer& next) {
    std::string text = "HTTP/1.1 " + std::to_string(next.status) + " Scripted\r\n";
    for (const header& field : next.fields)
        text += field.name + ": " + field.value + "\r\n";
    if (next.act == answer::action::respond_and_close)
        text += "Connection: close\r\n";
    if (next.act == answer::action::promise_more || next.act == answer::action::break_off)
        return text + "Content-Length: 1000\r\n\r\nthe beginning of an answer";
    return text + "Content-Length: " + std::to_string(next.body.size()) + "\r\n\r\n" + next.body;
}

/// Whether it gives the other side a status.
bool is_answer(answer::action what) {
    return what == answer::action::respond || what == answer::action::respond_and_close ||
           what == answer::action::promise_more || what == answer::action::break_off;
}

}  // namespace

struct http_peer::state {
    state(std::vector<answer> answers, std::uint16_t wanted, std::size_t most)
        : kept(most),
          acceptor(context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), wanted)),
          script(std::move(answers)) {}

    const std::size_t kept;
    boost::asio::io_context context{1};
    tcp::acceptor acceptor;
    const std::uint16_t port = acceptor.local_endpoint().port();

    mutable std::mutex mutex;  // guards the four below
    mutable std::condition_variable arrived;
    std::vector<answer> script;
    std::vector<std::string> refused;
    std::vector<seen_request> requests;
    std::size_t used = 0;

    std::thread thread;  // the last: it uses all of the above

    answer next_of_script() {
        return script.empty() ? answer() : script[std::min(used++, script.size() - 1)];
    }

    bool is_refused(const std::string& body) const {
        return std::ranges::any_of(refused,
                                   [&](const std::string& text) { return body.find(text) != body.npos; });
    }

    answer take(seen_request seen) {
        const std::lock_guard lock(mutex);
        const answer next = is_refused(seen.body) ? answer{.status = 503} : next_of_script();
        seen.answered = is_answer(next.act) ? next.status : 0;
        if (seen.body.size() > kept)
            seen.body = seen.body.substr(0, kept);
        requests.push_back(std::move(seen));
        arrived.notify_all();
        return next;
    }

    /// RST: closed by hand, for a socket's destructor lingers.
    static void abort(tcp::socket& socket) {
        socket.set_option(tcp::socket::linger(true, 0));
        socket.close();
    }

    /// Whether the connection goes on.
    asio::awaitable<bool> act(tcp::socket& socket, answer next) {
        switch (next.act) {
            case answer::action::respond:
            case answer::action::respond_and_close: {
                const std::string text = render(next);
                const auto buffer = boost::asio::buffer(text);
                const auto [error, size] = co_await boost::asio::async_write(socket, buffer, as_result);
                co_return !error && next.act == answer::action::respond;
            }
            case answer::action::raw: {
                const auto buffer = boost::asio::buffer(next.body);
                co_await boost::asio::async_write(socket, buffer, as_result);
                co_return false;
            }
            case answer::action::raw_and_reset: {
                const auto buffer = boost::asio::buffer(next.body);
                co_await boost::asio::async_write(socket, buffer, as_result);
                abort(socket);
                co_return false;
            }
            case answer::action::reset:
                abort(socket);
                co_return false;
            case answer::action::hang:
                co_await outlast(socket);
                co_return false;
            case answer::action::promise_more:
            case answer::action::break_off: {
                const std::string text = render(next);
                const auto buffer = boost::asio::buffer(text);
                co_await boost::asio::async_write(socket, buffer, as_result);
                if (next.act == answer::action::promise_more)
                    co_await outlast(socket);
                co_return false;
            }
            case answer::action::trickle:
                co_await trickle(socket);
                co_return false;
            case answer::action::close:
                break;
        }
        co_return false;
    }

    /// Until the peer goes.
    static asio::awaitable<void> outlast(tcp::socket& socket) {
        char more = 0;
        const auto buffer = boost::asio::buffer(&more, 1);
        co_await socket.async_read_some(buffer, as_result);
    }

    asio::awaitable<void> trickle(tcp::socket& socket) {
        boost::asio::steady_timer pause(context);
        const std::string start = "HTTP/1.1 200 OK\r\nX-Slow: ";
        boost::system::error_code broken;
        for (std::size_t i = 0; !broken; ++i) {
            const std::string byte(1, i < start.size() ? start[i] : 'x');
            const auto buffer = boost::asio::buffer(byte);
            const auto [error, size] = co_await boost::asio::async_write(socket, buffer, as_result);
            broken = error;
            pause.expires_after(std::chrono::milliseconds(5));
            co_await pause.async_wait(as_result);
        }
    }

    asio::awaitable<void> serve(tcp::socket socket, std::size_t connection) {
        boost::beast::flat_buffer buffer;
        while (true) {
            http::request_parser<http::string_body> parser;
            parser.body_limit(boost::none);
            const auto [error, size] = co_await http::async_read(socket, buffer, parser, as_result);
            if (error)
                co_return;
            answer next = take(record(parser.get(), connection));
            const bool goes_on = co_await act(socket, std::move(next));
            if (!goes_on)
                co_return;
        }
    }

    asio::awaitable<void> accept() {
        for (std::size_t connection = 0;; ++connection) {
            auto [error, socket] = co_await acceptor.async_accept(as_result);
            if (error)
                co_return;
            boost::asio::co_spawn(context, serve(std::move(socket), connection), boost::asio::detached);
        }
    }
};

http_peer::http_peer(std::vector<answer> script, std::uint16_t port, std::size_t kept)
    : state_(std::make_unique<state>(std::move(script), port, kept)) {
    boost::asio::co_spawn(state_->context, state_->accept(), boost::asio::detached);
    state_->thread = std::thread([all = state_.get()] { all->context.run(); });
}

http_peer::~http_peer() {
    state_->context.stop();
    state_->thread.join();
}

std::uint16_t http_peer::port() const noexcept {
    return state_->port;
}

std::string http_peer::url(std::string_view path) const {
    return "http://127.0.0.1:" + std::to_string(state_->port) + std::string(path);
}

void http_peer::set_script(std::vector<answer> script) {
    const std::lock_guard lock(state_->mutex);
    state_->script = std::move(script);
    state_->used = 0;
}

void http_peer::refuse(std::vector<std::string> texts) {
    const std::lock_guard lock(state_->mutex);
    state_->refused = std::move(texts);
}

std::vector<seen_request> http_peer::requests(std::size_t from) const {
    const std::lock_guard lock(state_->mutex);
    const auto& all = state_->requests;
    return {all.begin() + static_cast<std::ptrdiff_t>(std::min(from, all.size())), all.end()};
}

std::size_t http_peer::count() const {
    const std::lock_guard lock(state_->mutex);
    return state_->requests.size();
}

std::vector<seen_request> http_peer::wait_for(std::size_t count) const {
    std::unique_lock lock(state_->mutex);
    const bool enough = state_->arrived.wait_for(lock, std::chrono::seconds(20),
                                                 [&] { return state_->requests.size() >= count; });
    EXPECT_TRUE(enough) << state_->requests.size() << " of " << count << " requests";
    return state_->requests;
}

}  // namespace shopbell::test
