#pragma once

#include <shopbell/core/clock.hpp>
#include <shopbell/core/housekeeping.hpp>
#include <shopbell/core/log.hpp>
#include <shopbell/ingest/refused_request.hpp>
#include <shopbell/rejections/rejection_log.hpp>

#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shopbell {

/// The endpoints of a configuration that was replaced.
struct former_endpoints {
    std::shared_ptr<const endpoints> all;
    time_point until;
};

/// Finds out why requests were refused, one a round of its housekeeping duty, and keeps what it found in a
/// file. What comes faster than that is counted and no more. Thread-safe.
class rejection_diagnoser final : public refusal_observer {
public:
    /// Begins with what is in the file at `path`; says so through `lines` where that cannot be read.
    rejection_diagnoser(std::string path, std::shared_ptr<log> lines, housekeeping& on);
    /// Diagnoses what still waits, then writes the file.
    ~rejection_diagnoser() override;

    rejection_diagnoser(const rejection_diagnoser&) = delete;
    rejection_diagnoser& operator=(const rejection_diagnoser&) = delete;

    /// These are in force from now on. The secrets of those before are remembered for three days, as long as
    /// the most patient store repeats a delivery, of the last eight configurations.
    void attach(std::shared_ptr<const endpoints> all);

    void refused(refused_request request) override;

    [[nodiscard]] rejection_log& found() noexcept { return found_; }

private:
    using clock = housekeeping::clock;
    struct former {
        former_endpoints those;
        clock::time_point forget_at;
    };
    /// Refused requests beyond those that may wait.
    struct overflow {
        std::string_view provider;
        std::uint64_t count = 0;
        time_point last;
    };

    [[nodiscard]] std::optional<clock::time_point> run_round();
    bool diagnose_next();  ///< false: nothing waited
    void diagnose(const refused_request& request);
    void keep();
    void add_overflow();
    void save_if_due(clock::time_point present);

    [[nodiscard]] std::optional<refused_request> take();
    [[nodiscard]] bool has_place_for(const refused_request& request, std::size_t bytes);
    void drop_latest_of(const boost::asio::ip::address& network);
    void count_only(const refused_request& request);
    [[nodiscard]] std::vector<former_endpoints> former_configurations();

    const std::string path_;
    const std::shared_ptr<log> log_;
    rejection_log found_;

    // Only in rounds, and after the last.
    std::uint64_t saved_version_ = 0;
    clock::time_point next_save_;
    bool saving_failed_ = false;

    std::mutex mutex_;  // guards all below, but for the duty
    std::deque<refused_request> waiting_;
    std::size_t waiting_bytes_ = 0;
    std::map<std::pair<std::string, unsigned>, overflow> overflow_;  ///< by endpoint and status
    std::shared_ptr<const endpoints> current_;
    std::deque<former> former_;

    std::optional<housekeeping::duty> duty_;  ///< last: its rounds use all of the above
};

}  // namespace shopbell
