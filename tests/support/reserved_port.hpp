#pragma once

#include <shopbell/core/file_descriptor.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace shopbell::test {

/// A loopback port that nobody listens on and nobody else is given. A server that sets SO_REUSEADDR, as ours
/// and http_peer do, may begin to listen on it at any time.
class reserved_port {
public:
    reserved_port() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const int yes = 1;
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        ::sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::socklen_t size = sizeof address;
        auto* const any = reinterpret_cast<::sockaddr*>(&address);
        if (::bind(socket_.get(), any, size) != 0 || ::getsockname(socket_.get(), any, &size) != 0)
            throw std::system_error(errno, std::generic_category(), "reserving a port");
        number_ = ntohs(address.sin_port);
    }

    [[nodiscard]] std::uint16_t number() const noexcept { return number_; }

private:
    file_descriptor socket_;
    std::uint16_t number_ = 0;
};

}  // namespace shopbell::test
