#include "archive_fixture.hpp"

#include "support/inbox_file.hpp"

#include <set>

namespace shopbell::test {

namespace {

using supply = code_request::supply;

class codes_test : public engine_archive_test {
protected:
    void SetUp() override {
        engine_archive_test::SetUp();
        if (IsSkipped())
            return;
        open();
        open_archive();
    }

    static arrival sale(const std::string& transaction, std::size_t count = 1, supply from = supply::pool) {
        auto one = make("sale " + transaction, "txn_id=" + transaction);
        one.provider = "ejunkie";
        one.type = "ejunkie.order.paid";
        one.subject = "order/" + transaction;
        one.store = "";
        one.codes.emplace();
        one.codes->transaction = transaction;
        one.codes->item = "1";
        one.codes->product = "100200";
        one.codes->count = count;
        one.codes->from = from;
        one.codes->type_without = "ejunkie.code_missing";
        return one;
    }
    static arrival made_sale(const std::string& transaction, std::vector<std::string> offered) {
        auto one = sale(transaction, offered.size(), supply::offered);
        one.codes->offered = std::move(offered);
        return one;
    }

    std::size_t add(std::vector<std::string> codes, const std::string& product = "100200") {
        return apply(code_addition{"shop", product, std::move(codes)}).value();
    }
    std::size_t make_void(std::vector<std::string> codes) {
        return apply(code_voiding{"shop", std::move(codes)}).value();
    }
    std::vector<std::string> given_to(arrival one) { return put(std::move(one)).value().codes->codes; }

