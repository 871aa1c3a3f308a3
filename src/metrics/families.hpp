#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// Every family that something is counted in. What is a state instead is in state_families.cpp.
struct metric_families {
    using counters = prometheus::Family<prometheus::Counter>;
    using histograms = prometheus::Family<prometheus::Histogram>;

    metric_families();

    prometheus::Registry registry;  // first: the others are in it

    counters& requests;
    counters& abandoned;
    histograms& request_duration;
    counters& received;
    counters& accepted;
    counters& duplicate;
    counters& unparsed;
    counters& contradicted;
    counters& rejected;
    counters& unrouted;
    counters& same_content;
    counters& codes_given;
    counters& codes_missing;

    histograms& commit_duration;
    histograms& commit_size;
    counters& commit_failures;

    counters& deliveries;
    histograms& delivery_duration;
};

template <std::size_t Count>
[[nodiscard]] prometheus::Histogram::BucketBoundaries boundaries(const std::array<double, Count>& upper) {
    return {upper.begin(), upper.end()};
}

/// A histogram's counts, each without those below it.
[[nodiscard]] std::vector<std::uint64_t> counts_of(const prometheus::Histogram& durations);

[[nodiscard]] inline std::uint64_t count_of(const prometheus::Counter& counter) {
    return static_cast<std::uint64_t>(counter.Value());
}

[[nodiscard]] inline prometheus::Labels endpoint_labels(std::string_view name, std::string_view provider) {
    return {{"endpoint", std::string(name)}, {"provider", std::string(provider)}};
}

}  // namespace shopbell
