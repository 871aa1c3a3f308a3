#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace shopbell::postgres {

/// A holder renews every quarter of the term; others look twice a second.
constexpr std::chrono::milliseconds lease_term{5'000};
constexpr std::chrono::milliseconds lease_renewal = lease_term / 4;
constexpr std::chrono::milliseconds lease_look{500};
/// So long before a term may be over nothing new begins: what has begun then may still end in it.
constexpr std::chrono::milliseconds lease_margin{1'000};

/// Until when new attempts may begin under a lease that was asked for at `sent`. Counted from before the
/// question: the server cannot have answered sooner.
[[nodiscard]] constexpr std::chrono::steady_clock::time_point end_of_term(
    std::chrono::steady_clock::time_point sent) noexcept {
    return sent + lease_term - lease_margin;
}

/// A sink that this daemon is configured with, as it last looked.
struct wanted_sink {
    enum class holder : unsigned char {
        other,
        nobody,
        self,
        self_for_want_of_others,  ///< beyond the fair share, since nobody else took it
    };
    std::string name;
    holder held_by = holder::other;
    std::chrono::milliseconds free_for{0};  ///< of one that nobody holds
};

struct lease_decision {
    std::vector<std::string> claim;
    std::vector<std::string> claim_for_want_of_others;
    std::vector<std::string> give_back;
};

/// Shares the sinks out among the daemons that live, this one included: each has at most its share, rounded
/// up, and what stays free for a term is anybody's. `live_daemons` is at least 1.
[[nodiscard]] lease_decision share_out(const std::vector<wanted_sink>& sinks, std::size_t live_daemons);

}  // namespace shopbell::postgres
