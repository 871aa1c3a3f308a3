#pragma once

#include <shopbell/core/clock.hpp>
#include <shopbell/core/headers.hpp>
#include <shopbell/core/json.hpp>
#include <shopbell/core/json_writer.hpp>
#include <shopbell/core/result.hpp>
#include <shopbell/stores/provider.hpp>

#include <boost/asio/ip/address.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// Requests that were refused for the same reason and came from the same network, as an operator sees them.
/// Texts of strangers are cut and well-formed UTF-8, but for the body.
struct rejection_record {
    std::uint64_t number = 0;  ///< grows with every refusal: the order of lists
    std::string endpoint;      ///< empty: none has that path
    std::string provider;
    unsigned status = 0;
    std::string reason;  ///< the latest one's, as the log has it
    likely_cause found;
    time_point first;
    time_point last;
    std::uint64_t count = 1;
    // What follows is the latest one's.
    std::string client;                ///< an address; empty where it is not known
    boost::asio::ip::address network;  ///< of the client; the log itself fills it in
    std::string method;
    std::string path;
    headers fields;           ///< all names; values only of those that hold no credentials, the others empty
    std::uint64_t bytes = 0;  ///< of the body, 0 where it was not read
    std::string body;         ///< its beginning, where the endpoint keeps it; no known secret stands in it
    bool body_cut = false;
};

/// The network that an address shares with others of one owner: its IPv4 /24, its IPv6 /48. What one of them
/// does counts for all, or a single machine with many addresses would look like many.
[[nodiscard]] boost::asio::ip::address network_of(const boost::asio::ip::address& client);

/// The same for an address as text; the unspecified address for any other text.
[[nodiscard]] boost::asio::ip::address network_of(std::string_view client);

/// What is wrong, in a few words: a diagnosis without what to change.
[[nodiscard]] std::string_view summary_of(const likely_cause& found) noexcept;

/// One object, as /api/rejections shows it and the file keeps it.
void write_rejection(json_writer& out, const rejection_record& one);

/// Which records are meant.
struct rejection_filter {
    std::string endpoint;             ///< empty: any, also none
    std::optional<time_point> since;  ///< of the latest request
};

/// The latest refused requests of each endpoint. A flood of requests that are alike is one record with a
/// count, so that it does not push out the one that tells something. Where an endpoint has too many records,
/// those that anybody can cause go before those that only a holder of a secret can, of these one of the kind
/// that has most, of these the oldest. Bounded in memory, and so in its file. Thread-safe.
class rejection_log {
public:
    /// Records kept of one endpoint; also of requests that belong to none.
    static constexpr std::size_t most = 50;
    /// Of one body, and of all bodies of one endpoint: beyond it the oldest go.
    static constexpr std::size_t largest_body = 64 * 1024;
    static constexpr std::size_t most_body_bytes = 512 * 1024;

    /// Counts it where there is one like it. True where there was none.
    bool add(rejection_record one);

    struct page {
        std::vector<rejection_record> items;
        std::optional<std::uint64_t> next;  ///< give it back as `before`
    };
    /// The latest first. `before`: only those with a lower number; nothing: from the latest.
    [[nodiscard]] page list(std::optional<std::uint64_t> before, std::size_t limit,
                            const rejection_filter& filter = rejection_filter()) const;

    struct census {
        std::size_t kinds = 0;     ///< records
        std::uint64_t newest = 0;  ///< number of the latest one; 0: there is none
    };
    [[nodiscard]] census count() const;
    /// Number of the latest record of that endpoint, and what was found.
    struct headline {
        std::uint64_t number = 0;
        likely_cause found;
    };
    [[nodiscard]] std::optional<headline> latest_of(std::string_view endpoint) const;

    /// Takes away what is of other endpoints; what belongs to none stays.
    void keep_endpoints(std::span<const std::string_view> names);

    /// Takes away the bodies for which `concerned` is true and returns how many.
    std::size_t erase_bodies(const std::function<bool(std::string_view body)>& concerned);

    /// Refused requests that are being looked into: who has just caused one may want to wait for it.
    [[nodiscard]] std::size_t pending() const noexcept { return pending_; }
    void begin_pending() noexcept { ++pending_; }
    void end_pending() noexcept { --pending_; }

    /// Another one after each change.
    [[nodiscard]] std::uint64_t version() const;

    /// Everything as one JSON document, and back: fails with `malformed`.
    [[nodiscard]] std::string to_json() const;
    [[nodiscard]] result<void> read_json(std::string_view text);

private:
    using records = std::vector<rejection_record>;
    [[nodiscard]] std::vector<const rejection_record*> latest_first() const;

    std::atomic<std::size_t> pending_ = 0;
    mutable std::mutex mutex_;  // guards all below
    std::map<std::string, records, std::less<>> by_endpoint_;
    std::uint64_t last_number_ = 0;
    std::uint64_t version_ = 0;
};

/// Where the daemon with that inbox keeps its rejections.
[[nodiscard]] std::string rejections_path(const std::string& inbox_path);

/// Fails with `io` or `malformed`; a file that is not there is no failure.
[[nodiscard]] result<void> load_rejections(const std::string& path, rejection_log& into);

/// Exchanges the whole file at once (mode 0600), without waiting for the disk: what a power cut takes is a
/// record of refusals, no event. Fails with `io`.
[[nodiscard]] result<void> save_rejections(const std::string& path, const rejection_log& from);

}  // namespace shopbell
