#pragma once

#include <shopbell/admin/admin_handler.hpp>
#include <shopbell/admin/health.hpp>
#include <shopbell/admin/metrics_page.hpp>
#include <shopbell/admin/reload_record.hpp>
#include <shopbell/admin/series.hpp>
#include <shopbell/core/file_descriptor.hpp>
#include <shopbell/core/housekeeping.hpp>
#include <shopbell/delivery/delivery.hpp>
#include <shopbell/http/server.hpp>
#include <shopbell/inbox/archive.hpp>
#include <shopbell/ingest/endpoint_watches.hpp>
#include <shopbell/ingest/receiver.hpp>
#include <shopbell/metrics/metrics.hpp>
#include <shopbell/rejections/diagnoser.hpp>
#include <shopbell/service/watchdog.hpp>
#include <shopbell/setup/configuration.hpp>
#include <shopbell/stores/catalog.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace shopbell {

/// Sockets that a service manager has opened for us.
struct passed_sockets {
    std::vector<file_descriptor> stores;
    std::vector<file_descriptor> admin;
};

/// The parts of the daemon in the order in which an event passes through them, and their common life: start,
/// reload, stop. Used by the main thread only.
class running_daemon {
public:
    /// `files` are those of the configuration's sinks. `counts` outlives the object.
    running_daemon(std::string config_path, configuration first, std::unique_ptr<inbox> store,
                   std::shared_ptr<shared_files> files, metrics& counts);
    ~running_daemon();

    running_daemon(const running_daemon&) = delete;
    running_daemon& operator=(const running_daemon&) = delete;

    /// Binds what is to be listened on, then begins to serve and to deliver.
    [[nodiscard]] result<void> start(passed_sockets passed);

    /// SIGHUP: opens the log and the files of sinks anew, then reads the configuration and puts it in force,
    /// whole or not at all; what is wrong with it is logged.
    void reload();

    /// Receives no more, lets what is under way end, within the configured time.
    void stop();

    void watch_loops(watchdog& over);
    /// "serving 3 endpoints, 2 sinks"
    [[nodiscard]] std::string status() const;

private:
    [[nodiscard]] std::shared_ptr<const operator_api> make_api(std::shared_ptr<const routes> all);
    [[nodiscard]] result<void> bind(passed_sockets passed);
    [[nodiscard]] result<void> put_in_force(configuration next);
    [[nodiscard]] result<void> recall(const std::vector<operator_sink>& sinks);
    void recall_later();
    void tell_addresses() const;
    [[nodiscard]] std::shared_ptr<const endpoints> watched(endpoints all);

    // In the order of their making, which is that of an event's way.
    const std::string config_path_;
    const std::shared_ptr<shared_files> files_;  ///< of the sinks, over all reloads
    configuration running_;                      ///< without the endpoints and sinks, which have moved on
    std::size_t endpoint_count_;
    std::vector<operator_sink> sinks_;   ///< as configured
    std::vector<operator_codes> codes_;  ///< the same of the endpoints that give codes
    reload_record reloads_;
    std::shared_ptr<const std::string> configured_;  ///< for the operator's interface
    metrics& counts_;
    const time_point started_at_ = now();
    housekeeping background_;
    rejection_diagnoser rejections_;
    endpoint_watches watches_;
    const std::shared_ptr<delivery_reading> reading_;  ///< of stored deliveries, as configured
    std::unique_ptr<inbox> store_;
    health checks_;
    receiver receiving_;
    delivery deliveries_;
    std::unique_ptr<archive> stored_;
    std::unique_ptr<http::server> server_;
    std::optional<series_recorder> counted_;
    std::optional<metrics_page> numbers_;
    std::unique_ptr<admin_handler> operating_;
    std::unique_ptr<http::server> admin_;
    std::optional<housekeeping::duty> recalling_;  ///< where the inbox did not answer at the start
};

}  // namespace shopbell
