#include "put_fixture.hpp"

#include <set>
#include <thread>

namespace shopbell::test {
namespace {

using supply = code_request::supply;
using strings = std::vector<std::string>;

class postgres_codes_test : public put_rows_fixture {
protected:
    static arrival sale(const std::string& transaction, std::size_t count = 1, supply from = supply::pool) {
        auto delivery = make("sale " + transaction, "txn_id=" + transaction);
        delivery.provider = "ejunkie";
        delivery.type = "ejunkie.order.paid";
        delivery.subject = "order/" + transaction;
        delivery.store = "";
        delivery.codes.emplace();
        delivery.codes->transaction = transaction;
        delivery.codes->item = "1";
        delivery.codes->product = "100200";
        delivery.codes->count = count;
        delivery.codes->from = from;
        delivery.codes->type_without = "ejunkie.code_missing";
        return delivery;
    }
    static arrival made_sale(const std::string& transaction, strings offered) {
        auto delivery = sale(transaction, offered.size(), supply::offered);
        delivery.codes->offered = std::move(offered);
        return delivery;
    }

    std::size_t apply(const auto& decision) { return pg::apply(*database_, decision, 20s).value(); }
    std::size_t add(strings codes, const std::string& product = "100200") {
        return apply(code_addition{"shop", product, std::move(codes)});
    }
    std::size_t make_void(strings codes) { return apply(code_voiding{"shop", std::move(codes)}); }
    strings given_to(arrival delivery) { return store(std::move(delivery)).codes->codes; }

