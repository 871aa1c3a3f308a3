#include <shopbell/admin/health.hpp>

#include "access.hpp"

#include <shopbell/core/json_writer.hpp>

namespace shopbell {

namespace {

void write_list(json_writer& out, std::string_view name, const std::vector<std::string>& texts) {
    if (texts.empty())
        return;
    out.key(name).begin_array();
    for (const auto& text : texts)
        out.string(text);
    out.end_array();
}

}  // namespace

health::health(const inbox& store, secrets token, const endpoint_watches* watched)
    : inbox_(store), token_(std::make_shared<const secrets>(std::move(token))), watched_(watched) {}

std::optional<http::response> health::screen(const http::request_head& head) const {
    if (auto refused = refuse_stranger(head.fields, *token_.get()))
        return refused;
    if (head.path != "/healthz" && head.path != "/readyz")
        return http::response::error(404, http::error_text(404));
    return refuse_change(head.method);
}

boost::asio::awaitable<http::response> health::handle(http::request one) const {
    if (one.head.path == "/readyz")
        co_return readiness();
    co_return http::response(200, R"({"status":"ok"})");
}

std::vector<std::string> health::hindrances() const {
    std::vector<std::string> reasons;
    if (draining_)
        reasons.emplace_back("draining");
    if (auto trouble = inbox_.trouble())
        reasons.push_back(*std::move(trouble));
    return reasons;
}

http::response health::readiness() const {
    const auto reasons = hindrances();
    json_writer body;
    body.begin_object().field("status", reasons.empty() ? "ready" : "not ready");
    write_list(body, "reasons", reasons);
    if (watched_ != nullptr)
        write_list(body, "warnings", watched_->warnings(endpoint_watches::clock::now()));
    body.end_object();
    return {reasons.empty() ? 200U : 503U, body.take()};
}

}  // namespace shopbell
