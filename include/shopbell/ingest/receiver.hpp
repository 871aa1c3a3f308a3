#pragma once

#include <shopbell/http/server.hpp>
#include <shopbell/inbox/inbox.hpp>
#include <shopbell/ingest/endpoint.hpp>

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <vector>

namespace shopbell {

/// The first half of the program: request in, receipt or refusal out (interface.md, section 4). A 200 leaves
/// here only after the inbox said that the event is on stable storage. Thread-safe: nothing changes after
/// construction.
class receiver final : public http::handler {
public:
    /// Both outlive the receiver.
    receiver(const std::vector<endpoint>& endpoints, inbox& store);

    [[nodiscard]] std::optional<http::response> screen(const http::request_head& head) const override;
    [[nodiscard]] boost::asio::awaitable<http::response> handle(http::request one) const override;

private:
    [[nodiscard]] const endpoint* find(std::string_view path) const noexcept;

    const std::vector<endpoint>& endpoints_;
    inbox& inbox_;
};

}  // namespace shopbell