    std::vector<std::string> types() {
        std::vector<std::string> all;
        for (const auto& one : after(0))
            all.push_back(one.type);
        return all;
    }
    std::vector<code_pool> pools() { return run(context_, archive_->code_pools("")).value(); }
    std::vector<given_code> given(const std::string& product = "100200") {
        return run(context_, archive_->given_codes("shop", product, 0, 1000)).value();
    }
    /// "product left given"
    std::vector<std::string> levels() {
        std::vector<std::string> all;
        for (const auto& one : pools())
            all.push_back(one.product + " " + std::to_string(one.left) + " " + std::to_string(one.given));
        return all;
    }
};

using strings = std::vector<std::string>;

TEST_P(codes_test, gives_the_codes_in_the_order_in_which_they_were_added) {
    EXPECT_EQ(add({"A", "B"}), 2U);
    EXPECT_EQ(add({"C"}), 1U);
    EXPECT_EQ(given_to(sale("1")), strings{"A"});
    EXPECT_EQ(given_to(sale("2")), strings{"B"});
    EXPECT_EQ(given_to(sale("3")), strings{"C"});
    EXPECT_EQ(levels(), strings{"100200 0 3"});
    EXPECT_EQ(types(), strings(3, "ejunkie.order.paid"));
}

TEST_P(codes_test, gives_a_repeat_what_the_first_one_got) {
    add({"A", "B", "C"});
    const auto first = put(sale("1", 2)).value();
    EXPECT_EQ(first.codes->codes, (strings{"A", "B"}));
    const auto again = put(sale("1", 2)).value();
    EXPECT_TRUE(again.duplicate);
    EXPECT_EQ(again.id, first.id);
    EXPECT_EQ(again.codes->codes, first.codes->codes);
    reopen();
    EXPECT_EQ(given_to(sale("1", 2)), (strings{"A", "B"}));
    EXPECT_EQ(levels(), strings{"100200 1 2"});
}

TEST_P(codes_test, tells_items_of_one_transaction_apart) {
    add({"A", "B"});
    auto second = sale("1");
    second.identity += " item 2";
    second.codes->item = "2";
    EXPECT_EQ(given_to(sale("1")), strings{"A"});
    EXPECT_EQ(given_to(std::move(second)), strings{"B"});
}

TEST_P(codes_test, tells_endpoints_apart) {
    add({"A"});
    ASSERT_EQ(apply(code_addition{"other", "100200", {"A"}}).value(), 1U);
    auto elsewhere = sale("1");
    elsewhere.endpoint = "other";
    EXPECT_EQ(given_to(sale("1")), strings{"A"});
    EXPECT_EQ(given_to(std::move(elsewhere)), strings{"A"});
}

TEST_P(codes_test, takes_all_of_a_sale_or_nothing) {
    add({"A", "B"});
    const auto none = put(sale("1", 3)).value();
    EXPECT_TRUE(none.codes->codes.empty());
    EXPECT_FALSE(none.id.empty());
    EXPECT_EQ(levels(), strings{"100200 2 0"});
    EXPECT_EQ(types(), strings{"ejunkie.code_missing"});
}

TEST_P(codes_test, keeps_a_sale_without_codes_once_and_gives_it_codes_and_its_own_event_later) {
    const auto missing = put(sale("1")).value();
    EXPECT_TRUE(missing.codes->codes.empty());
    EXPECT_FALSE(missing.duplicate);
    const auto again = put(sale("1")).value();
    EXPECT_TRUE(again.duplicate);
    EXPECT_EQ(again.id, missing.id);
    add({"A"});
    const auto served = put(sale("1")).value();
    EXPECT_FALSE(served.duplicate);
    EXPECT_NE(served.id, missing.id);
    EXPECT_EQ(served.codes->codes, strings{"A"});
    EXPECT_EQ(types(), (strings{"ejunkie.code_missing", "ejunkie.order.paid"}));
}

TEST_P(codes_test, serves_every_product_from_the_pool_for_any_after_its_own) {
    add({"ANY-1", "ANY-2"}, "*");
    add({"A"});
    EXPECT_EQ(given_to(sale("1", 2)), (strings{"A", "ANY-1"}));
    auto unnamed = sale("2");
    unnamed.codes->product = "";
    EXPECT_EQ(given_to(std::move(unnamed)), strings{"ANY-2"});
    EXPECT_TRUE(given_to(sale("3")).empty());
    auto star = sale("4");
    star.codes->product = "*";
    EXPECT_TRUE(given_to(std::move(star)).empty());
}

TEST_P(codes_test, says_how_many_are_left) {
    add({"A", "B", "C"});
    add({"ANY"}, "*");
    const auto taken = put(sale("1")).value();
    ASSERT_EQ(taken.codes->pools.size(), 2U);
    EXPECT_EQ(taken.codes->pools[0].left, 2U);
    EXPECT_EQ(taken.codes->pools[1].product, "*");
    EXPECT_EQ(taken.codes->pools[1].left, 1U);
}

TEST_P(codes_test, passes_over_a_code_that_it_has_had) {
    EXPECT_EQ(add({"A", "A", "B"}), 2U);
    EXPECT_EQ(given_to(sale("1")), strings{"A"});
    EXPECT_EQ(make_void({"B"}), 1U);
    EXPECT_EQ(add({"A", "B"}), 0U);
    EXPECT_EQ(add({"A", "B"}, "another"), 0U);
    EXPECT_TRUE(given_to(sale("2")).empty());
}

TEST_P(codes_test, voids_free_codes_only) {
    add({"A", "B", "C"});
    ASSERT_EQ(given_to(sale("1")), strings{"A"});
    EXPECT_EQ(make_void({"A", "B", "unknown"}), 1U);
    EXPECT_EQ(make_void({"B"}), 0U);
    const auto states = run(context_, archive_->code_states("shop", {"A", "B", "C", "unknown"})).value();
    EXPECT_EQ(states,
              (std::vector{code_state::given, code_state::voided, code_state::free, code_state::unknown}));
    EXPECT_EQ(given_to(sale("1")), strings{"A"});
    EXPECT_EQ(given_to(sale("2")), strings{"C"});
}

TEST_P(codes_test, forgets_a_pool_whose_codes_are_all_void) {
    add({"A"});
    make_void({"A"});
    EXPECT_TRUE(pools().empty());
}

TEST_P(codes_test, binds_what_a_program_made) {
    const auto looked = put(sale("1", 1, supply::bound)).value();
    EXPECT_TRUE(looked.id.empty());
    EXPECT_TRUE(looked.codes->codes.empty());
    EXPECT_TRUE(after(0).empty());
    EXPECT_EQ(given_to(made_sale("1", {"X", "Y"})), (strings{"X", "Y"}));
    EXPECT_EQ(given_to(made_sale("1", {"Z", "W"})), (strings{"X", "Y"}));
    const auto bound = put(sale("1", 1, supply::bound)).value();
    EXPECT_TRUE(bound.duplicate);
    EXPECT_EQ(bound.codes->codes, (strings{"X", "Y"}));
    EXPECT_EQ(levels(), strings{"100200 0 2"});
}

TEST_P(codes_test, refuses_a_made_code_that_another_sale_has) {
    EXPECT_EQ(given_to(made_sale("1", {"X"})), strings{"X"});
    EXPECT_TRUE(given_to(made_sale("2", {"X"})).empty());
    EXPECT_TRUE(given_to(made_sale("3", {"Y", "Y"})).empty());
    EXPECT_EQ(given_to(made_sale("4", {"Y"})), strings{"Y"});
    EXPECT_EQ(types(), (strings{"ejunkie.order.paid", "ejunkie.code_missing", "ejunkie.code_missing",
                                "ejunkie.order.paid"}));
}

TEST_P(codes_test, stores_a_sale_whose_program_failed) {
    EXPECT_TRUE(given_to(sale("1", 1, supply::none)).empty());
    EXPECT_EQ(types(), strings{"ejunkie.code_missing"});
}

TEST_P(codes_test, lists_which_sale_got_which) {
    add({"A", "B"});
    ASSERT_EQ(given_to(sale("7")), strings{"A"});
    const auto all = given();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].code, "A");
    EXPECT_EQ(all[0].transaction, "7");
    EXPECT_EQ(all[0].item, "1");
    EXPECT_GT(all[0].at, time_point());
    EXPECT_TRUE(run(context_, archive_->given_codes("shop", "100200", all[0].number, 10)).value().empty());
}

