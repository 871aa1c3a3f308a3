#pragma once

#include <shopbell/core/snapshot.hpp>
#include <shopbell/http/handler.hpp>
#include <shopbell/inbox/inbox.hpp>
#include <shopbell/ingest/endpoint.hpp>
#include <shopbell/ingest/refused_request.hpp>

#include <memory>
#include <string_view>

namespace shopbell {

/// The first half of the program: request in, receipt or refusal out (interface.md, section 4). A 200 leaves
/// here only after the inbox said that the event is on stable storage. Thread-safe.
class receiver final : public http::handler {
public:
    /// `store` and `refusals`, which is told of every refusal, outlive the receiver. Every endpoint has its
    /// `watch`, also those of a reload.
    receiver(std::shared_ptr<const endpoints> all, inbox& store, refusal_observer& refusals);

    /// A reload: requests that begin from now on find these in force.
    void replace(std::shared_ptr<const endpoints> all) { endpoints_.set(std::move(all)); }

    [[nodiscard]] http::beginning begin(http::request_head head) const override;
    [[nodiscard]] http::response refuse(const http::server_refusal& why) const override;
    [[nodiscard]] http::response reject_overload() const override;

private:
    snapshot<endpoints> endpoints_;
    inbox& inbox_;
    refusal_observer& refusals_;
};

}  // namespace shopbell
