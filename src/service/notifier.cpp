#include <shopbell/service/notifier.hpp>

#include <systemd/sd-daemon.h>

#include <algorithm>
#include <cstring>
#include <ctime>

namespace shopbell {

namespace {

/// A message is lines of NAME=VALUE, so a text with a line break in it could say anything.
std::string one_line(std::string_view text) {
    std::string line(text);
    const auto breaks = [](char c) { return c == '\n' || c == '\r' || c == '\0'; };
    std::ranges::replace_if(line, breaks, ' ');
    return line;
}

/// What Type=notify-reload (systemd 253 and later) compares with the time it sent the signal.
std::string monotonic_microseconds() {
    ::timespec at{};
    ::clock_gettime(CLOCK_MONOTONIC, &at);
    return std::to_string(at.tv_sec * 1'000'000LL + at.tv_nsec / 1'000);
}

}  // namespace

notifier::notifier(std::shared_ptr<log> lines) noexcept : log_(std::move(lines)) {}

void notifier::ready(std::string_view status) {
    const std::lock_guard lock(mutex_);
    status_ = one_line(status);
    tell("READY=1\n" + status_line());
}

void notifier::reloading() {
    const std::lock_guard lock(mutex_);
    tell("RELOADING=1\nMONOTONIC_USEC=" + monotonic_microseconds());
}

void notifier::stopping(std::string_view status) {
    const std::lock_guard lock(mutex_);
    status_ = one_line(status);
    tell("STOPPING=1\n" + status_line());
}

void notifier::still_starting(std::string_view status) {
    const std::lock_guard lock(mutex_);
    status_ = one_line(status);
    tell("EXTEND_TIMEOUT_USEC=60000000\n" + status_line());
}

void notifier::trouble(std::string_view text) {
    const std::lock_guard lock(mutex_);
    trouble_ = one_line(text);
    tell(status_line());
}

void notifier::alive() {
    const std::lock_guard lock(mutex_);
    tell("WATCHDOG=1");
}

std::string notifier::status_line() const {
    const std::string_view between = status_.empty() || trouble_.empty() ? "" : "; ";
    return "STATUS=" + status_ + std::string(between) + trouble_;
}

void notifier::tell(const std::string& state) {
    // The variable stays: every message reads it again. The programs of exec sinks get an environment of
    // their own, without it.
    if (const int sent = ::sd_notify(0, state.c_str()); sent < 0)
        log_->warn("cannot tell the service manager",
                   {{"message", state.substr(0, state.find('\n'))}, {"reason", ::strerrordesc_np(-sent)}});
}

start_extension::start_extension(notifier& manager, std::string status, std::chrono::milliseconds every)
    : thread_([this, &manager, text = std::move(status), every](const std::stop_token& stop) {
          std::unique_lock lock(mutex_);
          while (!stopped_.wait_for(lock, stop, every, [&] { return stop.stop_requested(); }))
              manager.still_starting(text);
      }) {}

}  // namespace shopbell