TEST_P(codes_test, keeps_a_code_given_when_its_event_is_erased) {
    add({"A", "B"});
    ASSERT_EQ(given_to(sale("1")), strings{"A"});
    ASSERT_EQ(apply(erasure{{1}}).value(), 1U);
    ASSERT_EQ(given().size(), 1U);
    EXPECT_EQ(given()[0].code, "A");
    EXPECT_EQ(given()[0].transaction, "");
    EXPECT_EQ(given()[0].item, "");
    EXPECT_EQ(given_to(sale("1")), strings{"A"});
    EXPECT_EQ(levels(), strings{"100200 1 1"});
}

TEST_P(codes_test, forgets_the_names_of_a_sale_whose_event_is_gone) {
    add({"A", "B"});
    ASSERT_EQ(given_to(sale("1")), strings{"A"});
    EXPECT_EQ(apply(code_anonymisation{"other*", "1"}).value(), 0U);
    EXPECT_EQ(apply(code_anonymisation{"sh*", "1"}).value(), 1U);
    EXPECT_EQ(given()[0].transaction, "");
    EXPECT_EQ(given_to(sale("1")), strings{"A"});
}

TEST_P(codes_test, keeps_a_code_given_when_retention_removes_its_event) {
    add({"A", "B"});
    ASSERT_EQ(given_to(sale("1")), strings{"A"});
    close();
    auto eager = settings();
    eager.retain = std::chrono::milliseconds(0);
    eager.sweep_every = std::chrono::milliseconds(0);
    open(eager);
    constexpr int most_sweeps = 1000;  // only turns a hang into a failure
    for (int i = 0; i < most_sweeps && !after(0).empty(); ++i)
        deliver_up_to("sweeper", 1'000'000);
    ASSERT_TRUE(after(0).empty());
    EXPECT_EQ(given()[0].transaction, "1");
    EXPECT_EQ(given_to(sale("1")), strings{"A"});
}

TEST_P(codes_test, finds_damage_to_a_binding_before_a_code_is_given_twice) {
    if (!is_in_file())
        GTEST_SKIP() << "damage is PostgreSQL's to find";
    add({"A", "B"});
    ASSERT_EQ(given_to(sale("1")), strings{"A"});
    close();
    inbox_file(path()).execute("UPDATE codes SET state = 0, sale = NULL WHERE code = 'A'");
    open();
    const auto refused = put(sale("2"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::unavailable);
    EXPECT_TRUE(put(make("an event of another store")));
}

TEST_P(codes_test, gives_no_code_twice_to_sales_that_come_at_once) {
    constexpr std::size_t sales = 300;
    strings codes;
    for (std::size_t i = 0; i < sales; ++i)
        codes.push_back("CODE-" + std::to_string(i));
    ASSERT_EQ(add(codes), sales);
    std::set<std::string> seen;
    std::size_t answers = 0;
    for (std::size_t i = 0; i < 2 * sales; ++i) {
        auto tell = [&](std::exception_ptr, result<receipt> answer) {
            ASSERT_TRUE(answer);
            answers += answer->codes->codes.size();
            seen.insert(answer->codes->codes.begin(), answer->codes->codes.end());
        };
        boost::asio::co_spawn(context_, inbox_->put(sale(std::to_string(i / 2))), std::move(tell));
    }
    context_.restart();
    context_.run();
    EXPECT_EQ(answers, 2 * sales);
    EXPECT_EQ(seen.size(), sales);
    EXPECT_EQ(levels(), strings{"100200 0 " + std::to_string(sales)});
}

INSTANTIATE_TEST_SUITE_P(engine, codes_test, every_engine, engine_name);

}  // namespace

}  // namespace shopbell::test
