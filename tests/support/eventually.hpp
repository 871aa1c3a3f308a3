#pragma once

#include <algorithm>
#include <chrono>
#include <thread>

namespace shopbell::test {

/// Whether `holds` becomes true while another thread or process works. Looks again after a pause that grows
/// from one to twenty milliseconds, so that whoever is waited for has the CPU. The bound only turns a hang
/// into a failure.
template <class Condition>
bool eventually(Condition holds, std::chrono::seconds bound = std::chrono::seconds(20)) {
    const auto end = std::chrono::steady_clock::now() + bound;
    std::chrono::milliseconds pause{1};
    while (!holds()) {
        if (std::chrono::steady_clock::now() >= end)
            return false;
        std::this_thread::sleep_for(pause);
        pause = std::min(2 * pause, std::chrono::milliseconds(20));
    }
    return true;
}

}  // namespace shopbell::test
