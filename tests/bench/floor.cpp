// floor PORT THREADS: what an HTTP server costs that does nothing.
//
// Reads each request whole and answers 200 with bytes prepared beforehand. Built like the daemon's own
// listener: every thread has its io_context and its acceptor on the same port (SO_REUSEPORT), and the read
// buffer starts with 8 KiB, so that a store's request comes with one system call. Whatever else an answer
// costs is the price of its promise.

#include <shopbell/core/async.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>
#include <thread>
#include <vector>

namespace shopbell::bench {
namespace {

namespace beast = boost::beast;
using tcp = asio::ip::tcp;

constexpr std::size_t read_buffer = 8192;
constexpr std::string_view answer =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
    "21\r\n\r\n{\"status\":\"accepted\"}";

asio::awaitable<void> serve(tcp::socket socket) {
    beast::flat_buffer buffer;
    buffer.reserve(read_buffer);
    for (;;) {
        beast::http::request<beast::http::string_body> request;
        const auto [unreadable, size] = co_await beast::http::async_read(socket, buffer, request, as_result);
        if (unreadable)
            co_return;
        const auto [unwritable, sent] =
            co_await asio::async_write(socket, asio::const_buffer(answer.data(), answer.size()), as_result);
        if (unwritable)
            co_return;
    }
}

asio::awaitable<void> accept_all(tcp::acceptor acceptor) {
    for (;;) {
        auto [failed, socket] = co_await acceptor.async_accept(as_result);
        if (failed)
            co_return;
        socket.set_option(tcp::no_delay(true));
        const auto executor = acceptor.get_executor();
        asio::co_spawn(executor, serve(std::move(socket)), asio::detached);
    }
}

tcp::acceptor listen(asio::io_context& context, unsigned short port) {
    using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
    tcp::acceptor acceptor(context, tcp::v4());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    acceptor.set_option(reuse_port(true));
    acceptor.bind({asio::ip::address_v4::loopback(), port});
    acceptor.listen();
    return acceptor;
}

void work(unsigned short port) {
    asio::io_context context(1);
    asio::co_spawn(context, accept_all(listen(context, port)), asio::detached);
    context.run();
}

}  // namespace
}  // namespace shopbell::bench

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fputs("usage: floor PORT THREADS\n", stderr);
        return 2;
    }
    const auto port = static_cast<unsigned short>(std::atoi(argv[1]));
    try {
        std::vector<std::jthread> threads;  // until a signal ends the process
        for (int i = 0; i < std::atoi(argv[2]); ++i)
            threads.emplace_back(shopbell::bench::work, port);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "floor: %s\n", failure.what());
        return 1;
    }
}
