#pragma once

#include <shopbell/sinks/sink.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <variant>

namespace shopbell {

/// A point on the steady clock: what delivery waits for. The wall clock, which anybody may set, only dates
/// what people read and what a restart goes on from.
using moment = std::chrono::time_point<std::chrono::steady_clock, std::chrono::milliseconds>;

/// The present. Only the edges call it, as `now`.
[[nodiscard]] moment steady_now() noexcept;

/// The key `retry` of a [[sink]] (interface.md, section 3).
struct retry_policy {
    std::chrono::milliseconds initial{1'000};                 ///< upper bound of the first wait
    std::chrono::milliseconds max{15 * 60'000};               ///< upper bound of any wait of our own choice
    std::chrono::milliseconds give_up_after{3 * 86'400'000};  ///< counted from the first attempt
};

/// How often one event was tried at one sink, the latest attempt included, and for how long.
struct attempt_record {
    unsigned attempts = 0;
    std::chrono::milliseconds since_first{0};
};

struct step_delivered {};
struct step_retry {
    std::chrono::milliseconds wait;
    std::string why;
};
struct step_dead {
    std::string why;
};
using next_action = std::variant<step_delivered, step_retry, step_dead>;

/// How long to wait after that many failed attempts: exponential with full jitter, drawn evenly from zero to
/// `initial` doubled for each attempt before, at most `max`. `chance` is a random number in [0, 1).
[[nodiscard]] std::chrono::milliseconds back_off(unsigned attempts, const retry_policy& policy,
                                                 double chance);

/// How long to wait where the receiver asked for a time of its own (Retry-After): its word holds up to an
/// hour, or up to `max` where that is longer. Zero where it asked for nothing.
[[nodiscard]] std::chrono::milliseconds asked_wait(const std::optional<std::chrono::milliseconds>& asked,
                                                   const retry_policy& policy) noexcept;

/// Why a delivery that was tried that often is no longer tried.
[[nodiscard]] std::string given_up(unsigned attempts, const std::string& last_error);

/// What follows an attempt. A wait that the receiver asked for (Retry-After) is a lower bound of the
/// back-off, see `asked_wait`. `chance` as for `back_off`.
[[nodiscard]] next_action next_step(attempt_record record, const outcome& latest, const retry_policy& policy,
                                    double chance);

}  // namespace shopbell
