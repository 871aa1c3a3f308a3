#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

/// What libFuzzer, or replay.cpp with the seeds, calls with bytes from outside. No input may make it throw,
/// crash or break a `require`.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace shopbell::fuzz {

inline std::string_view as_text(const std::uint8_t* data, std::size_t size) noexcept {
    return {reinterpret_cast<const char*>(data), size};
}

/// The first line, and what follows it: for targets that take two texts.
inline std::pair<std::string_view, std::string_view> split_line(std::string_view input) noexcept {
    const auto end = input.find('\n');
    if (end == std::string_view::npos)
        return {input, {}};
    return {input.substr(0, end), input.substr(end + 1)};
}

/// What must hold for every input. An abort is what a fuzzer takes for a finding.
inline void require(bool holds, const char* what) {
    if (holds)
        return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

}  // namespace shopbell::fuzz
