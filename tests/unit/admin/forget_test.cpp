#include "api_fixture.hpp"

namespace shopbell::test {
namespace {

class forgetting : public api_test {};

TEST_F(forgetting, erases_what_mentions_an_address) {
    const auto janes = put(1, "jumpseller.order.paid", "jane@example.com");
    const auto marys = put(2, "jumpseller.order.paid", "mary-jane@example.com");
    const auto again = put(3, "jumpseller.order.updated", "JANE@example.com");
    settle("disk");
    settle("crm", {janes, marys});
    const auto answer = post("/api/forget", R"({"email":"jane@example.com"})");
    EXPECT_EQ(answer.at("erased"), 2);
    EXPECT_FALSE(answer.contains("next"));
    EXPECT_EQ(answer.at("clean_yourself"), json::parse(R"([{"sink":"disk","type":"file",
        "path":"/var/lib/shopbell/{date}.jsonl"}])"));
    EXPECT_EQ(answer.at("may_have_copies"), json::parse(R"([{"sink":"crm","type":"forward"}])"));
    EXPECT_EQ(ids_of(get("/api/events").at("events")), std::vector{marys});
    EXPECT_EQ(ids_of(get("/api/dead").at("dead")), std::vector{marys});
    EXPECT_EQ(ask("GET", "/api/events/" + again).status, 404U);
}

TEST_F(forgetting, erases_a_subject_of_an_endpoint) {
    const auto here = put(1);
    const auto there = put(1, "jumpseller.order.paid", "a@example.com", "other");
    EXPECT_EQ(post("/api/forget", R"({"subject":"order/1","endpoint":"other"})").at("erased"), 1);
    EXPECT_EQ(ids_of(get("/api/events").at("events")), std::vector{here});
    EXPECT_EQ(post("/api/forget", R"({"subject":"order/1"})").at("erased"), 1);
    EXPECT_EQ(post("/api/forget", R"({"subject":"order/1"})").at("erased"), 0);
}

TEST_F(forgetting, refuses_what_names_nobody_and_repeats_no_address) {
    for (const auto* const body :
         {"", "[]", "{}", R"({"email":""})", R"({"email":"jane"})", R"({"email":"j@x y"})", R"({"email":1})",
          R"({"email":"jane@example.com","subject":"order/1"})", R"({"email":"jane@example.com","x":"y"})"}) {
        const auto refused = refusal("POST", "/api/forget", 400, body);
        EXPECT_NE(refused, "") << body;
        EXPECT_EQ(refused.find("x y"), std::string::npos) << body;
    }
}

}  // namespace
}  // namespace shopbell::test
