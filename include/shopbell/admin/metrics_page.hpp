#pragma once

#include <shopbell/core/log.hpp>
#include <shopbell/delivery/delivery.hpp>
#include <shopbell/http/server.hpp>
#include <shopbell/inbox/archive.hpp>
#include <shopbell/ingest/endpoint_watches.hpp>
#include <shopbell/metrics/metrics.hpp>

#include <boost/asio/awaitable.hpp>
#include <cstdint>

namespace shopbell {

/// Whom the metrics page asks. All of them outlive it.
struct measured_parts {
    const metrics& counts;
    const endpoint_watches& endpoints;
    archive& stored;
    delivery& deliveries;  ///< started
    const http::server& receiving;
    const log& lines;
    std::uint64_t min_free_disk = 0;  ///< [inbox] min_free, bytes
};

/// GET /metrics, for Prometheus: what was counted, and the state of things at this moment. Asking costs a few
/// look-ups in the inbox, however many events are in it. Access is not checked here. Thread-safe.
///
/// A delivery must not be stopped while `answer` may still run: stop the listener first.
class metrics_page {
public:
    explicit metrics_page(measured_parts parts) : parts_(parts) {}

    /// `ready`: as /readyz says.
    [[nodiscard]] boost::asio::awaitable<http::response> answer(bool ready) const;

private:
    [[nodiscard]] boost::asio::awaitable<readings> read(bool ready) const;
    [[nodiscard]] boost::asio::awaitable<std::vector<readings::sink>> read_sinks(time_point present) const;

    const measured_parts parts_;
};

}  // namespace shopbell
