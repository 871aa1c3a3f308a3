#include "body_memory.hpp"

namespace shopbell::http {

bool body_memory::take(std::uint64_t bytes) noexcept {
    if (taken_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= most_)
        return true;
    give_back(bytes);
    return false;
}

bool body_share::grow_to(std::uint64_t size) noexcept {
    if (size <= body_memory::free + taken_)
        return true;
    const auto more = size - body_memory::free - taken_;
    if (!all_.take(more))
        return false;
    taken_ += more;
    return true;
}

}  // namespace shopbell::http
