#pragma once

#include <shopbell/delivery/route.hpp>
#include <shopbell/inbox/archive.hpp>
#include <shopbell/stores/catalog.hpp>

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace shopbell {

/// How many events of the last 24 hours each route takes. They are counted when somebody asks, for about a
/// second a call, and kept by the minute: the next call looks only at what came since. Thread-safe.
class route_matches {
public:
    route_matches(std::shared_ptr<const routes> all, std::shared_ptr<const delivery_reading> reading);

    /// In the order of the routes; nothing while there is more to look at than one call does.
    [[nodiscard]] boost::asio::awaitable<result<std::optional<std::vector<std::uint64_t>>>> count(
        archive& stored, time_point present);

private:
    using minute = std::chrono::time_point<std::chrono::system_clock, std::chrono::minutes>;
    struct tally {
        sequence counted_to = 0;
        std::map<minute, std::vector<std::uint64_t>> by_minute;
    };

    void add(tally& into, stored_event stored) const;
    [[nodiscard]] std::vector<std::uint64_t> sum(const tally& of) const;

    const std::shared_ptr<const delivery_reading> reading_;
    std::vector<routes> each_;  ///< every route alone

    std::mutex mutex_;  // guards the tally
    tally tally_;
};

}  // namespace shopbell
