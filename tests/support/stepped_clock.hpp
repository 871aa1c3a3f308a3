#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace shopbell::test {

/// The wall clock of a program under test, which may be stepped while the program runs. Its steady clock, and
/// the test's own clocks, stay as they are.
class stepped_clock {
public:
    /// Keeps the step in that file, which it makes.
    explicit stepped_clock(const std::string& file);
    ~stepped_clock();
    stepped_clock(const stepped_clock&) = delete;
    stepped_clock& operator=(const stepped_clock&) = delete;

    /// Sanitizers' builds have none: their runtimes must be loaded first.
    [[nodiscard]] static bool is_available();

    /// For command::environment; empty where there is none.
    [[nodiscard]] std::vector<std::string> environment() const;

    /// Shows the program the real time and that much more.
    void step_to(std::chrono::nanoseconds offset) noexcept;

private:
    const std::string file_;
    void* mapped_;
};

}  // namespace shopbell::test
