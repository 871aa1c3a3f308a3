#include "api_fixture.hpp"

namespace shopbell::test {

namespace {

class codes_api : public api_test {
protected:
    codes_api() {
        auto around = services();
        around.codes = {{"codes", true, 2}, {"made", false, 0}};
        api_.emplace(std::move(around));
    }

    std::string give(const std::string& txn_id, std::size_t count = 1) {
        arrival one;
        one.endpoint = "codes";
        one.provider = "ejunkie";
        one.type = "ejunkie.order.paid";
        one.subject = "order/" + txn_id;
        one.body = "txn_id=" + txn_id + "&payer_email=buyer%40example.net";
        one.identity = one.body;
        one.codes.emplace();
        one.codes->transaction = txn_id;
        one.codes->item = "1";
        one.codes->product = "7";
        one.codes->count = count;
        one.codes->type_without = "ejunkie.code_missing";
        const auto codes = run(context_, inbox_->put(std::move(one))).value().codes->codes;
        return codes.empty() ? "" : codes.front();
    }
};

TEST_F(codes_api, adds_codes_and_says_what_was_there_before) {
    const auto added =
        post("/api/codes/codes/add", R"({"product": "7", "codes": ["AAAA-1", "AAAA-1", "B"]})");
    EXPECT_EQ(added,
              json::parse(R"({"endpoint": "codes", "product": "7", "added": 2, "known": 1, "left": 2})"));
    EXPECT_EQ(give("1"), "AAAA-1");
}

TEST_F(codes_api, refuses_what_it_cannot_add) {
    const auto add = "/api/codes/codes/add";
    EXPECT_NE(
        refusal("POST", "/api/codes/coded/add", 404, R"({"product": "7", "codes": ["A"]})").find("codes"),
        std::string::npos);
    EXPECT_NE(
        refusal("POST", "/api/codes/made/add", 409, R"({"product": "7", "codes": ["A"]})").find("program"),
        std::string::npos);
    for (const auto* const body :
         {"", "[]", "{}", R"({"product": "7"})", R"({"product": "7", "codes": []})", R"({"codes": ["A"]})",
          R"({"product": "", "codes": ["A"]})", R"({"product": "7", "codes": [1]})",
          R"({"product": "7", "codes": ["A", "B\n"]})", R"({"product": "7", "codes": ["A"], "more": 1})"})
        EXPECT_NE(refusal("POST", add, 400, body), "") << body;
    EXPECT_TRUE(get("/api/codes")["codes"].empty());
}

TEST_F(codes_api, lists_pools_with_masked_codes_page_by_page) {
    (void)post("/api/codes/codes/add",
               R"({"product": "7", "codes": ["AAAA-0001", "AAAA-0002", "AAAA-0003", "X"]})");
    (void)post("/api/codes/codes/add", R"({"product": "*", "codes": ["ANY-0001"]})");
    (void)give("1", 2);
    (void)give("2");
    const auto all = get("/api/codes")["codes"];
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0]["product"], "*");
    EXPECT_EQ(all[1]["left"], 1);
    EXPECT_EQ(all[1]["low"], 2);
    ASSERT_EQ(all[1]["given"].size(), 3U);
    EXPECT_EQ(all[1]["given"][0]["code"], "****0001");
    EXPECT_EQ(all[1]["given"][0]["txn_id"], "1");
    EXPECT_EQ(all[1]["given"][0]["item"], "1");
    EXPECT_EQ(get("/api/codes?show=true")["codes"][1]["given"][2]["code"], "AAAA-0003");

    std::vector<std::string> codes;
    for (std::string cursor;;) {
        const auto part = get("/api/codes?show=true&limit=1&cursor=" + cursor);
        for (const auto& pool : part["codes"]) {
            for (const auto& one : pool["given"])
                codes.push_back(one["code"]);
        }
        if (!part.contains("next"))
            break;
        cursor = part["next"];
    }
    EXPECT_EQ(codes, (std::vector<std::string>{"AAAA-0001", "AAAA-0002", "AAAA-0003"}));
    EXPECT_NE(refusal("GET", "/api/codes?endpoint=other", 404), "");
    EXPECT_NE(refusal("GET", "/api/codes?cursor=x", 400), "");
    EXPECT_NE(refusal("GET", "/api/codes?show=perhaps", 400), "");
    EXPECT_TRUE(get("/api/codes?endpoint=made")["codes"].empty());
}

TEST_F(codes_api, makes_codes_void_and_says_which_are_given) {
    (void)post("/api/codes/codes/add", R"({"product": "7", "codes": ["AAAA-0001", "AAAA-0002"]})");
    ASSERT_EQ(give("1"), "AAAA-0001");
    const auto done = post("/api/codes/codes/void", R"({"codes": ["AAAA-0001", "AAAA-0002", "ZZZZ-0009"]})");
    EXPECT_EQ(done, json::parse(R"({"endpoint": "codes", "voided": 1, "given": ["****0001"],
                                    "unknown": ["****0009"]})"));
    EXPECT_EQ(give("2"), "");
    EXPECT_NE(refusal("POST", "/api/codes/other/void", 404, R"({"codes": ["A"]})"), "");
}

TEST_F(codes_api, forgets_whose_codes_they_are_also_without_the_event) {
    (void)post("/api/codes/codes/add", R"({"product": "7", "codes": ["A", "B"]})");
    ASSERT_EQ(give("1"), "A");
    EXPECT_EQ(post("/api/forget", R"({"subject": "order/1"})")["erased"], 1);
    EXPECT_EQ(get("/api/codes")["codes"][0]["given"][0]["txn_id"], "");
    EXPECT_EQ(give("1"), "A");
}

}  // namespace

}  // namespace shopbell::test
