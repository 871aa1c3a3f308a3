#pragma once

#include <shopbell/core/clock.hpp>
#include <shopbell/core/log.hpp>
#include <shopbell/inbox/archive.hpp>
#include <shopbell/ingest/endpoint_watches.hpp>
#include <shopbell/metrics/metrics.hpp>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace shopbell {

/// What was counted up to one moment, of an endpoint (accepted, duplicate, refused, answers) or of a sink
/// (delivered, failed, died, attempts).
struct series_sample {
    static constexpr std::size_t most_durations = 15;

    time_point at;
    std::array<std::uint32_t, 3> counts{};  ///< modulo 2^32, as are all: only differences are looked at
    std::array<std::uint32_t, most_durations> durations{};
    std::uint32_t behind = 0;  ///< of a sink: events that it has not had
};

/// The samples of one endpoint or sink: an hour of all, a day of one a minute.
class series_line {
public:
    void add(const series_sample& sample);

    /// The last one at or before that time; one of nothing before the first, where that one was the first
    /// ever; nothing where it is not known any more.
    [[nodiscard]] std::optional<series_sample> at(time_point time) const;
    [[nodiscard]] bool empty() const noexcept { return fine_.empty(); }
    [[nodiscard]] const series_sample& latest() const { return fine_.back(); }

private:
    std::deque<series_sample> fine_, coarse_;
    bool forgot_ = false;  ///< there were samples before the first of `coarse_`
};

/// Reads the counters every 15 seconds, so that they have a past: nothing is added to the way of a request.
/// About 150 KB for each endpoint and sink after a day. Thread-safe.
class series_recorder {
public:
    /// All that is referred to outlives the object.
    series_recorder(archive& stored, endpoint_watches& endpoints, metrics& counts,
                    std::shared_ptr<log> lines);
    ~series_recorder();
    series_recorder(const series_recorder&) = delete;
    series_recorder& operator=(const series_recorder&) = delete;

    /// Starts the thread, which at first completes what is known of endpoints that have been quiet for long.
    void start();

    /// One look at all counters, as the thread takes it.
    void sample(time_point at);

    using lines = std::map<std::string, series_line, std::less<>>;
    struct record {
        lines endpoints, sinks;
        std::span<const double> answer_bounds, delivery_bounds;  ///< of the durations, in seconds
    };
    [[nodiscard]] record read() const;

    /// Events accepted a minute, over the last minute or since the start.
    [[nodiscard]] double accepted_per_minute(time_point present) const;

private:
    void run(const std::stop_token& end);

    archive& stored_;
    endpoint_watches& endpoints_;
    metrics& counts_;
    const std::shared_ptr<log> log_;
    const time_point started_ = now();

    mutable std::mutex mutex_;  // guards the record
    record record_;

    std::mutex rest_mutex_;
    std::condition_variable_any rest_;
    std::jthread thread_;  ///< last: it uses all of the above
};

}  // namespace shopbell
