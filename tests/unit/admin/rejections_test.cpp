#include "api_fixture.hpp"

#include <thread>

namespace shopbell::test {
namespace {

rejection_record refused(std::string text, std::string body = {}) {
    rejection_record one;
    one.endpoint = "shop";
    one.provider = "jumpseller";
    one.status = 401;
    one.reason = "the signature is wrong";
    one.found.text = std::move(text);
    one.first = now();
    one.last = one.first;
    one.body = std::move(body);
    return one;
}

TEST_F(api_test, lists_rejections_the_latest_first_in_parts) {
    for (const auto* const text : {"a", "b", "c"})
        (void)refused_.add(refused(text));
    const auto first = get("/api/rejections?limit=2");
    ASSERT_EQ(first.at("rejections").size(), 2U);
    EXPECT_EQ(first["rejections"][0].at("diagnosis"), "c");
    EXPECT_EQ(first["rejections"][0].at("status"), 401);
    EXPECT_EQ(first["rejections"][0].at("reason"), "the signature is wrong");
    const auto rest = get("/api/rejections?limit=2&cursor=" + first.at("next").get<std::string>());
    ASSERT_EQ(rest.at("rejections").size(), 1U);
    EXPECT_EQ(rest["rejections"][0].at("diagnosis"), "a");
    EXPECT_FALSE(rest.contains("next"));
}

TEST_F(api_test, says_what_is_wrong_with_a_question_for_rejections) {
    EXPECT_EQ(refusal("GET", "/api/rejections?limit=0", 400), "limit: give a number from 1 to 1000");
    EXPECT_EQ(refusal("GET", "/api/rejections?cursor=x", 400),
              "cursor: give what an earlier answer gave as next");
    EXPECT_EQ(refusal("GET", "/api/rejections?limits=1", 400),
              "unknown parameter limits (did you mean \"limit\"?)");
}

TEST_F(api_test, waits_for_a_rejection_that_is_being_looked_into) {
    refused_.begin_pending();
    std::jthread examiner([this] {
        (void)refused_.add(refused("found"));
        refused_.end_pending();
    });
    EXPECT_EQ(get("/api/rejections").at("rejections").size(), 1U);
}

TEST_F(api_test, does_not_take_an_unreadable_file_of_rejections_for_an_empty_one) {
    auto around = services();
    around.refused = nullptr;
    api_.emplace(around);
    EXPECT_NE(refusal("GET", "/api/rejections", 500).find("cannot be read"), std::string::npos);
}

TEST_F(api_test, forgets_a_person_in_kept_bodies_too) {
    (void)refused_.add(refused("a", "{\"email\":\"Jane@example.com\"}"));
    (void)refused_.add(refused("b", "{\"email\":\"joe@example.com\"}"));
    (void)post("/api/forget", R"({"email":"jane@example.com"})");
    const auto left = get("/api/rejections").at("rejections");
    EXPECT_EQ(left[0].at("body"), "{\"email\":\"joe@example.com\"}");
    EXPECT_FALSE(left[1].contains("body"));
}

}  // namespace
}  // namespace shopbell::test
