#pragma once

#include <shopbell/crypto/secret.hpp>
#include <shopbell/http/server.hpp>
#include <shopbell/inbox/inbox.hpp>

#include <boost/asio/awaitable.hpp>
#include <atomic>
#include <optional>

namespace shopbell {

/// The operator's interface as far as it goes today (interface.md, section 6): GET /healthz answers 200 while
/// the process serves, GET /readyz 200 while it can commit and 503 with the reason while not. Thread-safe.
class health final : public http::handler {
public:
    /// `store` outlives the object. With a token, `Authorization: Bearer` is asked for.
    health(const inbox& store, secrets token);

    /// From now on not ready: the process is on its way out.
    void start_draining() noexcept { draining_ = true; }

    [[nodiscard]] std::optional<http::response> screen(const http::request_head& head) const override;
    [[nodiscard]] boost::asio::awaitable<http::response> handle(http::request one) const override;

private:
    [[nodiscard]] bool is_authorized(const headers& fields) const;
    [[nodiscard]] http::response readiness() const;

    const inbox& inbox_;
    const secrets token_;
    std::atomic<bool> draining_ = false;
};

}  // namespace shopbell
