#pragma once

#include <shopbell/admin/checkup.hpp>
#include <shopbell/admin/reload_record.hpp>
#include <shopbell/admin/series.hpp>
#include <shopbell/core/log.hpp>
#include <shopbell/delivery/delivery.hpp>
#include <shopbell/delivery/route.hpp>
#include <shopbell/http/message.hpp>
#include <shopbell/inbox/archive.hpp>
#include <shopbell/inbox/inbox.hpp>
#include <shopbell/ingest/endpoint_watches.hpp>
#include <shopbell/rejections/rejection_log.hpp>
#include <shopbell/setup/operator_settings.hpp>

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace shopbell {

class health;
class metrics_page;

/// What the operator's interface looks at and acts on. All that is referred to outlives it, and its streams.
struct operator_services {
    archive& events;
    std::shared_ptr<const shopbell::routes> routes;
    std::vector<operator_sink> sinks;  ///< as configured
    inbox* store = nullptr;            ///< null: the daemon is stopped, only reading is possible
    delivery* deliveries = nullptr;    ///< started; null with `store`
    rejection_log* refused = nullptr;  ///< of the running daemon, or read from its file; null: unreadable
    std::shared_ptr<const delivery_reading> reading = std::make_shared<const delivery_reading>();
    std::vector<operator_codes> codes = {};  ///< the endpoints that give codes, as configured
    endpoint_watches* watched = nullptr;     ///< told of changes to codes; null with `store`
    log* lines = nullptr;                    ///< tells what people did and saw; null: nobody does
    // Of a running daemon only.
    const endpoint_watches* endpoints = nullptr;
    series_recorder* counted = nullptr;
    std::uint64_t min_free_disk = 0;  ///< [inbox] min_free, bytes
    time_point started_at = {};
    reload_record* reloads = nullptr;
    std::string config_path = {};
    const health* checks = nullptr;
    const metrics_page* numbers = nullptr;  ///< null: there is no /metrics
    checkup check_up = {};                  ///< what `shopbell doctor` looks at; empty: nobody can
    std::shared_ptr<const std::string> configured = {};  ///< describe_configuration of what is in force
};

/// Who asks. A class with a constructor: it travels through coroutines.
class api_caller {
public:
    api_caller() {}
    bool token_asked = false;  ///< a token is configured
    bool may_change = true;    ///< and see personal data; false: `view_token` opened it
    std::string client;        ///< an address; empty on a unix socket
    std::string user;          ///< as a trusted proxy names it, or empty
};

/// What is served to operators: the JSON interface, /api/... (interface.md, section 6), the page, health and
/// metrics, all of them rows of one table. On a running daemon, or the interface on the inbox of a stopped
/// one; `shopbell events` and its kin ask it either way. One call does about a second of work at most: what
/// takes longer answers with a "next", to be given back as `cursor`. Every failure is
/// {"error":"..."}. Access is not checked here. Thread-safe.
///
/// A delivery must not be stopped while `answer` may still run: stop the listener first.
class operator_api {
public:
    explicit operator_api(operator_services around);
    ~operator_api();

    operator_api(const operator_api&) = delete;
    operator_api& operator=(const operator_api&) = delete;

    [[nodiscard]] boost::asio::awaitable<http::response> answer(http::request one,
                                                                api_caller who = api_caller()) const;

    struct state;  ///< for the implementation only

private:
    std::shared_ptr<state> state_;  ///< streams go on with it where a reload has replaced the object
};

}  // namespace shopbell
