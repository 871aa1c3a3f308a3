#pragma once

#include <shopbell/admin/health.hpp>
#include <shopbell/admin/operator_api.hpp>
#include <shopbell/http/server.hpp>
#include <shopbell/setup/configuration.hpp>

namespace shopbell {

/// What the daemon serves on [admin] listen: the health checks, and behind the access rules the operator's
/// interface. Thread-safe.
class admin_handler final : public http::handler {
public:
    /// `store` and `api` outlive the object.
    admin_handler(const admin_settings& settings, const inbox& store, const operator_api& api);

    /// From now on not ready: the process is on its way out.
    void start_draining() noexcept { health_.start_draining(); }

    [[nodiscard]] std::optional<http::response> screen(const http::request_head& head) const override;
    [[nodiscard]] boost::asio::awaitable<http::response> handle(http::request one) const override;

private:
    const secrets token_;
    const bool unix_socket_;
    health health_;
    const operator_api& api_;
};

/// Bytes of a request's body that the interface needs at most.
constexpr std::uint64_t largest_admin_request = 64 * 1024;

}  // namespace shopbell
