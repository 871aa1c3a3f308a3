#include <shopbell/metrics/endpoint_metrics.hpp>

#include "families.hpp"

#include <array>
#include <atomic>

namespace shopbell {

namespace {

constexpr std::array<std::string_view, 15> reasons = {
    "unauthorized", "address",     "store",     "malformed",      "not_found",
    "method",       "encoding",    "no_length", "body_too_large", "header_too_large",
    "too_slow",     "unsupported", "busy",      "unavailable",    "internal"};

constexpr std::size_t status_count = 600;

constexpr std::array request_seconds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                        0.25,  0.5,    1.0,   2.5,  5.0,   10.0, 30.0};

/// What a refusal by the HTTP server itself was about.
rejection reason_of(unsigned status) noexcept {
    switch (status) {
        case 400:
            return rejection::malformed;
        case 404:
            return rejection::not_found;
        case 408:
            return rejection::too_slow;
        case 411:
            return rejection::no_length;
        case 413:
            return rejection::body_too_large;
        case 414:
        case 431:
            return rejection::header_too_large;
        case 503:
            return rejection::busy;
        case 500:
            return rejection::internal;
        default:
            return rejection::unsupported;
    }
}

}  // namespace

std::string_view to_string(rejection why) noexcept {
    return reasons.at(static_cast<std::size_t>(why));
}

struct endpoint_metrics::state {
    state(metric_families& all, prometheus::Labels mine)
        : labels(std::move(mine)),
          requests(all.requests),
          same_content(all.same_content),
          codes_given(all.codes_given),
          codes_missing(all.codes_missing),
          abandoned(all.abandoned.Add(labels)),
          duration(all.request_duration.Add(labels, boundaries(request_seconds))),
          received(all.received.Add(labels)),
          accepted(all.accepted.Add(labels)),
          duplicate(all.duplicate.Add(labels)),
          unparsed(all.unparsed.Add(labels)),
          contradicted(all.contradicted.Add(labels)) {
        for (std::size_t i = 0; i < reasons.size(); ++i)
            rejected.at(i) = &all.rejected.Add(with("reason", reasons.at(i)));
    }

    [[nodiscard]] prometheus::Labels with(const char* name, std::string_view value) const {
        auto more = labels;
        more.emplace(name, value);
        return more;
    }

    /// The family gives everybody the same child, so it does not matter who comes first.
    prometheus::Counter& with_status(unsigned status) {
        auto& known = by_status.at(status % status_count);
        if (auto* const child = known.load(std::memory_order_acquire))
            return *child;
        auto& child = requests.Add(with("status", std::to_string(status)));
        known.store(&child, std::memory_order_release);
        return child;
    }

    const prometheus::Labels labels;
    metric_families::counters& requests;
    metric_families::counters& same_content;
    metric_families::counters& codes_given;
    metric_families::counters& codes_missing;
    prometheus::Counter& abandoned;
    prometheus::Histogram& duration;
    prometheus::Counter& received;
    prometheus::Counter& accepted;
    prometheus::Counter& duplicate;
    prometheus::Counter& unparsed;
    prometheus::Counter& contradicted;
    std::array<prometheus::Counter*, reasons.size()> rejected{};
    std::array<std::atomic<prometheus::Counter*>, status_count> by_status{};
};

endpoint_metrics::endpoint_metrics(metric_families& all, std::string_view name, std::string_view provider)
    : state_(std::make_unique<state>(all, endpoint_labels(name, provider))) {}

endpoint_metrics::~endpoint_metrics() = default;

void endpoint_metrics::answered(const answered_request& one) {
    state_->received.Increment(static_cast<double>(one.received));
    if (one.status == 0 || !one.sent)
        state_->abandoned.Increment();
    if (one.status == 0)
        return;
    state_->with_status(one.status).Increment();
    state_->duration.Observe(std::chrono::duration<double>(one.took).count());
    if (one.by_server && one.status >= 400)
        rejected(reason_of(one.status));
}

void endpoint_metrics::accepted() {
    state_->accepted.Increment();
}

void endpoint_metrics::duplicate() {
    state_->duplicate.Increment();
}

void endpoint_metrics::unparsed() {
    state_->unparsed.Increment();
}

void endpoint_metrics::contradicted() {
    state_->contradicted.Increment();
}

void endpoint_metrics::rejected(rejection why) {
    state_->rejected.at(static_cast<std::size_t>(why))->Increment();
}

// Few endpoints give codes: only these have the counters.
void endpoint_metrics::same_content() {
    state_->same_content.Add(state_->labels).Increment();
}

void endpoint_metrics::codes_given(std::size_t count) {
    state_->codes_given.Add(state_->labels).Increment(static_cast<double>(count));
}

void endpoint_metrics::codes_missing(std::size_t sales) {
    state_->codes_missing.Add(state_->labels).Increment(static_cast<double>(sales));
}

counted_requests endpoint_metrics::read() const {
    counted_requests seen;
    seen.accepted = count_of(state_->accepted);
    seen.duplicate = count_of(state_->duplicate);
    for (const auto* const reason : state_->rejected)
        seen.refused += count_of(*reason);
    seen.answers = {request_seconds, counts_of(state_->duration)};
    return seen;
}

}  // namespace shopbell
