#include "inbox_client.hpp"

#include <shopbell/admin/operator_api.hpp>
#include <shopbell/setup/engine.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>

namespace shopbell {

namespace {

namespace asio = boost::asio;

class inbox_client final : public operator_client {
public:
    inbox_client(std::unique_ptr<archive> events, std::unique_ptr<rejection_log> refused,
                 const operator_settings& settings)
        : events_(std::move(events)),
          refused_(std::move(refused)),
          api_(operator_services{
              *events_, std::make_shared<const routes>(settings.routes), settings.sinks, nullptr, nullptr,
              refused_.get(), std::make_shared<const delivery_reading>(settings.readers), settings.codes}) {}

    result<http::incoming_response> ask(const std::string& method, const std::string& target,
                                        std::string body) override {
        http::request_head head;
        head.method = method;
        head.path = target.substr(0, target.find('?'));
        head.query = target.substr(std::min(head.path.size() + 1, target.size()));
        std::optional<http::response> given;
        auto finished = [&given](std::exception_ptr thrown, std::optional<http::response> returned) {
            if (thrown)
                std::rethrow_exception(thrown);
            given = std::move(returned);
        };
        http::request one(std::move(head), std::move(body));
        asio::co_spawn(context_, answer(std::move(one)), std::move(finished));
        context_.restart();
        context_.run();
        http::incoming_response made;
        made.status = given->status;
        made.fields = std::move(given->fields);
        made.body = std::move(given->body);
        return made;
    }

    result<http::incoming_response> follow(const std::string& target,
                                           const std::function<bool(std::string_view)>&) override {
        return ask("GET", target, {});
    }

private:
    /// co_spawn hands over only what can be made from nothing.
    asio::awaitable<std::optional<http::response>> answer(http::request one) {
        co_return co_await api_.answer(std::move(one));
    }

    asio::io_context context_{1};
    const std::unique_ptr<archive> events_;
    const std::unique_ptr<rejection_log> refused_;
    const operator_api api_;
};

}  // namespace

result<std::unique_ptr<operator_client>> make_inbox_client(const operator_settings& settings) {
    auto events = open_archive(settings.inbox);
    if (!events)
        return events.error();
    auto refused = std::make_unique<rejection_log>();
    if (!load_rejections(rejections_path(local_files_of(settings.inbox)), *refused))
        refused.reset();  // the events are worth more
    return std::unique_ptr<operator_client>(
        std::make_unique<inbox_client>(*std::move(events), std::move(refused), settings));
}

}  // namespace shopbell
