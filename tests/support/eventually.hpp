#pragma once

#include <chrono>
#include <thread>

namespace shopbell::test {

/// Whether `holds` becomes true while another thread works. The bound only turns a hang into a failure.
template <class Condition>
bool eventually(Condition holds, std::chrono::seconds bound = std::chrono::seconds(20)) {
    const auto end = std::chrono::steady_clock::now() + bound;
    while (!holds()) {
        if (std::chrono::steady_clock::now() >= end)
            return false;
        std::this_thread::yield();
    }
    return true;
}

}  // namespace shopbell::test
