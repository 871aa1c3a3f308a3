#pragma once

#include <shopbell/core/clock.hpp>
#include <shopbell/core/headers.hpp>
#include <shopbell/http/handler.hpp>
#include <shopbell/ingest/endpoint.hpp>
#include <shopbell/metrics/endpoint_metrics.hpp>

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace shopbell {

/// A request that was not accepted, with as much of it as was read.
struct refused_request {
    std::string endpoint;  ///< its name; empty: none has the path
    std::string_view provider = {};
    unsigned status = 0;
    rejection why = rejection::internal;
    std::string reason;  ///< for the operator
    http::mismatch what = http::mismatch::none;
    time_point at;
    /// The endpoints in force when it came; null where the HTTP server refused it without asking anybody.
    std::shared_ptr<const endpoints> among = {};
    std::optional<boost::asio::ip::address> client = {};
    std::string method = {};
    std::string path = {};
    std::string query = {};  ///< never shown: tokens stand in it
    headers fields = {};
    std::string body = {};
    std::uint64_t bytes = 0;  ///< of the body that came, of which a very large one is cut
    bool keep_body = false;
};

/// Is told of every request that is refused. Thread-safe, and takes bounded time whatever is wrong: no answer
/// may wait for it, nor tell by its time what is wrong.
class refusal_observer {
public:
    virtual ~refusal_observer() = default;
    virtual void refused(refused_request request) = 0;
};

}  // namespace shopbell
