#include "../src/admin/route_matches.hpp"
#include "api_fixture.hpp"

#include <shopbell/admin/configuration_report.hpp>

namespace shopbell::test {
namespace {

class shown_configuration : public api_test {
protected:
    void show(const std::string& described) {
        reload_record::entry reading;
        reading.at = now();
        reloads_.add(std::move(reading));
        auto around = services();
        around.reloads = &reloads_;
        around.config_path = folder_.file("shopbell.toml");
        around.configured = std::make_shared<const std::string>(described);
        write_file(around.config_path, "");
        api_.emplace(std::move(around));
    }

    reload_record reloads_;
};

TEST_F(shown_configuration, tells_of_each_route_how_many_events_of_the_last_day_it_takes) {
    auto dear = route_to("crm", "*.order.paid");
    dear.where.push_back(condition::parse("/data/order/total/amount >= 1000").value());
    routes_.push_back(dear);
    put(1);
    put(2, "jumpseller.order.updated");
    show(R"({"routes":[{"name":"a"},{"name":"b"},{"name":"c"}],"inbox":{"path":"x"}})");
    const auto counts = [&] {
        std::vector<int> all;
        const auto shown = get("/api/config");
        for (const auto& route : shown.at("routes"))
            all.push_back(route.at("matched_24h"));
        return all;
    };
    EXPECT_EQ(counts(), (std::vector<int>{2, 1, 0}));
    put(3);
    EXPECT_EQ(counts(), (std::vector<int>{3, 2, 0})) << "goes on where it was";
    EXPECT_EQ(get("/api/config").at("inbox").at("path"), "x");
}

TEST_F(shown_configuration, counts_no_event_of_the_days_before) {
    put(1);
    route_matches matched(std::make_shared<const routes>(routes_),
                          std::make_shared<const delivery_reading>());
    const auto at = [&](time_point present) {
        return run(context_, matched.count(*archive_, present)).value().value();
    };
    EXPECT_EQ(at(now()), (std::vector<std::uint64_t>{1, 1}));
    EXPECT_EQ(at(now() + std::chrono::hours(25)), (std::vector<std::uint64_t>{0, 0}));
}

TEST(a_described_configuration, says_where_secrets_come_from) {
    configuration all;
    using form = config::secret_source::form;
    endpoint shop;
    shop.name = "shop";
    shop.kind = find_provider("jumpseller");
    config::problems found("x");
    const auto parsed = config::file::from_text("hooks_token = \"not to be shown\"", found);
    auto table = parsed.root();
    shop.source = shop.kind->make(table, false);
    shop.secrets_from = {{"hooks_token", form::file, 2, {"/etc/a", "/etc/b"}}, {"other", form::literal, 1}};
    all.endpoints.push_back(std::move(shop));
    all.admin.secrets_from = {{"token", form::environment, 1, {"ADMIN_TOKEN"}}};
    const auto shown = describe_configuration(all);
    EXPECT_EQ(shown.find("not to be shown"), std::string::npos);
    const auto document = json::parse(shown);
    EXPECT_EQ(
        document.at("endpoints").at(0).at("secrets"),
        json::parse(R"({"hooks_token":{"set":2,"from":"file","path":"/etc/a","paths":["/etc/a","/etc/b"]},)"
                    R"("other":{"set":1,"from":"literal"}})"));
    EXPECT_EQ(document.at("admin").at("secrets"),
              json::parse(R"({"token":{"set":1,"from":"env","name":"ADMIN_TOKEN"}})"));
}

}  // namespace
}  // namespace shopbell::test
