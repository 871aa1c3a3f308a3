#pragma once

#include <shopbell/metrics/counted.hpp>

#include <chrono>
#include <memory>
#include <string_view>

namespace shopbell {

struct metric_families;

/// The counters of one sink; `metrics` makes and owns them. Thread-safe.
class sink_metrics {
public:
    sink_metrics(metric_families& all, std::string_view name);
    ~sink_metrics();
    sink_metrics(const sink_metrics&) = delete;
    sink_metrics& operator=(const sink_metrics&) = delete;

    /// One call of the sink, with one event or a batch.
    void attempted(std::chrono::steady_clock::duration took);

    // What became of one event in it.
    void delivered();
    void failed();  ///< will be tried again
    void dead();    ///< given up, or refused for good

    [[nodiscard]] counted_deliveries read() const;

private:
    struct state;
    const std::unique_ptr<state> state_;
};

}  // namespace shopbell
