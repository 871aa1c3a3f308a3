#pragma once

#include "support/notify_socket.hpp"
#include "support/process.hpp"

#include <shopbell/core/file_descriptor.hpp>

#include <chrono>
#include <cstdint>
#include <string_view>

namespace shopbell::test {

/// Plays systemd for one daemon: holds a listening socket open over all of its lives, passes it on
/// (socket activation) and hears what it tells.
class service_manager {
public:
    service_manager();  ///< listens on a free loopback port

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    /// `how` with NOTIFY_SOCKET, the listening socket as descriptor 3 under that name, and, where `watchdog`
    /// is not 0, WATCHDOG_USEC.
    [[nodiscard]] command managed(command how, std::chrono::microseconds watchdog = {},
                                  std::string_view socket_name = "http") const;

    /// The same without a socket: the daemon opens its own.
    [[nodiscard]] command notified(command how, std::chrono::microseconds watchdog = {}) const;

    /// What the daemon has said, over all of its lives.
    [[nodiscard]] const notify_socket& heard() const noexcept { return heard_; }

private:
    notify_socket heard_;
    file_descriptor listening_;
    std::uint16_t port_ = 0;
};

}  // namespace shopbell::test
