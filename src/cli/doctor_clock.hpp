#pragma once

#include "doctor_report.hpp"

#include <chrono>

namespace shopbell {

/// What the kernel says of its clock (adjtimex(2)).
struct clock_facts {
    bool known = false;         ///< false: it may not be asked here
    bool synchronised = false;  ///< somebody keeps it right
    std::chrono::microseconds largest_error{0};
};

[[nodiscard]] clock_facts look_at_clock() noexcept;

[[nodiscard]] finding judge_clock(const clock_facts& seen);

}  // namespace shopbell
