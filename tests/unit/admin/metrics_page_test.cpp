#include "api_fixture.hpp"

#include "support/eventually.hpp"
#include "support/exchange.hpp"

#include <shopbell/admin/admin_handler.hpp>
#include <shopbell/admin/metrics_page.hpp>

namespace shopbell::test {
namespace {

/// Refuses everything for good.
class refusing_sink final : public sink {
public:
    [[nodiscard]] std::size_t batch_limit() const noexcept override { return 1; }
    [[nodiscard]] boost::asio::awaitable<std::vector<outcome>> deliver(event_batch events) override {
        co_return std::vector<outcome>(events.size(), outcome(reject{"answered 410"}));
    }
};

/// "disk" and "crm" refuse; "disk" gets everything, "crm" paid orders.
class metrics_page_test : public api_test {
protected:
    metrics_page_test() {
        std::vector<configured_sink> sinks(sinks_.size());
        for (std::size_t i = 0; i < sinks.size(); ++i) {
            sinks[i].name = sinks_[i].name;
            sinks[i].target = std::make_unique<refusing_sink>();
        }
        delivery_.emplace(std::move(sinks), std::make_shared<const routes>(routes_), *inbox_, counts_,
                          log::null());
        EXPECT_TRUE(delivery_->start());

        api_.emplace(services());
        http::server_settings settings;
        settings.listen = {*http::listen_address::parse("127.0.0.1:0")};
        receiving_ = http::server::bind(std::move(settings), nothing_, log::null()).value();
        page_.emplace(measured_parts{counts_, watches_, *archive_, *delivery_, *receiving_, *lines_, 1024});
    }
    ~metrics_page_test() override {
        (void)delivery_->stop(std::chrono::seconds(10));
        inbox_.reset();
    }

    http::response scrape(headers fields = {}, std::string method = "GET") {
        admin_settings settings;
        settings.token = {secret("test-token")};
        auto around = services();
        around.numbers = &*page_;
        const admin_handler handler(settings, std::make_shared<const operator_api>(std::move(around)));
        http::request_head head;
        head.method = std::move(method);
        head.path = "/metrics";
        head.fields = std::move(fields);
        return answer(context_, handler, http::request(std::move(head), ""));
    }

    http::response scrape_as_owner() { return scrape({{"Authorization", "Bearer test-token"}}); }

    bool shows(const std::string& line) {
        return ("\n" + scrape_as_owner().body).find("\n" + line + "\n") != std::string::npos;
    }

    class no_handler final : public http::handler {
    public:
        [[nodiscard]] http::beginning begin(http::request_head) const override {
            return http::response::refusal(404);
        }
    };

    std::shared_ptr<log> lines_ = log::null();
    std::optional<delivery> delivery_;
    no_handler nothing_;
    std::unique_ptr<http::server> receiving_;
    std::optional<metrics_page> page_;
};

TEST_F(metrics_page_test, opens_only_to_the_token_and_only_to_readers) {
    EXPECT_EQ(scrape().status, 401U);
    EXPECT_EQ(scrape({{"Authorization", "Bearer wrong"}}).status, 401U);
    EXPECT_EQ(scrape({{"Authorization", "Bearer test-token"}}, "POST").status, 405U);
    const auto page = scrape_as_owner();
    EXPECT_EQ(page.status, 200U);
    EXPECT_EQ(page.content_type, "text/plain; version=0.0.4; charset=utf-8");
}

TEST_F(metrics_page_test, reads_the_state_of_things_when_asked) {
    put(1);
    put(2);
    EXPECT_TRUE(eventually([this] { return shows(R"(shopbell_sink_dead_letters{sink="crm"} 2)"); }));
    EXPECT_TRUE(eventually([this] { return shows(R"(shopbell_sink_lag_events{sink="disk"} 0)"); }));
    for (const std::string line :
         {R"(shopbell_deliveries_total{outcome="dead",sink="crm"} 2)",
          R"(shopbell_sink_lag_seconds{sink="disk"} 0)", R"(shopbell_sink_paused{sink="crm"} 0)",
          R"(shopbell_sink_probing{sink="crm"} 0)", "shopbell_inbox_events 2",
          "shopbell_inbox_min_free_bytes 1024", "shopbell_ready 1", "shopbell_connections_open 0",
          R"(shopbell_endpoint_consecutive_failures{endpoint="shop",provider="jumpseller"} 0)"})
        EXPECT_TRUE(shows(line)) << line;
    (void)run(context_, delivery_->pause("crm", true));
    EXPECT_TRUE(shows(R"(shopbell_sink_paused{sink="crm"} 1)"));
    EXPECT_EQ(scrape_as_owner().body.find("shopbell_tls_"), std::string::npos);
    watches_.attach_certificate(time_point(std::chrono::seconds(1'800'000'000)));
    EXPECT_TRUE(shows("shopbell_tls_certificate_end_timestamp_seconds 1800000000"));
}

TEST_F(metrics_page_test, holds_no_id_and_no_personal_data) {
    const auto id = put(77, "jumpseller.order.paid", "person@example.com");
    EXPECT_TRUE(eventually([this] { return shows(R"(shopbell_sink_dead_letters{sink="crm"} 1)"); }));
    const auto page = scrape_as_owner().body;
    for (const auto& text : {id, std::string("person@"), std::string("order/77"), std::string("mystore"),
                             std::string("test-token")})
        EXPECT_EQ(page.find(text), page.npos) << text;
}

}  // namespace
}  // namespace shopbell::test
