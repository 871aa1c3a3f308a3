#pragma once

#include <shopbell/core/file_descriptor.hpp>

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell::test {

/// Many connections of strangers to one port of 127.0.0.1, none of which waits for another or for the server.
class crowd {
public:
    struct manner {
        std::string first = {};  ///< what each sends once connected, as far as its socket takes it
        bool reads = true;       ///< else it takes no answer, and its receive buffer is the smallest
    };

    /// Raises this process's limit on open files where that is needed and possible.
    crowd(std::uint16_t port, std::size_t count, const manner& how);

    /// From each that is open.
    void send(std::string_view bytes);

    /// Waits at most that long for something to happen; then how many the server has not ended.
    std::size_t open_after(std::chrono::milliseconds time);

    /// How many of them were answered so.
    [[nodiscard]] std::size_t answered(unsigned status) const;

private:
    struct member {
        file_descriptor socket;
        std::string heard;
    };
    void look_at(member& one) const;

    std::vector<member> members_;
    bool reads_;
};

/// How many more files this process may open, after raising its limit as far as that goes.
[[nodiscard]] std::size_t most_connections();

/// What a process uses, from /proc.
struct usage {
    std::size_t descriptors = 0;
    long long resident_kib = 0;
    long long peak_kib = 0;
    std::chrono::milliseconds cpu{};
};

[[nodiscard]] usage usage_of(::pid_t process);

}  // namespace shopbell::test
