#pragma once

#include <shopbell/core/log.hpp>
#include <shopbell/core/rate_limited_log.hpp>
#include <shopbell/inbox/inbox.hpp>
#include <shopbell/ingest/codes.hpp>
#include <shopbell/ingest/endpoint_warning.hpp>
#include <shopbell/metrics/endpoint_metrics.hpp>
#include <shopbell/metrics/readings.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// Keeps an eye on the codes of one endpoint: tells the owner of a pool that runs low, and of each request
/// that was answered without codes. A buyer waits at the other end, and the store does not ask again.
/// Thread-safe.
class code_watch {
public:
    /// `counts` outlives the watch.
    code_watch(std::string endpoint, endpoint_metrics& counts, std::shared_ptr<log> lines);

    /// As configured from now on; null: the endpoint gives no codes.
    void configure(const code_settings* settings);

    /// The endpoint's pools as they are, all of them.
    void replace(std::span<const code_pool> pools);
    /// Those that have changed.
    void update(std::span<const code_pool> pools);

    /// A sale got that many, for the first time.
    void given(std::size_t count);
    /// A sale had its codes before, and got them again.
    void repeated();
    /// A completed sale got none.
    void missing(const std::string& reason);
    /// Any other request at the endpoint was refused. Nothing where the endpoint gives no codes.
    void refused(unsigned status, std::string_view reason);

    [[nodiscard]] std::vector<endpoint_warning> warnings() const;
    [[nodiscard]] std::vector<readings::code_pool> read() const;

private:
    struct level {
        std::uint64_t left = 0;
        std::uint64_t given = 0;
        bool told = false;  ///< that it is low
    };
    void set(const code_pool& pool);
    void tell_if_low(const std::string& product, level& at);
    [[nodiscard]] bool is_low(const std::string& product, const level& at) const;
    [[nodiscard]] std::string way_to_add(std::string_view product) const;

    const std::string endpoint_;
    endpoint_metrics& counts_;
    const std::shared_ptr<log> log_;
    rate_limited_log refusals_{*log_, line_allowance()};

    mutable std::mutex mutex_;  // guards all below
    bool configured_ = false;
    bool from_pool_ = false;
    std::uint64_t low_ = 0;
    std::vector<std::string> closed_;                   ///< products
    std::map<std::string, level, std::less<>> levels_;  ///< by product
    std::optional<std::string> latest_problem_;         ///< since a sale got codes
};

}  // namespace shopbell
