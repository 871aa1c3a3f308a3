#include "support/run.hpp"
#include "support/temp_dir.hpp"

#include <shopbell/admin/health.hpp>
#include <shopbell/inbox/sqlite/sqlite_inbox.hpp>
#include <shopbell/ingest/endpoint_watches.hpp>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace shopbell::test {

namespace {

class health_test : public ::testing::Test {
protected:
    health_test() {
        sqlite_settings settings;
        settings.path = folder_.file("inbox.db");
        settings.min_free = 0;
        inbox_ = open_sqlite_inbox(settings, log::null()).value();
    }

    http::response get(const health& asked, std::string path, headers fields = {},
                       std::string method = "GET") {
        http::request_head head;
        head.method = std::move(method);
        head.path = std::move(path);
        head.fields = std::move(fields);
        if (auto refused = asked.screen(head))
            return *refused;
        return run(context_, asked.handle(http::request(std::move(head), "")));
    }

    temp_dir folder_;
    boost::asio::io_context context_{1};
    std::unique_ptr<inbox> inbox_;
};

TEST_F(health_test, is_healthy_and_ready_while_it_can_commit) {
    const health asked(*inbox_, {});
    EXPECT_EQ(get(asked, "/healthz").status, 200U);
    const auto ready = get(asked, "/readyz");
    EXPECT_EQ(ready.status, 200U);
    EXPECT_EQ(ready.body, R"({"status":"ready"})");
}

TEST_F(health_test, says_why_it_is_not_ready) {
    health asked(*inbox_, {});
    asked.start_draining();
    const auto draining = get(asked, "/readyz");
    EXPECT_EQ(draining.status, 503U);
    EXPECT_EQ(draining.body, R"({"status":"not ready","reasons":["draining"]})");
    EXPECT_EQ(get(asked, "/healthz").status, 200U);

    std::filesystem::remove(folder_.file("inbox.db"));
    settlement any;
    any.sink = "file";
    ASSERT_FALSE(run(context_, inbox_->settle(any)));
    EXPECT_NE(get(asked, "/readyz").body.find("was removed or replaced"), std::string::npos);
}

TEST_F(health_test, is_ready_but_warns_of_an_endpoint_that_fails) {
    metrics counts;
    endpoint_watches watches(counts, log::null());
    endpoints all(1);
    all[0].name = "shop";
    all[0].kind = find_provider("jumpseller");
    watches.attach(all);
    const health asked(*inbox_, {}, &watches);
    EXPECT_EQ(get(asked, "/readyz").body, R"({"status":"ready"})");
    answered_request failed;
    failed.status = 401;
    for (int i = 0; i < 4; ++i)
        all[0].watch->answered(failed);
    const auto ready = get(asked, "/readyz");
    EXPECT_EQ(ready.status, 200U);
    EXPECT_EQ(ready.body, R"({"status":"ready","warnings":["endpoint shop fails: 4 deliveries in a row; )"
                          R"(after 8 the store pauses its webhook"]})");
}

TEST_F(health_test, is_ready_but_warns_of_a_certificate_that_ends) {
    metrics counts;
    endpoint_watches watches(counts, log::null());
    const health asked(*inbox_, {}, &watches);
    watches.attach_certificate(now() + std::chrono::days(60));
    EXPECT_EQ(get(asked, "/readyz").body, R"({"status":"ready"})");
    watches.attach_certificate(now() + std::chrono::days(3));
    const auto ready = get(asked, "/readyz");
    EXPECT_EQ(ready.status, 200U);
    EXPECT_NE(ready.body.find(R"("warnings":["the TLS certificate ends on )"), std::string::npos)
        << ready.body;
}

TEST_F(health_test, knows_its_paths_and_methods) {
    const health asked(*inbox_, {});
    EXPECT_EQ(get(asked, "/").status, 404U);
    const auto refused = get(asked, "/readyz", {}, "POST");
    EXPECT_EQ(refused.status, 405U);
    EXPECT_EQ(value_of(refused.fields, "Allow"), "GET, HEAD");
}

TEST_F(health_test, opens_only_to_its_token) {
    const health asked(*inbox_, {secret("test-token"), secret("new-token")});
    EXPECT_EQ(get(asked, "/readyz").status, 401U);
    EXPECT_EQ(get(asked, "/readyz", {{"Authorization", "Bearer wrong-token"}}).status, 401U);
    EXPECT_EQ(get(asked, "/readyz", {{"Authorization", "Basic test-token"}}).status, 401U);
    EXPECT_EQ(get(asked, "/readyz", {{"Authorization", "bearer test-token"}}).status, 200U);
    EXPECT_EQ(get(asked, "/readyz", {{"Authorization", "Bearer new-token"}}).status, 200U);
}

}  // namespace

}  // namespace shopbell::test
