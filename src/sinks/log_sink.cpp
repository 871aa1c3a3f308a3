#include "makers.hpp"

#include <array>

namespace shopbell {
namespace {

/// One line of the daemon's log for each event. Without `payload` it names the event and holds no personal
/// data.
class log_sink final : public sink {
public:
    log_sink(log_level level, bool payload, std::shared_ptr<log> lines) noexcept
        : level_(level), payload_(payload), lines_(std::move(lines)) {}

    [[nodiscard]] std::size_t batch_limit() const noexcept override { return 256; }

    [[nodiscard]] boost::asio::awaitable<std::vector<outcome>> deliver(event_batch events) override {
        for (const auto& one : events)
            lines_->write(level_, "event", describe(*one));
        co_return std::vector<outcome>(events.size(), outcome(delivered()));
    }

    [[nodiscard]] boost::asio::awaitable<sink_finding> examine() override {
        co_return sink_finding{sink_finding::grade::good, "writes to the daemon's own log"};
    }

private:
    [[nodiscard]] log_fields describe(const event& one) const {
        log_fields fields;
        fields.push_back({"event_id", one.id});
        fields.push_back({"type", one.type});
        fields.push_back({"endpoint", one.endpoint});
        fields.push_back({"provider", one.provider});
        if (!one.subject.empty())
            fields.push_back({"subject", one.subject});
        if (!one.store.empty())
            fields.push_back({"store", one.store});
        if (payload_)
            fields.push_back({"event", raw_json(one.document)});
        return fields;
    }

    const log_level level_;
    const bool payload_;
    const std::shared_ptr<log> lines_;
};

}  // namespace

std::unique_ptr<sink> make_log_sink(config::reader& keys, const sink_context& context) {
    constexpr std::array<std::string_view, 5> levels{"trace", "debug", "info", "warn", "error"};
    const auto level = static_cast<log_level>(keys.one_of("level", levels, 2));
    const bool payload = keys.boolean("payload", false);
    return std::make_unique<log_sink>(level, payload, context.lines);
}

}  // namespace shopbell
