#include "ejunkie_support.hpp"

namespace shopbell {
namespace {

using namespace ejunkie_test;

TEST(ejunkie_items, are_read_with_their_uneven_underscores) {
    const auto order = order_of(
        "txn_id=1&mc_currency=USD&num_cart_items=2&item_name1=a&item_number1=10&quantity1=1&mc_gross_1=1.0&"
        "option_name1_1=Size&option_selection1_1=L&option_name3_1=Ink&option_selection3_1=Red&"
        "item_name2=b&item_number2=20%7C%7Cx%7C%7Cy&quantity2=2&mc_gross_2=2.0&sku_2=s2&key_2=k1%0D%0Ak2%"
        "0Ak3%2Ck4%0A&"
        "option_name1_2=Size&option_selection1_2=M&item_affiliate_fee_2=0.5");
    expect_members(order, {{"/items/0/name", "a"},
                           {"/items/0/number", "10"},
                           {"/items/0/sku", "(none)"},
                           {"/items/0/options/0/value", "L"},
                           {"/items/0/options/1/name", "Ink"},
                           {"/items/0/options/2", "(none)"},
                           {"/items/0/license_keys", "(none)"},
                           {"/items/1/number", "20"},
                           {"/items/1/sku", "s2"},
                           {"/items/1/options/0/value", "M"},
                           {"/items/1/license_keys/0", "k1"},
                           {"/items/1/license_keys/1", "k2"},
                           {"/items/1/license_keys/2", "k3,k4"},
                           {"/items/1/license_keys/3", "(none)"},
                           {"/items/1/total/amount", "2.0"},
                           {"/items/2", "(none)"}});
}

TEST(ejunkie_items, have_the_sku_behind_the_first_bars_where_no_other_is) {
    expect_members(order_of("txn_id=1&item_number1=20%7C%7Cx%7C%7Cy&item_name2=b"),
                   {{"/items/0/number", "20"}, {"/items/0/sku", "x||y"}, {"/items/1/name", "b"}});
}

TEST(ejunkie_items, get_the_sku_and_key_of_the_position_that_was_called) {
    const auto order = order_of(
        "txn_id=1&num_cart_items=2&item_name1=a&item_number1=1%7C%7CA&item_name2=b&item_number2=2%7C%7CB&"
        "item_cart_position=2&sku=PRO&key=K-1&item_number=2");
    expect_members(order, {{"/items/0/sku", "A"},
                           {"/items/0/license_keys", "(none)"},
                           {"/items/1/sku", "PRO"},
                           {"/items/1/license_keys/0", "K-1"},
                           {"/items/1/number", "2"}});
}

TEST(ejunkie_items, of_one_line_orders_fall_back_to_the_unnumbered_twins) {
    for (const auto* count : {"&num_cart_items=1", ""}) {
        const auto order = order_of(
            "txn_id=1&item_name=a&item_number=10&quantity=3&option_name1=Size&option_selection1=L&"
            "option_name2=Ink&option_selection2=Red&sku=S&key=K" +
            std::string(count));
        expect_members(order, {{"/items/0/name", "a"},
                               {"/items/0/number", "10"},
                               {"/items/0/quantity", "3"},
                               {"/items/0/options/0/name", "Size"},
                               {"/items/0/options/1/value", "Red"},
                               {"/items/0/sku", "S"},
                               {"/items/0/license_keys/0", "K"},
                               {"/items/1", "(none)"}});
    }
    const auto numbered =
        order_of("txn_id=1&item_name1=a&quantity1=1&item_name=z&quantity=9&num_cart_items=1");
    expect_members(numbered, {{"/items/0/name", "a"}, {"/items/0/quantity", "1"}});
}

TEST(ejunkie_items, of_longer_orders_take_nothing_from_the_twins) {
    const auto order =
        order_of("txn_id=1&num_cart_items=2&quantity1=1&quantity2=1&item_name=z&item_number=9&sku=S");
    expect_members(order,
                   {{"/items/0/name", "(none)"}, {"/items/0/sku", "(none)"}, {"/items/1/number", "(none)"}});
}

TEST(ejunkie_items, are_counted_where_the_cart_does_not_say_how_many) {
    for (const auto* count : {"", "&num_cart_items=0"}) {
        const auto order =
            order_of("txn_id=1&item_name1=a&quantity2=2&mc_gross_3=3&item_number4=4&item_name6=f" +
                     std::string(count));
        expect_members(order, {{"/items/3/number", "4"}, {"/items/4/name", "f"}, {"/items/5", "(none)"}});
    }
}

TEST(ejunkie_items, do_not_vanish_behind_a_gap_without_a_word) {
    const auto order = order_of("txn_id=1&item_name1=a&item_name3=c&mc_gross_3=3");
    expect_members(order, {{"/items/0/name", "a"}, {"/items/1/name", "c"}, {"/items/1/total/amount", "3"}});
    const struct {
        const char *fields, *problem;
    } rows[] = {
        {"num_cart_items=2&item_name1=a&item_name2=b&item_name4=d", "num_cart_items: fewer"},
        {"item_name1=a&item_name1001=z", "items: more than are read"},
        {"num_cart_items=1000&item_name1=a&item_name99999999999999999999999=z", "num_cart_items: fewer"},
        {"num_cart_items=1&item_name1=a&item_cart_position=2&key=K", "item_cart_position: there is no such"},
    };
    for (const auto& row : rows) {
        const auto problem = problem_of("txn_id=1&" + std::string(row.fields));
        EXPECT_NE(problem.find(row.problem), std::string::npos) << row.fields << ": " << problem;
    }
}

TEST(ejunkie_items, that_the_cart_promises_and_does_not_have_are_left_out) {
    const auto order = order_of("txn_id=1&num_cart_items=5&item_name1=a&item_name3=c");
    expect_members(order, {{"/items/0/name", "a"}, {"/items/1/name", "c"}, {"/items/2", "(none)"}});
}

TEST(ejunkie_items, are_not_trusted_to_be_as_many_as_the_cart_says) {
    EXPECT_NE(problem_of("txn_id=1&num_cart_items=1&item_name1=a&item_name2=b").find("num_cart_items: fewer"),
              std::string::npos);
    EXPECT_NE(problem_of("txn_id=1&num_cart_items=1000000000000000000").find("num_cart_items: more"),
              std::string::npos);
    EXPECT_NE(problem_of("txn_id=1&num_cart_items=two").find("num_cart_items: not a whole number"),
              std::string::npos);
}

TEST(ejunkie_items, keep_a_quantity_of_any_size) {
    const auto order = order_of("txn_id=1&quantity1=1234567890123456789012345678901234567890");
    EXPECT_EQ(at(order, "/items/0/quantity"), "1234567890123456789012345678901234567890");
}

}  // namespace
}  // namespace shopbell
