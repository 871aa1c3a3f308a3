#include "api_fixture.hpp"

#include "support/exchange.hpp"

#include <shopbell/admin/admin_handler.hpp>

#include <filesystem>

namespace shopbell::test {
namespace {

/// What the admin listener says to those who look after the machine.
class health_test : public api_test {
protected:
    http::response get_as(const secrets& tokens, const std::string& path, headers fields = {},
                          std::string method = "GET") {
        admin_settings settings;
        settings.token = tokens;
        const admin_handler handler(settings, std::make_shared<const operator_api>(services()));
        http::request_head head;
        head.method = std::move(method);
        head.path = path;
        head.fields = std::move(fields);
        return answer(context_, handler, http::request(std::move(head), ""));
    }
    http::response get(const std::string& path) { return get_as({}, path); }

    /// Sinks whose delivery does not run would be worth a warning.
    void take_sinks_away() {
        for (const auto& sink : sinks_) {
            change removal(sink_removal{sink.name});
            (void)run(context_, inbox_->apply(std::move(removal)));
        }
        sinks_.clear();
    }
};

TEST_F(health_test, is_healthy_and_ready_while_it_can_commit) {
    take_sinks_away();
    EXPECT_EQ(get("/healthz").status, 200U);
    const auto ready = get("/readyz");
    EXPECT_EQ(ready.status, 200U);
    EXPECT_EQ(ready.body, R"({"status":"ready"})");
}

TEST_F(health_test, says_why_it_is_not_ready) {
    checks_->start_draining();
    const auto draining = get("/readyz");
    EXPECT_EQ(draining.status, 503U);
    EXPECT_EQ(draining.body, R"({"status":"not ready","reasons":["draining"]})");
    EXPECT_EQ(get("/healthz").status, 200U);

    std::filesystem::remove(folder_.file("inbox.db"));
    settlement any;
    any.sink = "disk";
    ASSERT_FALSE(run(context_, inbox_->settle(any)));
    EXPECT_NE(get("/readyz").body.find("was removed or replaced"), std::string::npos);
}

TEST_F(health_test, is_ready_but_warns_of_an_endpoint_that_fails) {
    take_sinks_away();
    answered_request failed;
    failed.status = 401;
    for (int i = 0; i < 4; ++i)
        endpoints_[0].watch->answered(failed);
    const auto ready = get("/readyz");
    EXPECT_EQ(ready.status, 200U);
    EXPECT_EQ(ready.body, R"({"status":"ready","warnings":["endpoint shop fails: 4 deliveries in a row; )"
                          R"(after 8 the store pauses its webhook"]})");
}

TEST_F(health_test, is_ready_but_warns_of_a_sink_that_gave_up_an_event) {
    const auto id = put(1);
    settle("disk", {id});
    const auto ready = get("/readyz");
    EXPECT_EQ(ready.status, 200U);
    EXPECT_NE(ready.body.find(R"("warnings":["sink disk: 1 dead letter")"), std::string::npos) << ready.body;
}

TEST_F(health_test, is_ready_but_warns_of_a_certificate_that_ends) {
    take_sinks_away();
    watches_.attach_certificate(now() + std::chrono::days(60));
    EXPECT_EQ(get("/readyz").body, R"({"status":"ready"})");
    watches_.attach_certificate(now() + std::chrono::days(3));
    const auto ready = get("/readyz");
    EXPECT_EQ(ready.status, 200U);
    EXPECT_NE(ready.body.find(R"("warnings":["the TLS certificate ends on )"), std::string::npos)
        << ready.body;
}

TEST_F(health_test, knows_its_paths_and_methods) {
    EXPECT_EQ(get("/livez").status, 404U);
    EXPECT_EQ(get("/readyz/").status, 404U);
    const auto refused = get_as({}, "/readyz", {}, "POST");
    EXPECT_EQ(refused.status, 405U);
    EXPECT_EQ(value_of(refused.fields, "Allow"), "GET, HEAD");
    EXPECT_EQ(get_as({}, "/readyz", {}, "HEAD").status, 200U);
}

TEST_F(health_test, opens_only_to_its_token) {
    const secrets tokens = {secret("test-token"), secret("new-token")};
    const auto with = [&](std::string credentials) {
        return get_as(tokens, "/readyz", {{"Authorization", std::move(credentials)}}).status;
    };
    EXPECT_EQ(get_as(tokens, "/readyz").status, 401U);
    EXPECT_EQ(get_as(tokens, "/nothing").status, 401U) << "who may not look learns nothing";
    EXPECT_EQ(with("Bearer wrong-token"), 401U);
    EXPECT_EQ(with("Basic test-token"), 401U);
    EXPECT_EQ(with("bearer test-token"), 200U);
    EXPECT_EQ(with("Bearer new-token"), 200U);
}

}  // namespace
}  // namespace shopbell::test
