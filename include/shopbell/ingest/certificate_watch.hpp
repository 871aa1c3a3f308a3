#pragma once

#include <shopbell/core/clock.hpp>
#include <shopbell/core/log.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace shopbell {

/// How long before its end a certificate is told of: one that is renewed by itself never comes that near.
inline constexpr std::chrono::days certificate_notice{14};

/// "the TLS certificate ends on 2026-12-10" from `certificate_notice` before it, or that it has expired;
/// nothing before that.
[[nodiscard]] std::optional<std::string> certificate_warning(time_point ends, time_point present);

/// Keeps an eye on the certificate that the daemon itself shows. Thread-safe.
class certificate_watch {
public:
    using clock = std::chrono::steady_clock;

    explicit certificate_watch(std::shared_ptr<log> lines) : log_(std::move(lines)) {}

    /// That one is shown from now on; nothing: the daemon speaks no TLS.
    void attach(std::optional<time_point> ends);

    /// Tells the log where it ends soon, once a day. `today` is the wall clock, `present` the one that days
    /// are counted by. When to look again; nothing where there is no certificate.
    [[nodiscard]] std::optional<clock::time_point> check(time_point today, clock::time_point present);

    [[nodiscard]] std::optional<time_point> ends() const;

private:
    const std::shared_ptr<log> log_;
    mutable std::mutex mutex_;  // guards the two below
    std::optional<time_point> ends_;
    std::optional<clock::time_point> told_;  ///< of this certificate
};

}  // namespace shopbell
