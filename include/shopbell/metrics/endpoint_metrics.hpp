#pragma once

#include <shopbell/core/observer.hpp>
#include <shopbell/metrics/counted.hpp>

#include <cstddef>
#include <memory>
#include <string_view>

namespace shopbell {

struct metric_families;

/// Why a request was not accepted: the values of the label `reason`.
enum class rejection : unsigned char {
    unauthorized,      ///< signature, handshake or credentials missing or wrong
    address,           ///< not in the endpoint's allow list
    store,             ///< genuine, but of another store
    malformed,         ///< not HTTP, or not the body that the endpoint's authentication lives in
    not_found,         ///< no such path
    method,            ///< no POST
    encoding,          ///< a compressed body
    no_length,         ///< a body without length
    body_too_large,    ///< beyond [server] max_body
    header_too_large,  ///< beyond [server] max_header
    too_slow,          ///< beyond the time for header or body
    unsupported,       ///< a transfer coding, an expectation or a version of HTTP
    busy,              ///< too many connections, or the inbox's queue is full
    unavailable,       ///< the inbox cannot commit
    internal,          ///< a bug of ours
};

[[nodiscard]] std::string_view to_string(rejection why) noexcept;

/// The counters of one endpoint; `metrics` makes and owns them. Thread-safe.
class endpoint_metrics {
public:
    endpoint_metrics(metric_families& all, std::string_view name, std::string_view provider);
    ~endpoint_metrics();
    endpoint_metrics(const endpoint_metrics&) = delete;
    endpoint_metrics& operator=(const endpoint_metrics&) = delete;

    /// Status, duration and bytes; of what the server refused by itself, the reason too.
    void answered(const answered_request& one);

    // What became of one delivery. An unparsed or contradicted one is accepted, too.
    void accepted();
    void duplicate();
    void unparsed();
    void contradicted();
    void same_content();
    void rejected(rejection why);

    // Of an endpoint that gives codes to buyers: 0 makes the counter known.
    void codes_given(std::size_t count);
    void codes_missing(std::size_t sales);
    [[nodiscard]] counted_requests read() const;

private:
    struct state;
    const std::unique_ptr<state> state_;
};

}  // namespace shopbell
