#include "support/daemon.hpp"
#include "support/operator_line.hpp"
#include "support/reserved_port.hpp"
#include "support/shop.hpp"

#include <gtest/gtest.h>

#include <algorithm>

// POST /api/checkup: what `shopbell doctor` sees, for the inspector.

namespace shopbell::test {
namespace {

using nlohmann::json;

const json* find_check(const json& checks, std::string_view name) {
    const auto found =
        std::ranges::find_if(checks, [&](const auto& check) { return check.at("name") == name; });
    return found == checks.end() ? nullptr : &*found;
}

TEST(a_checkup, sees_from_within_what_doctor_sees) {
    const reserved_port nobody;
    const shop place(
        {.operated = true,
         .sinks = forward_sink("crm", "http://127.0.0.1:" + std::to_string(nobody.number()) + "/")});
    const daemon running(place.config());
    operator_line line(place.file("admin.sock"));
    const auto answer = line.ask("POST", "/api/checkup");
    ASSERT_EQ(answer.status, 200U) << answer.text;
    const auto& checks = answer.document.at("checks");
    ASSERT_NE(find_check(checks, "daemon"), nullptr) << answer.text;
    EXPECT_EQ(find_check(checks, "daemon")->at("state"), "ok");
    const auto* const sink = find_check(checks, "sink crm");
    ASSERT_NE(sink, nullptr) << answer.text;
    EXPECT_EQ(sink->at("state"), "bad");
    EXPECT_FALSE(sink->at("fix").get<std::string>().empty());
}

TEST(a_checkup, sends_a_probe_to_the_endpoint_that_is_named) {
    const shop place({.operated = true});
    const daemon running(place.config());
    operator_line line(place.file("admin.sock"));
    const auto url = "http://127.0.0.1:" + std::to_string(running.port()) + "/hooks/jumpseller";
    const json body = {{"endpoint", "jumpseller"}, {"url", url}};
    const auto answer = line.ask("POST", "/api/checkup", body.dump());
    ASSERT_EQ(answer.status, 200U) << answer.text;
    const auto& checks = answer.document.at("checks");
    EXPECT_TRUE(std::ranges::any_of(checks, [&](const auto& check) {
        return check.at("name").template get<std::string>().ends_with(url) && check.at("state") == "ok";
    })) << answer.text;
    (void)running.wait_for_log({"jumpseller.shopbell_probe"});
}

TEST(a_checkup, says_what_is_wrong_with_the_question) {
    const shop place({.operated = true});
    const daemon running(place.config());
    operator_line line(place.file("admin.sock"));
    for (const auto* const body : {"[]", "{", R"({"endpiont":"jumpseller"})", R"({"endpoint":7})",
                                   R"({"endpoint":"nobody"})", R"({"url":"http://127.0.0.1/"})"})
        EXPECT_EQ(line.ask("POST", "/api/checkup", body).status, 400U) << body;
    EXPECT_EQ(line.ask("GET", "/api/checkup").status, 405U);
}

}  // namespace
}  // namespace shopbell::test
