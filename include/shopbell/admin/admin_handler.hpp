#pragma once

#include <shopbell/admin/health.hpp>
#include <shopbell/admin/metrics_page.hpp>
#include <shopbell/admin/operator_api.hpp>
#include <shopbell/core/snapshot.hpp>
#include <shopbell/http/handler.hpp>
#include <shopbell/setup/configuration.hpp>

namespace shopbell {

/// What the daemon serves on [admin] listen: the health checks, the metrics, the inspector's page, and behind
/// the access rules the operator's interface. Thread-safe.
class admin_handler final : public http::handler {
public:
    /// All that is referred to outlives the object. Without `watched` nothing is said of endpoints, without
    /// `numbers` there is no /metrics.
    admin_handler(const admin_settings& settings, const inbox& store, std::shared_ptr<const operator_api> api,
                  const endpoint_watches* watched = nullptr, const metrics_page* numbers = nullptr);

    /// A reload: from the next request on another token opens another view of the daemon.
    void replace(const admin_settings& settings, std::shared_ptr<const operator_api> api);

    /// From now on not ready: the process is on its way out.
    void start_draining() noexcept { health_.start_draining(); }

    [[nodiscard]] http::beginning begin(http::request_head head) const override;

private:
    [[nodiscard]] std::optional<http::response> screen(const http::request_head& head) const;
    [[nodiscard]] boost::asio::awaitable<http::response> handle(http::request one) const;
    [[nodiscard]] bool is_metrics(std::string_view path) const noexcept;
    [[nodiscard]] api_caller caller_of(const http::request_head& head) const;

    /// Who is let in, and how far.
    struct admission {
        explicit admission(const admin_settings& settings);
        secrets change;  ///< these tokens open everything; empty: no token is asked for
        secrets any;     ///< these, or those that let one look
        http::networks proxies;
    };
    snapshot<admission> admission_;
    const bool unix_socket_;
    health health_;
    const metrics_page* const numbers_;
    snapshot<operator_api> api_;
};

/// Bytes of a request's body that the interface needs at most.
constexpr std::uint64_t largest_admin_request = 64 * 1024;

}  // namespace shopbell
