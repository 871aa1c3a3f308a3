#pragma once

#include <shopbell/core/clock.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace shopbell {

/// The kernel's random bytes, fetched in portions: a system call for each id would be felt. Not thread-safe;
/// one per owner.
class random_bytes {
public:
    void fill(std::span<std::uint8_t> to);

private:
    /// The most that getrandom(2) never cuts short.
    std::array<std::uint8_t, 256> portion_{};
    std::size_t used_ = portion_.size();
};

/// A UUIDv7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then a counter and random bits.
using uuid_bytes = std::array<std::uint8_t, 16>;

/// "0193…-…-7…-…" in lower-case hex.
[[nodiscard]] std::string to_string(const uuid_bytes& id);

/// Makes ids that ascend strictly, also within a millisecond and when the clock steps back
/// (RFC 9562, section 6.2, method 1: a 12-bit counter in rand_a). Not thread-safe; one per owner.
class uuid_source {
public:
    [[nodiscard]] uuid_bytes next(time_point at);

private:
    random_bytes random_;
    std::uint64_t last_millisecond_ = 0;
    std::uint16_t counter_ = 0;
};

/// A short random name for one request in the log: 16 hex digits.
[[nodiscard]] std::string make_request_id(random_bytes& from);

}  // namespace shopbell
