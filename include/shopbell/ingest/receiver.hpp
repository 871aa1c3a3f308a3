#pragma once

#include <shopbell/core/snapshot.hpp>
#include <shopbell/http/server.hpp>
#include <shopbell/inbox/inbox.hpp>
#include <shopbell/ingest/endpoint.hpp>
#include <shopbell/ingest/refusal_examiner.hpp>

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string_view>

namespace shopbell {

/// The first half of the program: request in, receipt or refusal out (interface.md, section 4). A 200 leaves
/// here only after the inbox said that the event is on stable storage. Thread-safe.
class receiver final : public http::handler {
public:
    /// `store` and `refused`, who is told of every refusal, outlive the receiver. Every endpoint has its
    /// `watch`, also those of a reload.
    receiver(std::shared_ptr<const endpoints> all, inbox& store, refusal_examiner& refused);

    /// A reload: from the next look at a request on, these are in force.
    void replace(std::shared_ptr<const endpoints> all) { endpoints_.set(std::move(all)); }

    [[nodiscard]] std::optional<http::response> screen(const http::request_head& head) const override;
    [[nodiscard]] boost::asio::awaitable<http::response> handle(http::request one) const override;
    [[nodiscard]] request_observer* observer(std::string_view path) const override;
    void refused(const http::server_refusal& one) const override;

private:
    using all_endpoints = snapshot<endpoints>::pointer;
    [[nodiscard]] http::response refuse(const all_endpoints& all, const endpoint& at, rejection why,
                                        unsigned status, std::string reason, http::request from) const;
    [[nodiscard]] http::response refuse_path(const all_endpoints& all, http::request from) const;

    snapshot<endpoints> endpoints_;
    inbox& inbox_;
    refusal_examiner& refused_;
};

}  // namespace shopbell
