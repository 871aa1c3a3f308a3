#pragma once

#include <atomic>
#include <cstdint>

namespace shopbell::http {

/// What the bodies of all requests take together, so that many long ones do not take all memory there is. The
/// first `free` bytes of each are not counted: whoever sends little finds room, whatever others do. Outlives
/// its shares. Thread-safe.
class body_memory {
public:
    static constexpr std::uint64_t free = 64 * 1024;

    /// `most`: bytes.
    explicit body_memory(std::uint64_t most) noexcept : most_(most) {}

private:
    friend class body_share;
    [[nodiscard]] bool take(std::uint64_t bytes) noexcept;
    void give_back(std::uint64_t bytes) noexcept { taken_.fetch_sub(bytes, std::memory_order_relaxed); }

    const std::uint64_t most_;
    std::atomic<std::uint64_t> taken_ = 0;
};

/// What one request's body takes of it. Gives it back when it goes.
class body_share {
public:
    explicit body_share(body_memory& all) noexcept : all_(all) {}
    body_share(const body_share&) = delete;
    body_share& operator=(const body_share&) = delete;
    ~body_share() { all_.give_back(taken_); }

    /// Takes as much as a body of that size needs; false where there is no room for it. What was announced
    /// but has not come counts nothing, so that announcing costs others nothing.
    [[nodiscard]] bool grow_to(std::uint64_t size) noexcept;

private:
    body_memory& all_;
    std::uint64_t taken_ = 0;
};

}  // namespace shopbell::http
