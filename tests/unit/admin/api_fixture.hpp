#pragma once

#include "support/run.hpp"
#include "support/temp_dir.hpp"

#include <shopbell/admin/health.hpp>
#include <shopbell/admin/operator_api.hpp>
#include <shopbell/inbox/sqlite/sqlite_inbox.hpp>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <optional>

namespace shopbell::test {

using nlohmann::json;

inline boost::asio::awaitable<std::optional<http::response>> optional_answer(const operator_api& api,
                                                                             http::request one,
                                                                             api_caller who) {
    co_return co_await api.answer(std::move(one), who);
}

/// The operator's interface on a real inbox. Sinks: "disk" (a file) gets everything, "crm" what is paid.
class api_test : public ::testing::Test {
protected:
    api_test() {
        sqlite_settings settings;
        settings.path = folder_.file("inbox.db");
        settings.min_free = 0;
        inbox_ = open_sqlite_inbox(settings, log::null()).value();
        archive_ = open_sqlite_archive(settings.path).value();
        checks_.emplace(*inbox_);
        routes_ = {route_to("disk", "**"), route_to("crm", "*.order.paid")};
        for (const auto& one : sinks_)
            (void)run(context_, inbox_->open_sink(one.name)).value();
        endpoints_[0].name = "shop";
        endpoints_[0].path = "/hooks/shop";
        endpoints_[0].kind = find_provider("jumpseller");
        watches_.attach(endpoints_);
        counted_.emplace(*archive_, watches_, counts_, log::null());
    }

    static route route_to(std::string sink, std::string type) {
        route one;
        one.events = {std::move(type)};
        one.endpoints = {"*"};
        one.sinks = {std::move(sink)};
        return one;
    }

    [[nodiscard]] operator_services services() {
        operator_services around{
            *archive_, std::make_shared<const routes>(routes_), sinks_, inbox_.get(), nullptr, &refused_};
        around.endpoints = &watches_;
        around.counted = &*counted_;
        around.started_at = started_at_;
        around.min_free_disk = 1024;
        around.checks = &*checks_;
        return around;
    }

    /// Stores an order's event and returns its id.
    std::string put(int number, std::string type = "jumpseller.order.paid",
                    std::string email = "a@example.com", std::string endpoint = "shop") {
        arrival one;
        one.endpoint = std::move(endpoint);
        one.provider = "jumpseller";
        one.type = std::move(type);
        one.subject = "order/" + std::to_string(number);
        one.store = "mystore";
        one.fields = {{"Content-Type", "application/json"}, {"Jumpseller-Event", "order_paid"}};
        one.body = R"({"order":{"id":)" + std::to_string(number) +
                   R"(,"total":369.20,"customer":{"email":")" + email + R"("}}})";
        one.identity = one.body + one.type;
        return run(context_, inbox_->put(std::move(one))).value().id;
    }

    http::request request_to(std::string method, const std::string& target, std::string body = {}) {
        http::request_head head;
        head.method = std::move(method);
        head.path = target.substr(0, target.find('?'));
        head.query = target.substr(std::min(head.path.size() + 1, target.size()));
        head.fields = fields_;
        return {std::move(head), std::move(body)};
    }

    http::response ask(std::string method, const std::string& target, std::string body = {}) {
        if (!api_)
            api_.emplace(services());
        auto request = request_to(std::move(method), target, std::move(body));
        auto given = run(context_, optional_answer(*api_, std::move(request), caller_));
        return *std::move(given);
    }

    json get(std::string target) { return parse(ask("GET", std::move(target)), 200); }
    json post(std::string target, std::string body = {}) {
        return parse(ask("POST", std::move(target), std::move(body)), 200);
    }
    /// The reason of a refusal.
    std::string refusal(std::string method, std::string target, unsigned status, std::string body = {}) {
        return parse(ask(std::move(method), std::move(target), std::move(body)), status).value("error", "");
    }

    json parse(const http::response& given, unsigned status) {
        EXPECT_EQ(given.status, status) << given.body;
        EXPECT_EQ(value_of(given.fields, "Cache-Control"), "no-store");
        return json::parse(given.body);
    }

    /// The results of a sink up to the newest event: dead where named, else delivered at once.
    void settle(const std::string& sink, const std::vector<std::string>& dead = {}) {
        settlement results;
        results.sink = sink;
        results.begins = true;
        results.position = run(context_, archive_->newest()).value();
        for (const auto& id : dead) {
            const auto number = run(context_, archive_->find(id)).value()->number;
            dead_delivery letter;
            letter.number = number;
            letter.attempts = 2;
            letter.died_at = now();
            letter.last_error = "answered 410";
            results.dead.push_back(letter);
            history_entry entry;
            entry.number = number;
            entry.what = history_entry::kind::failed;
            entry.at = now();
            entry.took = std::chrono::milliseconds(12);
            entry.error = "answered 503";
            entry.response = "try later";
            results.history.push_back(entry);
            entry.what = history_entry::kind::dead;
            entry.error = "answered 410";
            entry.response.clear();
            results.history.push_back(entry);
        }
        ASSERT_TRUE(run(context_, inbox_->settle(std::move(results))));
    }

    static std::vector<std::string> ids_of(const json& list) {
        std::vector<std::string> ids;
        for (const auto& one : list)
            ids.push_back(one.at("id"));
        return ids;
    }

    temp_dir folder_;
    boost::asio::io_context context_{1};
    routes routes_;
    std::vector<operator_sink> sinks_{{"disk", "file", "/var/lib/shopbell/{date}.jsonl"},
                                      {"crm", "forward", ""}};
    std::unique_ptr<inbox> inbox_;
    std::unique_ptr<archive> archive_;
    std::optional<health> checks_;
    rejection_log refused_;
    metrics counts_;
    endpoint_watches watches_{counts_, log::null()};
    endpoints endpoints_ = endpoints(1);
    std::optional<series_recorder> counted_;
    time_point started_at_ = now() - std::chrono::hours(2);
    headers fields_;
    api_caller caller_;
    std::optional<operator_api> api_;
};

}  // namespace shopbell::test
