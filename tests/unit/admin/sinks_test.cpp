#include "api_fixture.hpp"

#include "support/exchange.hpp"

#include <shopbell/admin/admin_handler.hpp>

#include <atomic>

namespace shopbell::test {
namespace {

using stopped_sinks = api_test;

TEST_F(stopped_sinks, show_what_the_inbox_holds_for_each) {
    const auto id = put(1);
    put(2);
    settle("crm", {id});
    const auto all = get("/api/sinks").at("sinks");
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all.at(0).at("name"), "disk");
    EXPECT_EQ(all.at(0).at("type"), "file");
    EXPECT_EQ(all.at(0).at("/lag/events"_json_pointer), 2);
    EXPECT_GE(all.at(0).at("/lag/seconds"_json_pointer), 0);
    EXPECT_EQ(all.at(1).at("dead"), 1);
    EXPECT_EQ(all.at(1).at("/lag/events"_json_pointer), 0);
}

TEST_F(stopped_sinks, stay_paused) {
    EXPECT_EQ(post("/api/sinks/crm/pause"), json::parse(R"({"name":"crm","paused":true})"));
    EXPECT_EQ(get("/api/sinks").at("sinks").at(1).at("state"), "paused");
    EXPECT_TRUE(run(context_, inbox_->open_sink("crm")).value().paused);
    EXPECT_EQ(post("/api/sinks/crm/resume").at("paused"), false);
    EXPECT_EQ(get("/api/sinks").at("sinks").at(1).at("state"), "stopped");
    EXPECT_EQ(refusal("POST", "/api/sinks/crn/pause", 404),
              "no sink is named \"crn\" (did you mean \"crm\"?)");
}

TEST_F(stopped_sinks, are_forgotten_only_once_they_left_the_configuration) {
    EXPECT_EQ(refusal("POST", "/api/sinks/crm/forget", 409),
              "sink \"crm\" is configured: remove it from the configuration first");
    sinks_.pop_back();
    api_.emplace(services());
    EXPECT_EQ(get("/api/sinks").at("sinks").at(1).at("state"), "not configured");
    EXPECT_EQ(post("/api/sinks/crm/forget"), json::parse(R"({"name":"crm","forgotten":true})"));
    EXPECT_EQ(get("/api/sinks").at("sinks").size(), 1U);
    EXPECT_EQ(refusal("POST", "/api/sinks/crm/forget", 404), "no sink is named \"crm\"");
}

/// Refuses every event until it is told otherwise.
class moody_sink final : public sink {
public:
    explicit moody_sink(std::atomic<bool>& refuses) : refuses_(refuses) {}
    [[nodiscard]] std::size_t batch_limit() const noexcept override { return 1; }
    [[nodiscard]] boost::asio::awaitable<std::vector<outcome>> deliver(event_batch events) override {
        if (refuses_)
            co_return std::vector<outcome>(events.size(), outcome(reject{"answered 410"}));
        co_return std::vector<outcome>(events.size(), outcome(delivered()));
    }

private:
    std::atomic<bool>& refuses_;
};

class running_sinks : public api_test {
protected:
    running_sinks() {
        std::vector<configured_sink> sinks;
        for (const auto& one : sinks_) {
            configured_sink made;
            made.name = one.name;
            made.type = one.type;
            made.target = std::make_unique<moody_sink>(refuses_);
            sinks.push_back(std::move(made));
        }
        delivery_.emplace(std::move(sinks), std::make_shared<const routes>(routes_), *inbox_, counts_,
                          log::null());
        EXPECT_TRUE(delivery_->start());
        auto around = services();
        around.deliveries = &*delivery_;
        api_.emplace(std::move(around));
    }
    ~running_sinks() override {
        (void)delivery_->stop(std::chrono::seconds(10));
        inbox_.reset();
    }

    /// Asks until the answer is so; the delivery works on its own thread meanwhile.
    template <class Condition>
    [[nodiscard]] bool comes_true(Condition holds) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!holds()) {
            if (std::chrono::steady_clock::now() > end)
                return false;
        }
        return true;
    }

    std::atomic<bool> refuses_ = false;
    metrics counts_;
    std::optional<delivery> delivery_;
};

