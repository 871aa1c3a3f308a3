#include <shopbell/metrics/sink_metrics.hpp>

#include "families.hpp"

namespace shopbell {

namespace {

constexpr std::array delivery_seconds = {0.001, 0.005, 0.01, 0.025, 0.05, 0.1,  0.25,
                                         0.5,   1.0,   2.5,  5.0,   10.0, 30.0, 60.0};

prometheus::Labels labels_of(std::string_view sink) {
    return {{"sink", std::string(sink)}};
}

prometheus::Labels labels_of(std::string_view sink, const char* outcome) {
    return {{"sink", std::string(sink)}, {"outcome", outcome}};
}

}  // namespace

struct sink_metrics::state {
    state(metric_families& all, std::string_view name)
        : delivered(all.deliveries.Add(labels_of(name, "delivered"))),
          failed(all.deliveries.Add(labels_of(name, "failed"))),
          dead(all.deliveries.Add(labels_of(name, "dead"))),
          duration(all.delivery_duration.Add(labels_of(name), boundaries(delivery_seconds))) {}

    prometheus::Counter& delivered;
    prometheus::Counter& failed;
    prometheus::Counter& dead;
    prometheus::Histogram& duration;
};

sink_metrics::sink_metrics(metric_families& all, std::string_view name)
    : state_(std::make_unique<state>(all, name)) {}

sink_metrics::~sink_metrics() = default;

void sink_metrics::attempted(std::chrono::steady_clock::duration took) {
    state_->duration.Observe(std::chrono::duration<double>(took).count());
}

void sink_metrics::delivered() {
    state_->delivered.Increment();
}

void sink_metrics::failed() {
    state_->failed.Increment();
}

void sink_metrics::dead() {
    state_->dead.Increment();
}

counted_deliveries sink_metrics::read() const {
    counted_deliveries seen;
    seen.delivered = count_of(state_->delivered);
    seen.failed = count_of(state_->failed);
    seen.died = count_of(state_->dead);
    seen.attempts = {delivery_seconds, counts_of(state_->duration)};
    return seen;
}

}  // namespace shopbell
