#include <shopbell/admin/health.hpp>

#include "access.hpp"

#include <shopbell/core/json_writer.hpp>

namespace shopbell {

health::health(const inbox& store, secrets token) : inbox_(store), token_(std::move(token)) {}

std::optional<http::response> health::screen(const http::request_head& head) const {
    if (!is_authorized(head.fields)) {
        auto answer = http::response::error(401, http::error_text(401));
        answer.fields.push_back({"WWW-Authenticate", "Bearer realm=\"shopbell\""});
        return answer;
    }
    if (head.path != "/healthz" && head.path != "/readyz")
        return http::response::error(404, http::error_text(404));
    if (head.method == "GET" || head.method == "HEAD")
        return std::nullopt;
    auto answer = http::response::error(405, http::error_text(405));
    answer.fields.push_back({"Allow", "GET, HEAD"});
    return answer;
}

boost::asio::awaitable<http::response> health::handle(http::request one) const {
    if (one.head.path == "/readyz")
        co_return readiness();
    co_return http::response(200, R"({"status":"ok"})");
}

bool health::is_authorized(const headers& fields) const {
    return token_.empty() || has_token(fields, token_);
}

http::response health::readiness() const {
    std::vector<std::string> reasons;
    if (draining_)
        reasons.emplace_back("draining");
    if (auto trouble = inbox_.trouble())
        reasons.push_back(*std::move(trouble));
    json_writer body;
    body.begin_object().field("status", reasons.empty() ? "ready" : "not ready");
    if (!reasons.empty()) {
        body.key("reasons").begin_array();
        for (const auto& reason : reasons)
            body.string(reason);
        body.end_array();
    }
    body.end_object();
    return {reasons.empty() ? 200U : 503U, body.take()};
}

}  // namespace shopbell
