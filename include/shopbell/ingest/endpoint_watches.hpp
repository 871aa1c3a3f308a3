#pragma once

#include <shopbell/core/housekeeping.hpp>
#include <shopbell/core/log.hpp>
#include <shopbell/inbox/archive.hpp>
#include <shopbell/ingest/certificate_watch.hpp>
#include <shopbell/ingest/endpoint.hpp>
#include <shopbell/ingest/endpoint_watch.hpp>
#include <shopbell/metrics/metrics.hpp>

#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shopbell {

/// The watches of all endpoints and of the certificate that is shown at them, and a thread that looks for
/// endpoints that fell silent and for a certificate that ends. Thread-safe.
class endpoint_watches {
public:
    using clock = endpoint_watch::clock;

    /// `counts` outlives the object, and the object every server whose receiver has endpoints of it.
    endpoint_watches(metrics& counts, std::shared_ptr<log> lines);
    ~endpoint_watches();
    endpoint_watches(const endpoint_watches&) = delete;
    endpoint_watches& operator=(const endpoint_watches&) = delete;

    /// These are the configured endpoints from now on, at the start and after each reload: each is given its
    /// watch. One that stays goes on with what is known of it.
    void attach(endpoints& all);

    /// The daemon shows a certificate that ends then; nothing: it shows none.
    void attach_certificate(std::optional<time_point> ends);

    /// Reads from the inbox when each endpoint accepted something last, and the pools of its codes. An
    /// endpoint that has been quiet for many thousands of events of others stays without. Before anything is
    /// received.
    [[nodiscard]] boost::asio::awaitable<result<void>> recall(archive& stored);

    /// Reads the pools of codes anew: the operator, or a reload, has changed them.
    [[nodiscard]] boost::asio::awaitable<result<void>> recall_codes(archive& stored);
    /// The same for those that are still without, however long it takes; beside everything else. Until `end`.
    [[nodiscard]] boost::asio::awaitable<result<void>> recall_quiet(archive& stored, std::stop_token end);

    /// Looks for silence from now on. Until the object is destroyed, before `on`.
    void start(housekeeping& on);

    /// Looks for silence, and at the certificate: a round of housekeeping. When to look again; nothing where
    /// no endpoint expects anything and there is no certificate.
    [[nodiscard]] std::optional<clock::time_point> check(clock::time_point present);

    /// The configured endpoints, in the order of the configuration.
    [[nodiscard]] std::vector<readings::endpoint> read(clock::time_point present) const;
    /// What the owner should see to.
    [[nodiscard]] std::vector<endpoint_warning> warnings(clock::time_point present) const;
    [[nodiscard]] std::vector<readings::code_pool> read_codes() const;
    /// What each of them counted, by name.
    [[nodiscard]] std::vector<std::pair<std::string, counted_requests>> counted() const;
    [[nodiscard]] std::optional<time_point> certificate_ends() const { return certificate_.ends(); }

private:
    struct place {
        endpoint_watch* watch;
        std::string path;
    };
    void look_again();
    [[nodiscard]] std::optional<clock::time_point> check_safely(clock::time_point present);
    [[nodiscard]] std::vector<place> current() const;

    metrics& counts_;
    const std::shared_ptr<log> log_;
    certificate_watch certificate_;

    mutable std::mutex mutex_;                                                // guards the two below
    std::map<std::pair<std::string, std::string_view>, endpoint_watch> all_;  ///< by name and kind, for good
    std::vector<place> configured_;

    std::optional<housekeeping::duty> duty_;  ///< last: its rounds use all of the above
};

}  // namespace shopbell
