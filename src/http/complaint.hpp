#pragma once

#include <shopbell/core/log.hpp>

#include <chrono>

namespace shopbell::http {

/// A warning that outsiders can bring about again and again. It is written at most every ten seconds, and
/// says how many were not. On one thread.
class complaint {
public:
    /// `message` is a literal, `lines` outlives it.
    complaint(log& lines, std::string_view message) noexcept : lines_(lines), message_(message) {}

    void tell(log_fields about);

private:
    using clock = std::chrono::steady_clock;

    log& lines_;
    std::string_view message_;
    clock::time_point last_ = clock::time_point::min();
    long long unsaid_ = 0;
};

}  // namespace shopbell::http
