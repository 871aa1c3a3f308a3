#include "support/raw_client.hpp"

#include <shopbell/core/text.hpp>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace shopbell::test {
namespace {

constexpr int patience_ms = 10'000;

file_descriptor connected(int family, const void* address, std::size_t size) {
    file_descriptor made(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(made.get(), static_cast<const ::sockaddr*>(address), static_cast<::socklen_t>(size)) != 0)
        throw std::system_error(errno, std::generic_category(), "connect");
    return made;
}

file_descriptor connect_tcp(std::uint16_t port, const std::string& address) {
    ::sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    if (::inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1)
        return connected(AF_INET, &v4, sizeof v4);
    ::sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    ::inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr);
    return connected(AF_INET6, &v6, sizeof v6);
}

file_descriptor connect_from(std::uint16_t port, const std::string& source) {
    ::sockaddr_in own{};
    own.sin_family = AF_INET;
    ::inet_pton(AF_INET, source.c_str(), &own.sin_addr);
    ::sockaddr_in there{};
    there.sin_family = AF_INET;
    there.sin_port = htons(port);
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    file_descriptor made(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto call = [&made](auto function, const ::sockaddr_in& address) {
        const void* const plain = &address;
        if (function(made.get(), static_cast<const ::sockaddr*>(plain),
                     static_cast<::socklen_t>(sizeof address)) != 0)
            throw std::system_error(errno, std::generic_category(), "connect from an address");
    };
    call(::bind, own);
    call(::connect, there);
    return made;
}

file_descriptor connect_unix(const std::string& path) {
    ::sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, path.data(), path.size());
    return connected(AF_UNIX, &name, sizeof name);
}

bool readable(int socket, int milliseconds) {
    ::pollfd one{socket, POLLIN, 0};
    return ::poll(&one, 1, milliseconds) == 1;
}

/// For a unix socket: whether the other side has not read all that was sent (a TCP socket only knows what has
/// arrived there).
bool unread(int socket) {
    int bytes = 0;
    return ::ioctl(socket, SIOCOUTQ, &bytes) == 0 && bytes > 0;
}

/// Whether the other side has closed for good.
bool hung_up(int socket) {
    ::pollfd one{socket, 0, 0};
    return ::poll(&one, 1, 0) == 1;
}

}  // namespace

std::string raw_answer::field(std::string_view name) const {
    std::string_view rest = head;
    while (!rest.empty()) {
        const auto line = rest.substr(0, rest.find("\r\n"));
        rest.remove_prefix(std::min(rest.size(), line.size() + 2));
        const auto colon = line.find(':');
        if (colon != line.npos && iequals(line.substr(0, colon), name))
            return std::string(trim(line.substr(colon + 1)));
    }
    return {};
}

raw_client::raw_client(std::uint16_t port, const std::string& address)
    : socket_(connect_tcp(port, address)) {}
raw_client::raw_client(std::uint16_t port, const from_address& source)
    : socket_(connect_from(port, source.text)) {}
raw_client::raw_client(const std::string& unix_path) : socket_(connect_unix(unix_path)) {}

void raw_client::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0)
            return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void raw_client::send_in_segments(std::string_view bytes) {
    const int at_once = 1;
    ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    for (const char& byte : bytes)
        send({&byte, 1});
}

void raw_client::send_to_be_read(std::string_view bytes) {
    send(bytes);
    const auto bound = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
    while (unread(socket_.get()) && !hung_up(socket_.get())) {
        if (std::chrono::steady_clock::now() > bound) {
            ADD_FAILURE() << "the server does not read";
            return;
        }
        ::sched_yield();
    }
}

void raw_client::finish() {
    ::shutdown(socket_.get(), SHUT_WR);
}

void raw_client::reset() {
    const ::linger at_once{1, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    file_descriptor gone = std::move(socket_);
}

long raw_client::take(char* into, std::size_t size) {
    return ::recv(socket_.get(), into, size, 0);
}

bool raw_client::fill() {
    if (!has_more() && !readable(socket_.get(), patience_ms)) {
        ADD_FAILURE() << "the server neither answers nor closes; so far: " << buffer_.substr(0, 500);
        return false;
    }
    std::array<char, 65536> bytes{};
    const auto size = take(bytes.data(), bytes.size());
    if (size <= 0)
        return false;
    buffer_.append(bytes.data(), static_cast<std::size_t>(size));
    return true;
}

raw_answer raw_client::receive(bool head_only) {
    std::size_t end = buffer_.npos;
    while ((end = buffer_.find("\r\n\r\n")) == buffer_.npos) {
        if (!fill())
            return {};
    }
    raw_answer answer;
    answer.head = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    answer.status = static_cast<unsigned>(std::stoul(answer.head.substr(9, 3)));
    const auto length = answer.field("Content-Length");
    if (head_only || length.empty())
        return answer;
    const std::size_t size = std::stoul(length);
    while (buffer_.size() < size && fill()) {
    }
    answer.body = buffer_.substr(0, size);
    buffer_.erase(0, size);
    return answer;
}

std::string raw_client::receive_all() {
    while (fill()) {
    }
    return std::exchange(buffer_, {});
}

bool raw_client::closed_by_server() {
    return buffer_.empty() && !fill();
}

bool raw_client::cut_off() const {
    ::pollfd one{socket_.get(), 0, 0};
    return ::poll(&one, 1, patience_ms) == 1;
}

bool raw_client::hears_within(std::chrono::milliseconds time) const {
    return !buffer_.empty() || has_more() || readable(socket_.get(), static_cast<int>(time.count()));
}

raw_answer raw_client::ask(std::string_view bytes) {
    send(bytes);
    return receive();
}

}  // namespace shopbell::test