    strings types() {
        strings all;
        for (const auto& event : after(0))
            all.push_back(event.type);
        return all;
    }
    /// "product left given", a line each.
    static std::string levels() {
        return server_->ask(
            "SELECT product || ' ' || free || ' ' || given FROM shopbell.code_pools ORDER BY product");
    }
    static std::string transactions() {
        return server_->ask("SELECT code, txn, item, event IS NULL FROM shopbell.codes WHERE state = 1");
    }
};

TEST_F(postgres_codes_test, are_given_in_the_order_in_which_they_were_added) {
    EXPECT_EQ(add({"A", "B"}), 2U);
    EXPECT_EQ(add({"C"}), 1U);
    EXPECT_EQ(given_to(sale("1")), strings{"A"});
    EXPECT_EQ(given_to(sale("2")), strings{"B"});
    EXPECT_EQ(given_to(sale("3")), strings{"C"});
    EXPECT_EQ(levels(), "100200 0 3");
    EXPECT_EQ(types(), strings(3, "ejunkie.order.paid"));
}

TEST_F(postgres_codes_test, are_those_of_the_first_for_a_repeat) {
    add({"A", "B", "C"});
    const auto first = store(sale("1", 2));
    EXPECT_EQ(first.codes->codes, (strings{"A", "B"}));
    EXPECT_FALSE(first.codes->repeated);
    const auto again = store(sale("1", 2));
    EXPECT_TRUE(again.duplicate);
    EXPECT_TRUE(again.codes->repeated);
    EXPECT_EQ(again.id, first.id);
    EXPECT_EQ(again.codes->codes, first.codes->codes);
    EXPECT_EQ(levels(), "100200 1 2");
}

TEST_F(postgres_codes_test, are_the_same_where_a_put_is_sent_again) {
    add({"A", "B"});
    const auto id = make_uuid();
    for (int i = 0; i < 2; ++i) {
        const auto stored = store(*database_, queue(sale("1"), id));
        EXPECT_FALSE(stored.duplicate);
        EXPECT_FALSE(stored.codes->repeated);
        EXPECT_EQ(stored.codes->codes, strings{"A"});
    }
    EXPECT_EQ(levels(), "100200 1 1");
}

TEST_F(postgres_codes_test, are_none_for_good_where_a_put_that_got_none_is_sent_again) {
    auto put = queue(sale("1"));
    const auto missing = pg::put(*database_, std::span(&put, 1), pg::durability::primary_only, 20s);
    EXPECT_TRUE(missing.answers.front()->value().codes->codes.empty());
    add({"A"});
    const auto again = pg::put(*database_, std::span(&put, 1), pg::durability::primary_only, 20s);
    EXPECT_FALSE(again.answers.front()->value().duplicate);
    EXPECT_TRUE(again.answers.front()->value().codes->codes.empty());
    EXPECT_EQ(types(), strings{"ejunkie.code_missing"});
    EXPECT_EQ(levels(), "100200 1 0");
}

TEST_F(postgres_codes_test, tell_items_and_endpoints_apart) {
    add({"A", "B"});
    EXPECT_EQ(apply(code_addition{"other", "100200", {"A"}}), 1U);
    auto second = sale("1");
    second.identity += " item 2";
    second.codes->item = "2";
    auto elsewhere = sale("1");
    elsewhere.endpoint = "other";
    EXPECT_EQ(given_to(sale("1")), strings{"A"});
    EXPECT_EQ(given_to(std::move(second)), strings{"B"});
    EXPECT_EQ(given_to(std::move(elsewhere)), strings{"A"});
}

TEST_F(postgres_codes_test, are_all_of_a_sale_or_none) {
    add({"A", "B"});
    const auto none = store(sale("1", 3));
    EXPECT_TRUE(none.codes->codes.empty());
    EXPECT_FALSE(none.id.empty());
    EXPECT_EQ(levels(), "100200 2 0");
    EXPECT_EQ(types(), strings{"ejunkie.code_missing"});
}

TEST_F(postgres_codes_test, come_later_to_a_sale_that_had_none_with_an_event_of_its_own) {
    const auto missing = store(sale("1"));
    EXPECT_TRUE(missing.codes->codes.empty());
    EXPECT_FALSE(missing.duplicate);
    const auto again = store(sale("1"));
    EXPECT_TRUE(again.duplicate);
    EXPECT_EQ(again.id, missing.id);
    add({"A"});
    const auto served = store(sale("1"));
    EXPECT_FALSE(served.duplicate);
    EXPECT_NE(served.id, missing.id);
    EXPECT_EQ(served.codes->codes, strings{"A"});
    EXPECT_EQ(types(), (strings{"ejunkie.code_missing", "ejunkie.order.paid"}));
}

TEST_F(postgres_codes_test, come_from_the_pool_for_any_product_after_its_own) {
    add({"ANY-1", "ANY-2"}, "*");
    add({"A"});
    EXPECT_EQ(given_to(sale("1", 2)), (strings{"A", "ANY-1"}));
    EXPECT_EQ(given_to(sale("1", 2)), (strings{"A", "ANY-1"}));
    auto unnamed = sale("2");
    unnamed.codes->product = "";
    EXPECT_EQ(given_to(std::move(unnamed)), strings{"ANY-2"});
    EXPECT_TRUE(given_to(sale("3")).empty());
    add({"ANY-3"}, "*");
    auto star = sale("4");
    star.codes->product = "*";
    EXPECT_TRUE(given_to(std::move(star)).empty());
}

TEST_F(postgres_codes_test, tell_how_many_are_left) {
    add({"A", "B", "C"});
    add({"ANY"}, "*");
    const auto taken = store(sale("1"));
    ASSERT_EQ(taken.codes->pools.size(), 2U);
    EXPECT_EQ(taken.codes->pools[0].product, "100200");
    EXPECT_EQ(taken.codes->pools[0].left, 2U);
    EXPECT_EQ(taken.codes->pools[0].given, 1U);
    EXPECT_EQ(taken.codes->pools[1].product, "*");
    EXPECT_EQ(taken.codes->pools[1].left, 1U);
    EXPECT_EQ(store(sale("2", 9)).codes->pools[0].left, 2U);
}

TEST_F(postgres_codes_test, are_passed_over_where_they_were_there_before) {
    EXPECT_EQ(add({"A", "A", "B"}), 2U);
    EXPECT_EQ(given_to(sale("1")), strings{"A"});
    EXPECT_EQ(make_void({"B"}), 1U);
    EXPECT_EQ(add({"A", "B"}), 0U);
    EXPECT_EQ(add({"A", "B"}, "another"), 0U);
    EXPECT_TRUE(given_to(sale("2")).empty());
    EXPECT_EQ(levels(), "100200 0 1");
}

TEST_F(postgres_codes_test, are_voided_while_they_are_free_only) {
    add({"A", "B", "C"});
    ASSERT_EQ(given_to(sale("1")), strings{"A"});
    EXPECT_EQ(make_void({"A", "B", "unknown"}), 1U);
    EXPECT_EQ(make_void({"B"}), 0U);
    EXPECT_EQ(server_->ask("SELECT code, state FROM shopbell.codes ORDER BY code"), "A|1\nB|2\nC|0");
    EXPECT_EQ(given_to(sale("1")), strings{"A"});
    EXPECT_EQ(given_to(sale("2")), strings{"C"});
}

TEST_F(postgres_codes_test, leave_no_pool_when_all_are_void) {
    add({"A"});
    make_void({"A"});
    EXPECT_EQ(levels(), "");
}

TEST_F(postgres_codes_test, may_be_what_a_program_made) {
    const auto looked = store(sale("1", 1, supply::bound));
    EXPECT_TRUE(looked.id.empty());
    EXPECT_TRUE(looked.codes->codes.empty());
    EXPECT_TRUE(after(0).empty());
    EXPECT_EQ(given_to(made_sale("1", {"Y", "X"})), (strings{"Y", "X"}));
    EXPECT_EQ(given_to(made_sale("1", {"Z", "W"})), (strings{"Y", "X"}));
    const auto bound = store(sale("1", 1, supply::bound));
    EXPECT_TRUE(bound.duplicate);
    EXPECT_EQ(bound.codes->codes, (strings{"Y", "X"}));
    EXPECT_EQ(levels(), "100200 0 2");
}

TEST_F(postgres_codes_test, are_refused_where_another_sale_has_them) {
    EXPECT_EQ(given_to(made_sale("1", {"X"})), strings{"X"});
    EXPECT_TRUE(given_to(made_sale("2", {"X"})).empty());
    EXPECT_TRUE(given_to(made_sale("3", {"Y", "Y"})).empty());
    EXPECT_EQ(given_to(made_sale("4", {"Y"})), strings{"Y"});
    EXPECT_EQ(types(), (strings{"ejunkie.order.paid", "ejunkie.code_missing", "ejunkie.code_missing",
                                "ejunkie.order.paid"}));
}

TEST_F(postgres_codes_test, are_none_where_a_program_failed) {
    EXPECT_TRUE(given_to(sale("1", 1, supply::none)).empty());
    EXPECT_EQ(types(), strings{"ejunkie.code_missing"});
}

TEST_F(postgres_codes_test, stay_given_when_their_event_or_transaction_is_forgotten) {
    add({"A", "B", "C"});
    ASSERT_EQ(given_to(sale("1")), strings{"A"});
    ASSERT_EQ(given_to(sale("2")), strings{"B"});
    EXPECT_EQ(transactions(), "A|1|1|f\nB|2|1|f");
    EXPECT_EQ(apply(erasure{{after(0)[0].number}}), 1U);
    EXPECT_EQ(apply(code_anonymisation{"other*", "2"}), 0U);
    EXPECT_EQ(apply(code_anonymisation{"sh*", "2"}), 1U);
    EXPECT_EQ(apply(code_anonymisation{"", ""}), 0U);
    EXPECT_EQ(transactions(), "A|||t\nB|||t");
    EXPECT_EQ(given_to(sale("1")), strings{"A"});
    EXPECT_EQ(given_to(sale("2")), strings{"B"});
    EXPECT_EQ(levels(), "100200 1 2");
}

TEST_F(postgres_codes_test, are_given_once_though_two_daemons_sell_at_once) {
    constexpr std::size_t sales = 60;
    strings codes;
    for (std::size_t i = 0; i < sales; ++i)
        codes.push_back("CODE-" + std::to_string(i));
    ASSERT_EQ(add(codes), sales);
    std::vector<std::multiset<std::string>> given(2);
    std::vector<std::thread> daemons;
    for (auto& into : given)
        daemons.emplace_back([&into, to = connect()]() mutable {
            for (std::size_t i = 0; i < sales; ++i) {
                const auto stored = store(to, queue(sale(std::to_string(i))));
                into.insert(stored.codes->codes.begin(), stored.codes->codes.end());
            }
        });
    for (auto& each : daemons)
        each.join();
    EXPECT_EQ(given[0], given[1]);
    EXPECT_EQ(std::set<std::string>(given[0].begin(), given[0].end()).size(), sales);
    EXPECT_EQ(levels(), "100200 0 60");
    EXPECT_EQ(count("events"), 60);
}

}  // namespace
}  // namespace shopbell::test
