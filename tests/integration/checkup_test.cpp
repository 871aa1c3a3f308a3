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

TEST(a_checkup, sends_a_probe_to_the_daemon_itself) {
    const reserved_port port;
    const shop place({.listen = "127.0.0.1:" + std::to_string(port.number()), .operated = true});
    const daemon running(place.config());
    operator_line line(place.file("admin.sock"));
    const auto answer = line.ask("POST", "/api/checkup", R"({"endpoint":"jumpseller"})");
    ASSERT_EQ(answer.status, 200U) << answer.text;
    EXPECT_TRUE(std::ranges::any_of(answer.document.at("checks"), [](const auto& check) {
        return check.at("name").template get<std::string>().ends_with("/hooks/jumpseller") &&
               check.at("state") == "ok";
    })) << answer.text;
    (void)running.wait_for_log({"jumpseller.shopbell_probe"});
}

TEST(a_checkup, says_what_is_wrong_with_the_question) {
    const shop place({.operated = true});
    const daemon running(place.config());
    operator_line line(place.file("admin.sock"));
    for (const auto* const body :
         {"[]", "{", R"({"endpiont":"jumpseller"})", R"({"endpoint":7})", R"({"endpoint":"nobody"})",
          R"({"endpoint":"jumpseller","url":"http://192.0.2.1/"})"})
        EXPECT_EQ(line.ask("POST", "/api/checkup", body).status, 400U) << body;
    EXPECT_EQ(line.ask("GET", "/api/checkup").status, 405U);
}

}  // namespace
}  // namespace shopbell::test
