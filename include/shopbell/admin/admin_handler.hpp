#pragma once

#include <shopbell/admin/operator_api.hpp>
#include <shopbell/core/snapshot.hpp>
#include <shopbell/http/handler.hpp>
#include <shopbell/setup/configuration.hpp>

namespace shopbell {

/// What the daemon serves on [admin] listen: every request passes the rule of access of its route, then goes
/// to the interface. Thread-safe.
class admin_handler final : public http::handler {
public:
    admin_handler(const admin_settings& settings, std::shared_ptr<const operator_api> api);

    /// A reload: from the next request on another token opens another view of the daemon.
    void replace(const admin_settings& settings, std::shared_ptr<const operator_api> api);

    [[nodiscard]] http::beginning begin(http::request_head head) const override;

private:
    /// Who is let in, and how far.
    struct admission {
        explicit admission(const admin_settings& settings);
        secrets change;  ///< these tokens open everything; empty: no token is asked for
        secrets any;     ///< these, or those that let one look
        http::networks proxies;
    };

    [[nodiscard]] std::optional<http::response> screen(const http::request_head& head) const;
    [[nodiscard]] boost::asio::awaitable<http::response> handle(http::request request) const;
    [[nodiscard]] api_caller caller_of(const http::request_head& head) const;

    snapshot<admission> admission_;
    const bool unix_socket_;
    snapshot<operator_api> api_;
};

/// Bytes of a request's body that the interface needs at most.
constexpr std::uint64_t largest_admin_request = 64 * 1024;

}  // namespace shopbell
