#include "api_fixture.hpp"

#include "support/exchange.hpp"

#include <shopbell/admin/admin_handler.hpp>

#include <fstream>
#include <iterator>

namespace shopbell::test {
namespace {

// Who sees what, and what of it is told.

class view : public api_test {
protected:
    view() {
        log_settings settings;
        settings.output = folder_.file("log");
        lines_ = log::open(settings).value();
        auto around = services();
        around.lines = lines_.get();
        api_.emplace(std::move(around));
    }

    /// All that was logged; ends the log.
    std::string logged() {
        api_.reset();
        lines_.reset();
        std::ifstream in(folder_.file("log"));
        return {std::istreambuf_iterator<char>(in), {}};
    }

    static std::size_t count_in(const std::string& text, std::string_view part) {
        std::size_t found = 0;
        for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
            ++found;
        return found;
    }

    std::shared_ptr<log> lines_;
};

TEST_F(view, hides_a_person_until_asked_for_and_tells_who_asked) {
    const auto id = put(1, "jumpseller.order.paid", "jane@example.com");
    caller_.client = "192.0.2.7";
    caller_.user = "ops";
    const auto masked = ask("GET", "/api/events/" + id + "?mask=1");
    EXPECT_EQ(masked.body.find("jane@example.com"), std::string::npos) << masked.body;
    EXPECT_GE(json::parse(masked.body).at("masked"), 2);
    const auto original = ask("GET", "/api/events/" + id + "/original?mask=1");
    EXPECT_EQ(original.body.find("jane"), std::string::npos);
    EXPECT_EQ(value_of(original.fields, "Shopbell-Masked"), "1");
    EXPECT_NE(original.body.find("369.20"), std::string::npos);

    EXPECT_NE(ask("GET", "/api/events/" + id).body.find("jane@example.com"), std::string::npos);
    EXPECT_NE(ask("GET", "/api/events/" + id + "/original").body.find("jane@example.com"), std::string::npos);
    caller_.client = "192.0.2.8";
    (void)ask("GET", "/api/events/" + id);
    const auto told = logged();
    EXPECT_EQ(count_in(told, "personal data shown"), 2U) << told;
    EXPECT_NE(told.find(R"("client":"192.0.2.7","user":"ops")"), std::string::npos) << told;
    EXPECT_EQ(told.find("jane"), std::string::npos);
}

TEST_F(view, lets_who_may_only_look_see_no_person_and_change_nothing) {
    const auto id = put(1, "jumpseller.order.paid", "jane@example.com");
    rejection_record record;
    record.endpoint = "shop";
    record.status = 401;
    record.body = "jane@example.com";
    refused_.add(record);
    caller_.may_change = false;
    for (const auto& path :
         {"/api/events/" + id, "/api/events/" + id + "/original", std::string("/api/rejections"),
          std::string("/api/events?brief=1"), std::string("/api/status")})
        EXPECT_EQ(ask("GET", path).body.find("jane@"), std::string::npos) << path;
    EXPECT_EQ(get("/api/status").at("access").at("may_change"), false);
    for (const auto& path :
         {"/api/events/" + id + "/replay", std::string("/api/sinks/crm/pause"),
          std::string("/api/dead/disk/drop"), std::string("/api/forget"), std::string("/api/replay?type=**")})
        EXPECT_EQ(refusal("POST", path, 403), "this token may only look") << path;
    EXPECT_EQ(ids_of(post("/api/events/search", R"({"q":"order/1"})").at("events")), std::vector{id});
    EXPECT_EQ(logged().find("personal data shown"), std::string::npos);
}

TEST_F(view, writes_a_line_for_each_change_and_none_for_a_plan_or_a_refusal) {
    put(1);
    caller_.client = "192.0.2.7";
    post("/api/replay?type=**&plan=1");
    refusal("POST", "/api/sinks/none/pause", 404);
    post("/api/replay?type=**");
    post("/api/sinks/crm/pause");
    (void)ask("POST", "/api/forget", R"({"email":"jane@example.com"})");
    const auto told = logged();
    EXPECT_EQ(count_in(told, "changed by an operator"), 3U) << told;
    EXPECT_NE(told.find(R"("change":"/api/replay","filter":"type=**","count":2,"client":"192.0.2.7")"),
              std::string::npos)
        << told;
    EXPECT_EQ(told.find("jane"), std::string::npos);
}

TEST_F(view, tells_events_of_one_subject_and_which_holds_which_back) {
    const auto created = put(7, "jumpseller.order.created");
    const auto paid = put(7);
    put(17);
    const auto shown = get("/api/events/" + paid);
    ASSERT_EQ(shown.at("related").size(), 1U);
    EXPECT_EQ(shown.at("related").at(0).at("id"), created);
    for (const auto& delivery : shown.at("deliveries")) {
        if (delivery.at("sink") == "disk") {
            EXPECT_EQ(delivery.at("held_by"), created);
        }
    }
    settle("disk", {paid});
    settle("crm");
    const auto settled = get("/api/events/" + paid);
    for (const auto& delivery : settled.at("deliveries")) {
        EXPECT_FALSE(delivery.contains("held_by"));
        EXPECT_EQ(delivery.contains("died_at"), delivery.at("sink") == "disk");
        EXPECT_EQ(delivery.contains("kept"), delivery.at("sink") == "crm");
    }
}

TEST_F(view, may_look_at_a_checkup_but_have_no_probe_sent) {
    auto around = services();
    std::vector<std::string> probed;
    around.check_up = [&probed](const checkup_request& what) {
        probed.push_back(what.endpoint);
        return result<std::vector<checkup_entry>>(
            std::vector<checkup_entry>{{"clock", checkup_entry::state::ok, "right", ""}});
    };
    api_.emplace(std::move(around));
    caller_.may_change = false;
    EXPECT_EQ(ask("POST", "/api/checkup").status, 200U);
    EXPECT_EQ(ask("POST", "/api/checkup", R"({"endpoint":"shop"})").status, 403U);
    caller_.may_change = true;
    EXPECT_EQ(ask("POST", "/api/checkup", R"({"endpoint":"shop"})").status, 200U);
    EXPECT_EQ(probed, (std::vector<std::string>{"", "shop"}));
}

TEST_F(view, of_lists_names_no_person) {
    arrival one;
    one.endpoint = "shop";
    one.provider = "jumpseller";
    one.type = "jumpseller.order.paid";
    one.subject = "customer/jane@example.com";
    one.body = R"({"order":{"customer":{"email":"jane@example.com"}}})";
    one.identity = "jane";
    const auto id = run(context_, inbox_->put(std::move(one))).value().id;
    settle("disk", {id});
    settlement results;
    results.sink = "crm";
    pending_delivery waiting;
    waiting.number = run(context_, archive_->newest()).value();
    waiting.subject = "customer/jane@example.com";
    waiting.attempts = 1;
    waiting.last_error = "answered 422: jane@example.com is unknown";
    results.position = waiting.number;
    results.pending.push_back(waiting);
    ASSERT_TRUE(run(context_, inbox_->settle(std::move(results))));
    const std::vector<std::string> lists = {"/api/dead", "/api/sinks/crm/waiting", "/api/status"};
    for (const auto& list : lists)
        EXPECT_NE(ask("GET", list).body.find("jane@example.com"), std::string::npos) << list;
    EXPECT_EQ(get("/api/status?mask=1").at("latest").at(0).at("subject"), "•");
    caller_.may_change = false;
    for (const auto& list : lists) {
        const auto shown = ask("GET", list).body;
        EXPECT_NE(shown.find("\"subject\":\"•\""), std::string::npos) << shown;
        EXPECT_EQ(shown.find("jane@"), std::string::npos) << shown;
    }
    EXPECT_EQ(refusal("GET", "/api/codes?show=true", 403), "this token may only look: codes stay masked");
    EXPECT_EQ(ask("GET", "/api/codes").status, 200U);
}

TEST_F(view, is_decided_by_the_token) {
    admin_settings settings;
    settings.token = {secret("whole")};
    settings.view_token = {secret("look")};
    settings.trusted_proxies = {*http::network::parse("192.0.2.1")};
    const admin_handler handler(settings, std::make_shared<const operator_api>(services()));
    const auto ask_with = [&](std::string token, std::string method, const std::string& path) {
        fields_ = {{"Authorization", "Bearer " + token}, {"Host", "ops.example"}};
        return answer(context_, handler, request_to(std::move(method), path));
    };
    EXPECT_EQ(ask_with("other", "GET", "/api/sinks").status, 401U);
    EXPECT_EQ(ask_with("look", "GET", "/api/sinks").status, 200U);
    EXPECT_EQ(ask_with("look", "POST", "/api/sinks/crm/pause").status, 403U);
    EXPECT_EQ(ask_with("whole", "POST", "/api/sinks/crm/pause").status, 200U);
    const auto access = json::parse(ask_with("look", "GET", "/api/status").body).at("access");
    EXPECT_EQ(access, json::parse(R"({"token_asked":true,"may_change":false})"));
}

}  // namespace
}  // namespace shopbell::test
