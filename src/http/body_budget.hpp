#pragma once

#include <atomic>
#include <cstdint>

namespace shopbell::http {

/// Bounds what the bodies of all requests take together, so that many long ones do not take all memory there
/// is. The first `free` bytes of each are not counted: a client that sends little is served whatever others
/// do. Outlives its reservations. Thread-safe.
class body_budget {
public:
    static constexpr std::uint64_t free = 64 * 1024;

    explicit body_budget(std::uint64_t bytes) noexcept : bytes_(bytes) {}

    /// What one request's body takes of the budget. RAII handle: gives it back when destroyed.
    class reservation {
    public:
        explicit reservation(body_budget& budget) noexcept : budget_(budget) {}
        reservation(const reservation&) = delete;
        reservation& operator=(const reservation&) = delete;
        ~reservation() { budget_.release(reserved_); }

        /// Reserves as much as a body of that size needs; false where the budget is used up. What was
        /// announced but has not come counts nothing, so that announcing costs others nothing.
        [[nodiscard]] bool grow_to(std::uint64_t size) noexcept {
            if (size <= free + reserved_)
                return true;
            const auto more = size - free - reserved_;
            if (!budget_.reserve(more))
                return false;
            reserved_ += more;
            return true;
        }

    private:
        body_budget& budget_;
        std::uint64_t reserved_ = 0;
    };

private:
    [[nodiscard]] bool reserve(std::uint64_t bytes) noexcept {
        if (reserved_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= bytes_)
            return true;
        release(bytes);
        return false;
    }
    void release(std::uint64_t bytes) noexcept { reserved_.fetch_sub(bytes, std::memory_order_relaxed); }

    const std::uint64_t bytes_;
    std::atomic<std::uint64_t> reserved_ = 0;
};

}  // namespace shopbell::http
