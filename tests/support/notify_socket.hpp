#pragma once

#include "support/temp_dir.hpp"

#include <shopbell/core/file_descriptor.hpp>

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace shopbell::test {

/// The service manager's end of sd_notify(3): a datagram socket whose messages a thread reads as they come,
/// so that nobody who tells us something waits. Its functions may be called from any thread.
class notify_socket {
public:
    /// "@name": in the abstract namespace; nothing: a file in a folder of its own.
    explicit notify_socket(const std::string& abstract_name = {});
    ~notify_socket();
    notify_socket(const notify_socket&) = delete;
    notify_socket& operator=(const notify_socket&) = delete;

    /// What NOTIFY_SOCKET is to say.
    [[nodiscard]] const std::string& address() const noexcept { return address_; }

    /// All so far, each of one or several lines.
    [[nodiscard]] std::vector<std::string> messages() const;

    /// Waits for the first message, from number `from` on, that has that line, and returns its number. A
    /// `line` that ends in "=" stands for every line that begins so. Fails the test after a minute.
    std::size_t wait_for(std::string_view line, std::size_t from = 0) const;

    /// How many messages have that line.
    [[nodiscard]] std::size_t count(std::string_view line) const;

private:
    void read();

    const temp_dir folder_;
    const std::string address_;
    const file_descriptor socket_;
    mutable std::mutex mutex_;  // guards the messages
    mutable std::condition_variable more_;
    std::vector<std::string> messages_;
    std::thread reader_;
};

}  // namespace shopbell::test
