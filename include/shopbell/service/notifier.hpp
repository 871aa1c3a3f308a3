#pragma once

#include <shopbell/core/log.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace shopbell {

/// Tells the service manager where the daemon stands (sd_notify(3)). Does nothing where no manager listens
/// ($NOTIFY_SOCKET is unset); what cannot be told is logged and otherwise forgotten. Thread-safe.
class notifier {
public:
    explicit notifier(std::shared_ptr<log> lines) noexcept;

    notifier(const notifier&) = delete;
    notifier& operator=(const notifier&) = delete;

    /// It serves, or goes on after a reload; `status` as below.
    void ready(std::string_view status);
    /// A reload begins; `ready` ends it, also where the new configuration was refused.
    void reloading();
    void stopping(std::string_view status);

    /// One line for people: what `systemctl status` shows.
    void status(std::string_view text);
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

}  // namespace shopbell
