#include <shopbell/admin/series.hpp>

#include <shopbell/core/exceptions.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <pthread.h>

#include <algorithm>

namespace shopbell {

namespace {

constexpr std::chrono::seconds sampling_interval{15};
constexpr std::size_t most_fine = 242;     // an hour of them, and the one before
constexpr std::size_t most_coarse = 1442;  // a day of one a minute

/// Runs it to its end on this thread.
template <class Value>
Value complete(asio::awaitable<Value> work) {
    asio::io_context context{1};
    std::optional<Value> outcome;
    std::exception_ptr thrown;
    auto finished = [&](std::exception_ptr error, Value value) {
        thrown = error;
        outcome = std::move(value);
    };
    asio::co_spawn(context, std::move(work), std::move(finished));
    context.run();
    if (thrown)
        std::rethrow_exception(thrown);
    return *std::move(outcome);
}

std::array<std::uint32_t, series_sample::most_durations> narrow(const counted_durations& durations) {
    std::array<std::uint32_t, series_sample::most_durations> narrowed{};
    for (std::size_t i = 0; i < std::min(narrowed.size(), durations.counts.size()); ++i)
        narrowed[i] = static_cast<std::uint32_t>(durations.counts[i]);
    return narrowed;
}

series_sample sample_of(const counted_requests& seen, time_point at) {
    series_sample sample;
    sample.at = at;
    sample.counts = {static_cast<std::uint32_t>(seen.accepted), static_cast<std::uint32_t>(seen.duplicate),
                     static_cast<std::uint32_t>(seen.refused)};
    sample.durations = narrow(seen.answers);
    return sample;
}

series_sample sample_of(const counted_deliveries& seen, std::size_t behind, time_point at) {
    series_sample sample;
    sample.at = at;
    sample.counts = {static_cast<std::uint32_t>(seen.delivered), static_cast<std::uint32_t>(seen.failed),
                     static_cast<std::uint32_t>(seen.died)};
    sample.durations = narrow(seen.attempts);
    sample.behind = static_cast<std::uint32_t>(behind);
    return sample;
}

/// The last sample at or before the time, or null.
const series_sample* last_until(const std::deque<series_sample>& samples, time_point time) {
    const auto after = std::ranges::upper_bound(samples, time, {}, &series_sample::at);
    return after == samples.begin() ? nullptr : &*std::prev(after);
}

/// Of a clock that was set back, what lies ahead of it is no past.
void drop_from(std::deque<series_sample>& samples, time_point at) {
    while (!samples.empty() && samples.back().at >= at)
        samples.pop_back();
}

}  // namespace

void series_line::add(const series_sample& sample) {
    drop_from(fine_, sample.at);
    drop_from(coarse_, sample.at);
    fine_.push_back(sample);
    if (fine_.size() > most_fine)
        fine_.pop_front();
    if (!coarse_.empty() && sample.at < coarse_.back().at + std::chrono::minutes(1))
        return;
    coarse_.push_back(sample);
    if (coarse_.size() > most_coarse) {
        coarse_.pop_front();
        forgot_ = true;
    }
}

std::optional<series_sample> series_line::at(time_point time) const {
    if (const auto* const found = last_until(fine_, time))
        return *found;
    if (const auto* const found = last_until(coarse_, time))
        return *found;
    if (forgot_ || fine_.empty())
        return std::nullopt;
    series_sample nothing;
    nothing.at = time;
    return nothing;
}

series_recorder::series_recorder(archive& stored, endpoint_watches& endpoints, metrics& counts,
                                 std::shared_ptr<log> lines)
    : stored_(stored), endpoints_(endpoints), counts_(counts), log_(std::move(lines)) {}

series_recorder::~series_recorder() = default;

void series_recorder::start() {
    thread_ = std::jthread([this](const std::stop_token& end) {
        ::pthread_setname_np(::pthread_self(), "series");
        run(end);
    });
}

void series_recorder::run(const std::stop_token& end) {
    const auto recalled = [&] { return complete(endpoints_.recall_quiet(stored_, end)); };
    bool complete_recall = false;
    while (!end.stop_requested()) {
        try {
            sample(now());
            if (!std::exchange(complete_recall, true) && !recalled())
                log_->warn("the last events of quiet endpoints cannot be read");
        } catch (...) {
            log_->error("the counters cannot be recorded", {{"error", describe_exception()}});
        }
        std::unique_lock lock(rest_mutex_);
        rest_.wait_for(lock, end, sampling_interval, [] { return false; });
    }
}

void series_recorder::sample(time_point at) {
    const auto requests = endpoints_.counted();
    const auto sinks = complete(stored_.sinks());
    const std::lock_guard guard(mutex_);
    for (const auto& [name, seen] : requests) {
        record_.endpoints[name].add(sample_of(seen, at));
        record_.answer_bounds = seen.answers.bounds;
    }
    if (!sinks)
        return;
    for (const auto& sink : *sinks) {
        const auto seen = counts_.sink(sink.name).read();
        record_.sinks[sink.name].add(sample_of(seen, sink.lag, at));
        record_.delivery_bounds = seen.attempts.bounds;
    }
}

series_recorder::record series_recorder::read() const {
    const std::lock_guard guard(mutex_);
    return record_;
}

double series_recorder::accepted_per_minute(time_point present) const {
    constexpr std::chrono::minutes span{1};
    std::uint64_t accepted = 0;
    std::uint64_t before = 0;
    for (const auto& [name, seen] : endpoints_.counted())
        accepted += seen.accepted;
    auto since = std::max(started_, present - span);
    {
        const std::lock_guard guard(mutex_);
        for (const auto& [name, line] : record_.endpoints) {
            const auto then = line.at(present - span);
            before += then ? then->counts[0] : 0;
            if (then && then->at > started_)
                since = std::min(since, then->at);
        }
    }
    const auto seconds = std::chrono::duration<double>(present - since).count();
    if (seconds < 1 || accepted < before)
        return 0;
    return static_cast<double>(accepted - before) * 60 / std::max(seconds, 15.0);
}

}  // namespace shopbell
