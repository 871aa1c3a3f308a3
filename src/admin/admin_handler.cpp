#include <shopbell/admin/admin_handler.hpp>

#include "access.hpp"

namespace shopbell {

admin_handler::admin_handler(const admin_settings& settings, const inbox& store, const operator_api& api)
    : token_(settings.token),
      unix_socket_(settings.listen && !settings.listen->unix_path.empty()),
      health_(store, settings.token),
      api_(api) {}

std::optional<http::response> admin_handler::screen(const http::request_head& head) const {
    if (!operator_api::is_path(head.path))
        return health_.screen(head);
    if (auto refused = refuse_access(head, token_, unix_socket_)) {
        refused->fields.push_back({"Cache-Control", "no-store"});
        return refused;
    }
    return api_.screen(head);
}

boost::asio::awaitable<http::response> admin_handler::handle(http::request one) const {
    if (!operator_api::is_path(one.head.path))
        co_return co_await health_.handle(std::move(one));
    co_return co_await api_.answer(std::move(one));
}

}  // namespace shopbell
