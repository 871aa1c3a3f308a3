#pragma once

#include "event_brief.hpp"
#include "sink_report.hpp"
#include "stream_signal.hpp"

#include <shopbell/http/message.hpp>
#include <shopbell/metrics/readings.hpp>

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace shopbell {

/// What a stream tells of.
struct stream_kinds {
    bool accepted = false;
    bool settled = false;
    bool sink = false;
    bool endpoint = false;
    bool rejection = false;
    bool tick = false;

    /// From names with commas between. Fails with `malformed`.
    [[nodiscard]] static result<stream_kinds> parse(std::string_view text);
};

struct live_settings {
    stream_kinds kinds;
    std::string type;  ///< a glob over the events' types; empty: any
    bool brief = false;
    bool mask = false;  ///< personal data is hidden
};

/// Server-sent events about everything that an operator looks at: the name of each is its kind, its data
/// always an array. What is accepted is told at once, and no more than ten times a second; everything else is
/// looked at once a second and told where it has changed.
class live_stream final : public http::body_source {
public:
    /// Begins behind the event with that number.
    live_stream(std::shared_ptr<api_state> in, live_settings settings, sequence after,
                const asio::any_io_executor& executor);
    ~live_stream() override;

    live_stream(const live_stream&) = delete;
    live_stream& operator=(const live_stream&) = delete;

    [[nodiscard]] asio::awaitable<std::string> next() override;

private:
    using clock = std::chrono::steady_clock;
    /// An event that some sink has not had yet.
    struct unsettled {
        event_brief brief;
        std::string states;
        bool looked_at = false;  ///< since it was told of
        bool settled = false;
    };

    [[nodiscard]] asio::awaitable<std::string> tell_accepted();
    [[nodiscard]] asio::awaitable<std::string> tell_changes();
    [[nodiscard]] asio::awaitable<std::string> tell_settled();
    [[nodiscard]] std::string describe_accepted(std::vector<event_brief> briefs);
    void keep_unsettled(event_brief brief);
    [[nodiscard]] std::string tell_sinks(const std::vector<sink_view>& sinks);
    [[nodiscard]] std::string tell_endpoints();
    [[nodiscard]] std::string tell_rejections();
    [[nodiscard]] std::string tell_tick(const std::vector<sink_view>* sinks) const;

    const std::shared_ptr<api_state> state_;
    const live_settings settings_;
    sequence after_;
    bool open_ = false;
    clock::time_point next_look_;
    clock::time_point next_accepted_;
    clock::time_point heard_;  ///< when something was said last
    std::deque<unsettled> unsettled_;
    bool unsettled_added_ = false;                          ///< since the last look at them
    std::map<std::string, std::string> sinks_, endpoints_;  ///< as they were told last, by name
    std::string deliveries_;                                ///< what the sinks had done at the last look
    std::uint64_t rejection_ = 0;                           ///< told up to here
    asio::steady_timer pause_;
    const std::shared_ptr<arrival_signal> arrived_;
    subscription subscription_;  // last: it goes first, and then nobody wakes us any more
};

}  // namespace shopbell
