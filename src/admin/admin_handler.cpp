#include <shopbell/admin/admin_handler.hpp>

#include "access.hpp"
#include "routes.hpp"

#include <shopbell/core/text.hpp>

namespace shopbell {

namespace {

std::optional<http::response> refuse_by(access_rule rule, const http::request_head& head,
                                        const secrets& tokens, bool unix_socket) {
    switch (rule) {
        case access_rule::machines:
            return refuse_stranger(head.fields, tokens);
        case access_rule::files:
            return refuse_page_access(head, tokens, unix_socket);
        case access_rule::operators:
            break;
    }
    return refuse_access(head, tokens, unix_socket);
}

}  // namespace

admin_handler::admin_handler(const admin_settings& settings, std::shared_ptr<const operator_api> api)
    : admission_(std::make_shared<const admission>(settings)),
      unix_socket_(settings.listen && !settings.listen->unix_path.empty()),
      api_(std::move(api)) {}

admin_handler::admission::admission(const admin_settings& settings)
    : change(settings.token), any(settings.token), proxies(settings.trusted_proxies) {
    any.insert(any.end(), settings.view_token.begin(), settings.view_token.end());
}

void admin_handler::replace(const admin_settings& settings, std::shared_ptr<const operator_api> api) {
    admission_.set(std::make_shared<const admission>(settings));
    api_.set(std::move(api));
}

http::beginning admin_handler::begin(http::request_head head) const {
    if (auto refused = screen(head))
        return *std::move(refused);
    return http::make_exchange(std::move(head),
                               [this](http::request whole) { return handle(std::move(whole)); });
}

/// Who may not have what is at a path does not learn whether there is anything.
std::optional<http::response> admin_handler::screen(const http::request_head& head) const {
    const auto found = find_route(head);
    auto refused = refuse_by(found.access, head, admission_.get()->any, unix_socket_);
    if (!refused)
        refused = refuse_route(found);
    if (refused && found.access == access_rule::operators)
        refused->fields.push_back({"Cache-Control", "no-store"});
    return refused;
}

boost::asio::awaitable<http::response> admin_handler::handle(http::request request) const {
    const auto api = api_.get();  // a reload must not take it away meanwhile
    auto who = caller_of(request.head);
    co_return co_await api->answer(std::move(request), std::move(who));
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
