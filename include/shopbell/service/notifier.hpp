#pragma once

#include <shopbell/core/log.hpp>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace shopbell {

/// Tells the service manager where the daemon stands (sd_notify(3)). Does nothing where no manager listens
/// ($NOTIFY_SOCKET is unset); what cannot be told is logged and otherwise forgotten. Thread-safe.
class notifier {
public:
    explicit notifier(std::shared_ptr<log> lines) noexcept;

    notifier(const notifier&) = delete;
    notifier& operator=(const notifier&) = delete;

    /// It serves, or goes on after a reload; `status` is one line for people, which `systemctl status` shows.
    void ready(std::string_view status);
    /// A reload begins; `ready` ends it, also where the new configuration was refused.
    void reloading();
    void stopping(std::string_view status);

    /// The start takes longer than usual: the manager waits for another minute, whatever TimeoutStartSec=
    /// says.
    void still_starting(std::string_view status);
    /// Shown behind the status until it is taken back with an empty text.
    void trouble(std::string_view text);

    /// All loops work. Not to be called by anything but a watchdog.
    void alive();

private:
    void tell(const std::string& state);
    [[nodiscard]] std::string status_line() const;

    // Constant after construction.
    const std::shared_ptr<log> log_;

    std::mutex mutex_;  // guards the two below, and keeps messages in order
    std::string status_, trouble_;
};

/// While it lives, the manager is told again and again that the start goes on: an inbox that takes minutes to
/// recover or to upgrade would otherwise be ended in the middle by TimeoutStartSec=, at every start anew.
class start_extension {
public:
    start_extension(notifier& manager, std::string status,
                    std::chrono::milliseconds every = std::chrono::seconds(20));

    start_extension(const start_extension&) = delete;
    start_extension& operator=(const start_extension&) = delete;
    ~start_extension() = default;

private:
    std::mutex mutex_;
    std::condition_variable_any stopped_;
    std::jthread thread_;
};

}  // namespace shopbell
