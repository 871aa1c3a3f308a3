#include "daemon_client.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <exception>

namespace shopbell {

namespace {

namespace asio = boost::asio;

/// A stored body may have 64 MiB, and stands in its event's document once more.
constexpr std::size_t largest_answer = 512UL * 1024 * 1024;

using answer = result<http::incoming_response>;

auto keep_in(answer& where) {
    return [&where](const std::exception_ptr& thrown, answer given) {
        if (thrown)
            std::rethrow_exception(thrown);
        where = std::move(given);
    };
}

class daemon_client final : public operator_client {
public:
    explicit daemon_client(const admin_settings& admin) : at_(reachable(*admin.listen)) {
        fields_.push_back({"X-Requested-With", "shopbell"});
        if (!admin.token.empty())
            authorization_ = secret("Bearer " + std::string(admin.token.front().reveal()));
    }

    answer ask(const std::string& method, const std::string& target, std::string body) override {
        asio::io_context context(1);
        const auto client = connect(target);
        if (!client)
            return client.error();
        auto fields = fields_with_token();
        if (!body.empty())
            fields.push_back({"Content-Type", "application/json"});
        http::outgoing_request one(method, std::move(fields), std::move(body));
        answer received = failure{errc::unavailable, "no answer"};
        asio::co_spawn(context, (*client)->send(std::move(one)), keep_in(received));
        context.run();
        return received;
    }

    answer follow(const std::string& target, const std::function<bool(std::string_view)>& consume) override {
        asio::io_context context(1);
        const auto client = connect(target);
        if (!client)
            return client.error();
        asio::signal_set signals(context, SIGINT, SIGTERM);
        asio::cancellation_signal stop;
        bool stopped = false;
        const auto end = [&] {
            stopped = true;
            stop.emit(asio::cancellation_type::terminal);
        };
        signals.async_wait([&](const auto& error, int) {
            if (!error)
                end();
        });
        auto take = [&](std::string_view bytes) {
            // Ended from within the client's own call, it would be cancelled under its own feet.
            if (!stopped && !consume(bytes)) {
                stopped = true;
                asio::post(context, end);
            }
        };
        answer received = failure{errc::unavailable, "no answer"};
        auto finished = [&, keep = keep_in(received)](std::exception_ptr thrown, answer given) {
            signals.cancel();
            keep(stopped ? std::exception_ptr() : thrown, std::move(given));
        };
        http::outgoing_request one("GET", fields_with_token(), std::string());
        asio::co_spawn(context, (*client)->stream(std::move(one), std::move(take)),
                       asio::bind_cancellation_slot(stop.slot(), std::move(finished)));
        context.run();
        if (!stopped)
            return received;
        http::incoming_response ended;
        ended.status = 200;
        return ended;
    }

    std::string way_to_page() const override {
        if (at_.unix_path.empty())
            return "http://" + at_.to_string() + "/";
        return "http://127.0.0.1:9180/ behind ssh -L 9180:" + at_.unix_path + " HOST";
    }

private:
    [[nodiscard]] headers fields_with_token() const {
        auto fields = fields_;
        if (!authorization_.empty())
            fields.push_back({"Authorization", std::string(authorization_.reveal())});
        return fields;
    }

    [[nodiscard]] result<std::unique_ptr<http::client>> connect(const std::string& target) const {
        const bool is_unix = !at_.unix_path.empty();
        auto url =
            http::url::parse("http://" + (is_unix ? std::string("localhost") : at_.to_string()) + target);
        if (!url)
            return url.error();
        http::client_settings settings;
        settings.url = *std::move(url);
        settings.unix_path = at_.unix_path;
        settings.max_body = largest_answer;
        return http::client::create(std::move(settings));
    }

    const http::listen_address at_;
    headers fields_;
    secret authorization_{std::string()};
};

}  // namespace

std::unique_ptr<operator_client> make_daemon_client(const admin_settings& admin) {
    return std::make_unique<daemon_client>(admin);
}

http::listen_address reachable(http::listen_address listening) {
    if (!listening.unix_path.empty() || !listening.ip.is_unspecified())
        return listening;
    if (listening.ip.is_v4())
        listening.ip = asio::ip::address_v4::loopback();
    else
        listening.ip = asio::ip::address_v6::loopback();
    return listening;
}

}  // namespace shopbell
