#include <shopbell/core/uuid.hpp>

#include <boost/uuid/uuid.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <bit>
#include <system_error>

namespace shopbell {

void random_bytes::fill(std::span<std::uint8_t> to) {
    for (auto& byte : to) {
        if (used_ == portion_.size()) {
            if (::getrandom(portion_.data(), portion_.size(), 0) != static_cast<ssize_t>(portion_.size()))
                throw std::system_error(errno, std::generic_category(), "getrandom");
            used_ = 0;
        }
        byte = portion_[used_++];
    }
}

std::string to_string(const uuid_bytes& id) {
    boost::uuids::uuid value{};
    std::copy(id.begin(), id.end(), value.begin());
    return boost::uuids::to_string(value);
}

uuid_bytes uuid_source::next(time_point at) {
    uuid_bytes id{};
    random_.fill(id);

    const auto millisecond =
        static_cast<std::uint64_t>(std::max<std::int64_t>(at.time_since_epoch().count(), 0));
    constexpr std::uint16_t counter_limit = 0x0fff;
    if (millisecond > last_millisecond_) {
        last_millisecond_ = millisecond;
        // Starts in the lower half, so that a millisecond has room for at least 2048 more.
        counter_ = static_cast<std::uint16_t>(((id[6] << 8) | id[7]) & (counter_limit >> 1));
    } else if (counter_ == counter_limit) {
        ++last_millisecond_;
        counter_ = 0;
    } else {
        ++counter_;
    }

    for (std::size_t i = 0; i < 6; ++i)
        id[i] = static_cast<std::uint8_t>(last_millisecond_ >> (40 - 8 * i));
    id[6] = static_cast<std::uint8_t>(0x70 | (counter_ >> 8));
    id[7] = static_cast<std::uint8_t>(counter_);
    id[8] = static_cast<std::uint8_t>(0x80 | (id[8] & 0x3f));
    return id;
}

std::string make_request_id(random_bytes& from) {
    std::array<std::uint8_t, 8> number{};
    from.fill(number);
    return fmt::format("{:016x}", std::bit_cast<std::uint64_t>(number));
}

}  // namespace shopbell