TEST_F(running_sinks, show_what_the_daemon_does_with_each) {
    put(1);
    ASSERT_TRUE(comes_true([&] { return get("/api/sinks").at("sinks").at(1).at("delivered") == 1; }));
    const auto one = get("/api/sinks").at("sinks").at(1);
    EXPECT_EQ(one.at("name"), "crm");
    EXPECT_EQ(one.at("state"), "running");
    EXPECT_EQ(one.at("in_flight"), 0);
    EXPECT_EQ(one.at("failed"), 0);
    EXPECT_FALSE(one.contains("last_error"));
}

TEST_F(running_sinks, deliver_again_what_is_replayed_and_retried) {
    const auto id = put(1);
    ASSERT_TRUE(comes_true([&] { return get("/api/events/" + id).at("state") == "delivered"; }));
    refuses_ = true;
    EXPECT_EQ(post("/api/events/" + id + "/replay?sink=crm").at("deliveries"), 1);
    ASSERT_TRUE(comes_true([&] { return get("/api/dead?sink=crm").at("dead").size() == 1; }));
    refuses_ = false;
    EXPECT_EQ(post("/api/dead/crm/" + id + "/retry").at("count"), 1);
    ASSERT_TRUE(comes_true([&] { return get("/api/events/" + id).at("state") == "delivered"; }));
    std::vector<std::string> told;
    const auto shown = get("/api/events/" + id);
    for (const auto& entry : shown.at("/deliveries/0/history"_json_pointer))
        told.push_back(entry.at("what"));
    EXPECT_EQ(told, (std::vector<std::string>{"replayed", "dead", "retried", "delivered"}));
}

TEST_F(running_sinks, hold_still_while_paused) {
    EXPECT_EQ(post("/api/sinks/crm/pause").at("paused"), true);
    EXPECT_EQ(get("/api/sinks").at("sinks").at(1).at("state"), "paused");
    const auto id = put(1);
    ASSERT_TRUE(comes_true([&] { return get("/api/sinks").at("sinks").at(0).at("delivered") == 1; }));
    EXPECT_EQ(get("/api/events/" + id).at("state"), "pending");
    EXPECT_EQ(post("/api/sinks/crm/resume").at("paused"), false);
    EXPECT_TRUE(comes_true([&] { return get("/api/events/" + id).at("state") == "delivered"; }));
}

TEST_F(running_sinks, let_go_of_what_is_forgotten) {
    EXPECT_EQ(post("/api/sinks/crm/pause").at("paused"), true);
    put(1, "jumpseller.order.paid", "jane@example.com");
    EXPECT_EQ(post("/api/forget", R"({"email":"jane@example.com"})").at("erased"), 1);
    EXPECT_EQ(post("/api/sinks/crm/resume").at("paused"), false);
    put(2);
    EXPECT_TRUE(comes_true([&] { return get("/api/sinks").at("sinks").at(1).at("delivered") == 1; }));
}

class the_admin_listener : public api_test {
protected:
    http::response request(std::string path, headers fields, std::string method = "GET") {
        admin_settings settings;
        settings.listen = http::listen_address::parse("127.0.0.1:9180");
        const admin_handler handler(settings, std::make_shared<const operator_api>(services()));
        http::request_head head;
        head.method = std::move(method);
        head.path = std::move(path);
        head.fields = std::move(fields);
        return answer(context_, handler, http::request(std::move(head), ""));
    }
};

TEST_F(the_admin_listener, serves_health_checks_to_all_and_the_rest_to_the_operator) {
    EXPECT_EQ(request("/healthz", {}).status, 200U);
    EXPECT_EQ(request("/readyz", {{"Host", "shop.example"}}).status, 200U);
    EXPECT_EQ(request("/api/sinks", {{"Host", "shop.example"}}).status, 403U);
    EXPECT_EQ(request("/api/sinks", {{"Host", "localhost:9180"}}).status, 200U);
    EXPECT_EQ(request("/api/forget", {{"Host", "localhost:9180"}}, "POST").status, 403U);
    EXPECT_EQ(request("/api/nothing", {{"Host", "localhost:9180"}}).status, 404U);
    EXPECT_EQ(request("/apix", {{"Host", "localhost:9180"}}).status, 404U);
}

}  // namespace
}  // namespace shopbell::test
