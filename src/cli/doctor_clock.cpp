#include "doctor_clock.hpp"

#include <sys/timex.h>

namespace shopbell {

clock_facts look_at_clock() noexcept {
    ::timex state{};  // no modes: asks, changes nothing
    const int answer = ::adjtimex(&state);
    clock_facts seen;
    seen.known = answer != -1;
    seen.synchronised = seen.known && answer != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
    seen.largest_error = std::chrono::microseconds(state.maxerror);
    return seen;
}

finding judge_clock(const clock_facts& seen) {
    if (!seen.known)
        return {grade::warn, "clock", "",
                "whether it is synchronised cannot be seen from here, as in some containers",
                "on the machine itself see: timedatectl"};
    if (!seen.synchronised)
        return {
            grade::warn, "clock", "", "it is not synchronised, and events carry its time",
            "install and enable systemd-timesyncd or chrony (in a container: on the machine that runs it)"};
    const auto error = std::chrono::ceil<std::chrono::milliseconds>(seen.largest_error);
    return {grade::ok, "clock", "", "synchronised, at most " + std::to_string(error.count()) + " ms off", ""};
}

}  // namespace shopbell
