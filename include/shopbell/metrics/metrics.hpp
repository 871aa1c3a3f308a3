#pragma once

#include <shopbell/core/observer.hpp>
#include <shopbell/metrics/endpoint_metrics.hpp>
#include <shopbell/metrics/readings.hpp>
#include <shopbell/metrics/sink_metrics.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace shopbell {

/// What the program counts since its start, for Prometheus (interface.md, section 6). Names begin with
/// `shopbell_`, units are seconds and bytes. The labels are endpoint, provider, sink, status, outcome and
/// reason, with values from the configuration or a fixed list, never from a request. Thread-safe.
///
/// Who counts asks for its counters once, when it is configured; counting then looks nothing up. They live as
/// long as this object and are the same for the same names, so that counting goes on over a reload.
class metrics {
public:
    metrics();
    ~metrics();
    metrics(const metrics&) = delete;
    metrics& operator=(const metrics&) = delete;

    [[nodiscard]] endpoint_metrics& endpoint(std::string_view name, std::string_view provider);
    [[nodiscard]] sink_metrics& sink(std::string_view name);

    /// Requests that belong to no endpoint: no such path, no HTTP, too many connections.
    [[nodiscard]] request_observer& stray_requests() noexcept;
    [[nodiscard]] commit_observer& commits() noexcept;

    /// An event that no route takes: it stays in the inbox and counts as delivered.
    void unrouted();

    /// All of it in the text format of Prometheus, version 0.0.4, with what is no count but a state.
    [[nodiscard]] std::string render(const readings& present) const;

private:
    struct state;
    const std::unique_ptr<state> state_;
};

/// The media type of what `render` returns.
constexpr std::string_view metrics_type = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace shopbell
