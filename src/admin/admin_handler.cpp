#include <shopbell/admin/admin_handler.hpp>

#include "access.hpp"
#include "page.hpp"

namespace shopbell {

admin_handler::admin_handler(const admin_settings& settings, const inbox& store,
                             std::shared_ptr<const operator_api> api, const endpoint_watches* watched,
                             const metrics_page* numbers)
    : token_(std::make_shared<const secrets>(settings.token)),
      unix_socket_(settings.listen && !settings.listen->unix_path.empty()),
      health_(store, settings.token, watched),
      numbers_(numbers),
      api_(std::move(api)) {}

void admin_handler::replace(secrets token, std::shared_ptr<const operator_api> api) {
    health_.replace(token);
    token_.set(std::make_shared<const secrets>(std::move(token)));
    api_.set(std::move(api));
}

bool admin_handler::is_metrics(std::string_view path) const noexcept {
    return numbers_ != nullptr && path == "/metrics";
}

http::beginning admin_handler::begin(http::request_head head) const {
    if (auto refused = screen(head))
        return *std::move(refused);
    return http::make_exchange(std::move(head),
                               [this](http::request whole) { return handle(std::move(whole)); });
}

std::optional<http::response> admin_handler::screen(const http::request_head& head) const {
    if (is_metrics(head.path)) {
        auto refused = refuse_stranger(head.fields, *token_.get());
        return refused ? std::move(refused) : refuse_change(head.method);
    }
    if (is_page_path(head.path)) {
        auto refused = refuse_page_access(head, *token_.get(), unix_socket_);
        return refused ? std::move(refused) : refuse_change(head.method);
    }
    if (!operator_api::is_path(head.path))
        return health_.screen(head);
    if (auto refused = refuse_access(head, *token_.get(), unix_socket_)) {
        refused->fields.push_back({"Cache-Control", "no-store"});
        return refused;
    }
    return api_.get()->screen(head);
}

boost::asio::awaitable<http::response> admin_handler::handle(http::request one) const {
    if (is_metrics(one.head.path))
        co_return co_await numbers_->answer(health_.is_ready());
    if (is_page_path(one.head.path))
        co_return answer_page(one.head);
    if (!operator_api::is_path(one.head.path))
        co_return co_await health_.handle(std::move(one));
    const auto api = api_.get();  // a reload must not take it away meanwhile
    co_return co_await api->answer(std::move(one));
}

}  // namespace shopbell
