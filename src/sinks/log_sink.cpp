#include "makers.hpp"

#include <shopbell/core/blocking_thread.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>

namespace shopbell {
namespace {

using clock = std::chrono::steady_clock;

/// Of one delivery so much is handed to the log at once: more than it keeps in memory would drive out its own
/// lines.
constexpr std::size_t most_at_once = std::size_t{1} << 20U;

/// What became of some lines: told by the log's thread.
class line_fates {
public:
    explicit line_fates(std::size_t count) : written_(count), untold_(count) {}

    void tell(std::size_t line, bool written) {
        {
            const std::lock_guard lock(mutex_);
            written_[line] = written;
            if (--untold_ > 0)
                return;
        }
        told_->perform();
    }

    [[nodiscard]] asio::awaitable<bool> are_told_before(clock::time_point until) {
        return blocking_call::finishes_before(told_, until);
    }
    [[nodiscard]] bool is_written(std::size_t line) const {
        const std::lock_guard lock(mutex_);
        return written_[line];
    }

private:
    mutable std::mutex mutex_;
    std::vector<bool> written_;  // guarded by mutex_
    std::size_t untold_;         // guarded by mutex_
    const std::shared_ptr<blocking_call> told_ = std::make_shared<blocking_call>(nullptr);
};

/// One line of the daemon's log for each event, delivered once the kernel has it. Without `payload` it names
/// the event and holds no personal data.
class log_sink final : public sink {
public:
    log_sink(log_level level, bool payload, const sink_context& context) noexcept
        : level_(level), payload_(payload), timeout_(context.timeout), lines_(context.lines) {}

    [[nodiscard]] std::size_t batch_limit() const noexcept override { return 256; }

    [[nodiscard]] asio::awaitable<std::vector<outcome>> deliver(event_batch events) override {
        const auto until = clock::now() + timeout_;
        std::vector<outcome> outcomes;
        while (outcomes.size() < events.size()) {
            // What a reader that stands still has not fetched must not gather, attempt by attempt.
            const bool free = co_await is_free_before(until);
            if (!free)
                break;
            const auto first = outcomes.size();
            under_way_ = write_some(events, first);
            const bool told = co_await under_way_->are_told_before(until);
            for (std::size_t i = first; i < first + under_way_count_; ++i)
                outcomes.push_back(outcome_of(i - first, told));
        }
        outcomes.resize(events.size(), outcome(retry{"the log's output does not keep up"}));
        co_return outcomes;
    }

    [[nodiscard]] asio::awaitable<sink_finding> probe() override {
        co_return sink_finding{sink_finding::grade::good, "writes to the daemon's own log"};
    }

private:
    [[nodiscard]] asio::awaitable<bool> is_free_before(clock::time_point until) {
        if (!under_way_)
            co_return true;
        co_return co_await under_way_->are_told_before(until);
    }

    /// Hands lines to the log from the event at `first` on.
    [[nodiscard]] std::shared_ptr<line_fates> write_some(const event_batch& events, std::size_t first) {
        under_way_count_ = 0;
        for (std::size_t size = 0; first + under_way_count_ < events.size() && size < most_at_once;)
            size += events[first + under_way_count_++]->document.size();
        auto fates = std::make_shared<line_fates>(under_way_count_);
        for (std::size_t i = 0; i < under_way_count_; ++i) {
            auto told = [fates, i](bool written) { fates->tell(i, written); };
            lines_->write(level_, "event", describe(*events[first + i]), std::move(told));
        }
        return fates;
    }

    [[nodiscard]] outcome outcome_of(std::size_t line, bool told) const {
        if (under_way_->is_written(line))
            return delivered();
        if (!told)
            return retry{"the log's output does not keep up"};
        return retry{lines_->enabled(level_) ? "the log could not write the line"
                                             : "the log leaves out lines of this level"};
    }

    [[nodiscard]] log_fields describe(const event& content) const {
        log_fields fields;
        fields.push_back({"event_id", content.id});
        fields.push_back({"type", content.type});
        fields.push_back({"endpoint", content.endpoint});
        fields.push_back({"provider", content.provider});
        if (!content.subject.empty())
            fields.push_back({"subject", content.subject});
        if (!content.store.empty())
            fields.push_back({"store", content.store});
        if (payload_)
            fields.push_back({"event", raw_json(content.document)});
        return fields;
    }

    const log_level level_;
    const bool payload_;
    const std::chrono::milliseconds timeout_;
    const std::shared_ptr<log> lines_;
    std::shared_ptr<line_fates> under_way_;  ///< the latest lines
    std::size_t under_way_count_ = 0;
};

}  // namespace

std::unique_ptr<sink> make_log_sink(config::reader& keys, const sink_context& context) {
    constexpr std::array<std::string_view, 5> levels{"trace", "debug", "info", "warn", "error"};
    const auto level = static_cast<log_level>(keys.one_of("level", levels, 2));
    const bool payload = keys.boolean("payload", false);
    if (level < context.least_level)
        keys.error("level", "the log leaves out \"" + std::string(to_string(level)) +
                                "\" lines ([log] level is \"" + std::string(to_string(context.least_level)) +
                                "\"): no event would ever be written");
    return std::make_unique<log_sink>(level, payload, context);
}

}  // namespace shopbell
