#pragma once

#include <shopbell/core/file_descriptor.hpp>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace shopbell::test {

/// Listens on a loopback port, or on a unix socket, and does with each connection what it is told, one after
/// the other, in a thread.
class raw_peer {
public:
    explicit raw_peer(std::function<void(int)> talk)
        : listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        ::sockaddr_in name{};
        name.sin_family = AF_INET;
        name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::socklen_t size = sizeof name;
        void* address = &name;
        listen_on(static_cast<::sockaddr*>(address), size);
        ::getsockname(listening_.get(), static_cast<::sockaddr*>(address), &size);
        port_ = ntohs(name.sin_port);
        start(std::move(talk));
    }
    raw_peer(const std::string& path, std::function<void(int)> talk)
        : listening_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        ::sockaddr_un name{};
        name.sun_family = AF_UNIX;
        path.copy(&name.sun_path[0], sizeof name.sun_path - 1);
        void* address = &name;
        listen_on(static_cast<::sockaddr*>(address), sizeof name);
        start(std::move(talk));
    }
    ~raw_peer() {
        ::shutdown(listening_.get(), SHUT_RDWR);
        thread_.join();
    }
    raw_peer(const raw_peer&) = delete;
    raw_peer& operator=(const raw_peer&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }
    [[nodiscard]] int connections() const noexcept { return connections_; }

private:
    void listen_on(::sockaddr* address, ::socklen_t size) {
        EXPECT_EQ(::bind(listening_.get(), address, size), 0);
        EXPECT_EQ(::listen(listening_.get(), 16), 0);
    }
    void start(std::function<void(int)> talk) {
        thread_ = std::thread([this, talk = std::move(talk)] {
            for (;;) {
                const file_descriptor one(::accept(listening_.get(), nullptr, nullptr));
                if (!one)
                    return;
                ++connections_;
                talk(one.get());
            }
        });
    }

    file_descriptor listening_;
    std::uint16_t port_ = 0;
    std::atomic<int> connections_ = 0;
    std::thread thread_;
};

inline bool say(int socket, std::string_view text) {
    return ::send(socket, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<::ssize_t>(text.size());
}

/// All up to the end of a header section; less where the other side hangs up before.
inline std::string read_request(int socket) {
    std::string text;
    std::array<char, 4096> bytes{};
    while (text.find("\r\n\r\n") == std::string::npos) {
        const auto size = ::recv(socket, bytes.data(), bytes.size(), 0);
        if (size <= 0)
            break;
        text.append(bytes.data(), static_cast<std::size_t>(size));
    }
    return text;
}

}  // namespace shopbell::test
