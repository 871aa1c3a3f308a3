#include <shopbell/metrics/metrics.hpp>

#include "families.hpp"
#include "state_families.hpp"

#include <prometheus/text_serializer.h>

#include <iterator>
#include <map>
#include <mutex>
#include <utility>

namespace shopbell {

namespace {

constexpr std::array commit_seconds = {0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                       0.05,    0.1,    0.25,  0.5,    1.0,   2.5,  5.0};
constexpr std::array commit_sizes = {1.0,   2.0,   5.0,   10.0,   20.0,   50.0,
                                     100.0, 200.0, 500.0, 1000.0, 2000.0, 4096.0};

/// Nobody behind the server knows these, so every refusal of one is counted by its status.
class stray_observer final : public request_observer {
public:
    explicit stray_observer(metric_families& all) : counts_(all, "", "") {}

    void answered(const answered_request& one) override {
        auto refused = one;
        refused.by_server = true;
        counts_.answered(refused);
    }

private:
    endpoint_metrics counts_;
};

class commit_counter final : public commit_observer {
public:
    explicit commit_counter(metric_families& all)
        : duration_(all.commit_duration.Add({}, boundaries(commit_seconds))),
          size_(all.commit_size.Add({}, boundaries(commit_sizes))),
          failures_(all.commit_failures.Add({})) {}

    void committed(std::size_t deliveries, std::chrono::steady_clock::duration took) override {
        duration_.Observe(std::chrono::duration<double>(took).count());
        if (deliveries > 0)
            size_.Observe(static_cast<double>(deliveries));
    }

    void commit_failed() override { failures_.Increment(); }

private:
    prometheus::Histogram& duration_;
    prometheus::Histogram& size_;
    prometheus::Counter& failures_;
};

}  // namespace

struct metrics::state {
    metric_families families;  // first: what follows counts in them
    stray_observer strays{families};
    commit_counter commits{families};
    prometheus::Counter& unrouted = families.unrouted.Add({});
    const time_point started = now();

    std::mutex mutex;  // guards the two below
    std::map<std::pair<std::string, std::string>, endpoint_metrics> endpoints;
    std::map<std::string, sink_metrics> sinks;
};

metrics::metrics() : state_(std::make_unique<state>()) {}

metrics::~metrics() = default;

endpoint_metrics& metrics::endpoint(std::string_view name, std::string_view provider) {
    const std::lock_guard guard(state_->mutex);
    return state_->endpoints
        .try_emplace(std::pair(std::string(name), std::string(provider)), state_->families, name, provider)
        .first->second;
}

sink_metrics& metrics::sink(std::string_view name) {
    const std::lock_guard guard(state_->mutex);
    return state_->sinks.try_emplace(std::string(name), state_->families, name).first->second;
}

request_observer& metrics::stray_requests() noexcept {
    return state_->strays;
}

commit_observer& metrics::commits() noexcept {
    return state_->commits;
}

void metrics::unrouted() {
    state_->unrouted.Increment();
}

std::string metrics::render(const readings& present) const {
    auto all = state_->families.registry.Collect();
    auto states = state_families(present, state_->started);
    all.insert(all.end(), std::make_move_iterator(states.begin()), std::make_move_iterator(states.end()));
    return prometheus::TextSerializer().Serialize(all);
}

}  // namespace shopbell
