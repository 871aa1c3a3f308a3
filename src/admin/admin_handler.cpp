#include <shopbell/admin/admin_handler.hpp>

#include "access.hpp"
#include "page.hpp"

#include <shopbell/core/text.hpp>

namespace shopbell {

admin_handler::admin_handler(const admin_settings& settings, const inbox& store,
                             std::shared_ptr<const operator_api> api, const endpoint_watches* watched,
                             const metrics_page* numbers)
    : admission_(std::make_shared<const admission>(settings)),
      unix_socket_(settings.listen && !settings.listen->unix_path.empty()),
      health_(store, admission(settings).any, watched),
      numbers_(numbers),
      api_(std::move(api)) {}

admin_handler::admission::admission(const admin_settings& settings)
    : change(settings.token), any(settings.token), proxies(settings.trusted_proxies) {
    any.insert(any.end(), settings.view_token.begin(), settings.view_token.end());
}

void admin_handler::replace(const admin_settings& settings, std::shared_ptr<const operator_api> api) {
    auto next = std::make_shared<const admission>(settings);
    health_.replace(next->any);
    admission_.set(std::move(next));
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
        auto refused = refuse_stranger(head.fields, admission_.get()->any);
        return refused ? std::move(refused) : refuse_change(head.method);
    }
    if (is_page_path(head.path)) {
        auto refused = refuse_page_access(head, admission_.get()->any, unix_socket_);
        return refused ? std::move(refused) : refuse_change(head.method);
    }
    if (!operator_api::is_path(head.path))
        return health_.screen(head);
    if (auto refused = refuse_access(head, admission_.get()->any, unix_socket_)) {
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
    auto who = caller_of(one.head);
    co_return co_await api->answer(std::move(one), std::move(who));
}

/// Whoever comes over the unix socket, or from a trusted proxy, may say for whom it speaks.
api_caller admin_handler::caller_of(const http::request_head& head) const {
    constexpr std::size_t longest_user = 128;
    const auto admitted = admission_.get();
    api_caller who;
    who.token_asked = !admitted->any.empty();
    who.may_change = admitted->change.empty() || has_token(head.fields, admitted->change);
    if (head.client)
        who.client = head.client->to_string();
    if (unix_socket_ || (head.client && http::contains(admitted->proxies, *head.client)))
        who.user = to_utf8_lossy(value_of(head.fields, "X-Forwarded-User").substr(0, longest_user));
    return who;
}

}  // namespace shopbell
