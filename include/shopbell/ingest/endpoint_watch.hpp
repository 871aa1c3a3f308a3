#pragma once

#include <shopbell/core/clock.hpp>
#include <shopbell/core/log.hpp>
#include <shopbell/core/observer.hpp>
#include <shopbell/ingest/code_watch.hpp>
#include <shopbell/ingest/endpoint.hpp>
#include <shopbell/ingest/recent_contents.hpp>
#include <shopbell/metrics/endpoint_metrics.hpp>
#include <shopbell/metrics/readings.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// Keeps an eye on one endpoint over all its requests: counts what becomes of them, and tells the owner, in
/// the log, what no single request shows: that the store is about to stop sending because too many of its
/// deliveries fail, and that nothing comes any more. Lives as long as the process, also over reloads.
/// Thread-safe.
class endpoint_watch final : public request_observer {
public:
    using clock = std::chrono::steady_clock;

    /// `counts` outlives the watch.
    endpoint_watch(const endpoint& of, endpoint_metrics& counts, std::shared_ptr<log> lines);

    /// As configured from now on; 0: nothing is expected.
    void expect_every(std::chrono::milliseconds span) noexcept { expect_every_ = span; }
    /// When the last run accepted something. Before anything is received.
    void remember(time_point last_accepted) noexcept { last_accepted_ = last_accepted; }
    /// The same at any time: what it has accepted since counts more.
    void recall(time_point last_accepted) noexcept {
        auto none = unknown;
        last_accepted_.compare_exchange_strong(none, last_accepted);
    }
    [[nodiscard]] bool has_accepted() const noexcept { return last_accepted_.load() != unknown; }

    /// The answer to a store, whoever made it.
    void answered(const answered_request& one) override;

    // What became of a delivery.
    void accepted(std::string_view type);
    void duplicate();
    /// Counts a delivery whose signed content came before under another id, and says as which event: a replay
    /// by somebody else than the store, as a rule.
    [[nodiscard]] std::optional<std::string> recognise(std::uint64_t signed_content,
                                                       std::string_view event_id);
    void rejected(rejection why) { counts_.rejected(why); }

    /// Tells the log once where the endpoint is silent by now. When to look again; nothing where nothing is
    /// expected.
    [[nodiscard]] std::optional<clock::time_point> check(clock::time_point present);

    [[nodiscard]] counted_requests counted() const { return counts_.read(); }
    [[nodiscard]] readings::endpoint read(clock::time_point present) const;

    /// What the owner should look at, in sentences.
    [[nodiscard]] std::vector<endpoint_warning> warnings(clock::time_point present) const;

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] code_watch& codes() noexcept { return codes_; }
    [[nodiscard]] const code_watch& codes() const noexcept { return codes_; }

private:
    void heard();
    void count_failure(unsigned status);
    [[nodiscard]] static std::optional<time_point> known(time_point at);
    [[nodiscard]] bool is_silent(clock::time_point present) const;

    static constexpr time_point unknown = time_point::min();

    // Constant after construction.
    const std::string name_;
    const provider_entry& kind_;
    endpoint_metrics& counts_;
    const std::shared_ptr<log> log_;

    // Thread-safe by themselves.
    code_watch codes_;
    recent_contents contents_;

    std::atomic<clock::time_point> heard_{
        clock::now()};  ///< from the start on, as if something had come then
    std::atomic<std::chrono::milliseconds> expect_every_;
    std::atomic<bool> told_silent_ = false;
    std::atomic<time_point> last_accepted_{unknown};
    std::atomic<unsigned> failures_ = 0;  ///< since the last success
    std::atomic<time_point> failing_since_{unknown};
    std::atomic<time_point> last_failure_{unknown};
    std::atomic<unsigned> last_failure_status_ = 0;
};

}  // namespace shopbell
