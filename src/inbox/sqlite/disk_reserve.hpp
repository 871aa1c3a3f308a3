#pragma once

#include <cstdint>
#include <string>

namespace shopbell {

/// `<inbox>.reserve`: a megabyte of the disk that is kept for the day on which it is full. Without room for a
/// log nothing can be opened, delivered or removed, and so no room be made. Lives on the writer thread.
class disk_reserve {
public:
    explicit disk_reserve(const std::string& inbox) : inbox_(inbox), path_(inbox + ".reserve") {}

    /// Makes it where that leaves more than `min_free` and there is plenty. What cannot be made is no matter.
    void refill(std::uint64_t min_free) const noexcept;
    /// Gives it back to the disk; false where there is none.
    bool release() const noexcept;

private:
    const std::string inbox_, path_;
};

}  // namespace shopbell
