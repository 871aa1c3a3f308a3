#pragma once

#include <shopbell/core/snapshot.hpp>
#include <shopbell/crypto/secret.hpp>
#include <shopbell/http/message.hpp>
#include <shopbell/inbox/inbox.hpp>
#include <shopbell/ingest/endpoint_watches.hpp>

#include <boost/asio/awaitable.hpp>
#include <atomic>
#include <optional>
#include <string>
#include <vector>

namespace shopbell {

/// The health checks (interface.md, section 6): GET /healthz answers 200 while the process serves, GET
/// /readyz 200 while it can commit and 503 with the reason while not. Thread-safe.
class health {
public:
    /// `store` and `watched` outlive the object. With a token, `Authorization: Bearer` is asked for. What
    /// is to be said of the endpoints does not make the daemon unready; null: nothing is.
    health(const inbox& store, secrets token, const endpoint_watches* watched = nullptr);

    /// A reload: these open it from now on.
    void replace(secrets token) { token_.set(std::make_shared<const secrets>(std::move(token))); }

    /// From now on not ready: the process is on its way out.
    void start_draining() noexcept { draining_ = true; }

    [[nodiscard]] bool is_ready() const { return hindrances().empty(); }

    [[nodiscard]] std::optional<http::response> screen(const http::request_head& head) const;
    [[nodiscard]] boost::asio::awaitable<http::response> handle(http::request one) const;

private:
    [[nodiscard]] std::vector<std::string> hindrances() const;
    [[nodiscard]] http::response readiness() const;

    const inbox& inbox_;
    snapshot<secrets> token_;
    const endpoint_watches* const watched_;
    std::atomic<bool> draining_ = false;
};

}  // namespace shopbell
