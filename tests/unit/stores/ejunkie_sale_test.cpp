#include "ejunkie_support.hpp"

namespace shopbell {
namespace {

using namespace ejunkie_test;

code_sale read(std::string_view body) {
    return ejunkie_entry().read_sale(body);
}

TEST(ejunkie_sale, is_that_of_the_line_that_caused_the_request) {
    const auto sale = read(e1);
    EXPECT_TRUE(sale.completed);
    EXPECT_EQ(sale.transaction, "6MF00000000000000");
    EXPECT_EQ(sale.item, "2");
    EXPECT_EQ(sale.product, "100200");
    EXPECT_EQ(sale.quantity, 1U);
    EXPECT_EQ(sale.problem, "");
}

TEST(ejunkie_sale, of_one_item_needs_no_position) {
    const auto sale = read(e2);
    EXPECT_TRUE(sale.completed);
    EXPECT_EQ(sale.transaction, "au-60000000001");
    EXPECT_EQ(sale.item, "");
    EXPECT_EQ(sale.product, "100300");
    EXPECT_EQ(sale.quantity, 2U);
    EXPECT_EQ(sale.problem, "");
}

TEST(ejunkie_sale, takes_unnumbered_fields_where_the_numbered_ones_are_missing) {
    const auto sale = read("txn_id=1&item_cart_position=3&num_cart_items=4&item_number=7%7C%7CX&quantity=2");
    EXPECT_EQ(sale.product, "7");
    EXPECT_EQ(sale.quantity, 2U);
    EXPECT_EQ(read("txn_id=1&item_cart_position=3&item_number=7").quantity, 1U);
    EXPECT_EQ(read("txn_id=1").product, "");
}

TEST(ejunkie_sale, of_several_items_without_a_position_cannot_be_served) {
    EXPECT_NE(read("txn_id=1&num_cart_items=2&item_number1=7&item_number2=8").problem, "");
    EXPECT_NE(read("txn_id=1&item_number1=7&item_number2=8").problem, "");
    EXPECT_EQ(read("txn_id=1&num_cart_items=1&item_number1=7").problem, "");
}

TEST(ejunkie_sale, has_a_quantity_that_can_be_counted) {
    const auto of = [](const std::string& quantity) {
        return read("txn_id=1&item_number=7&quantity=" + quantity);
    };
    EXPECT_EQ(of("3").quantity, 3U);
    EXPECT_EQ(of("3.00").quantity, 3U);
    EXPECT_EQ(of("1000").quantity, 1000U);
    EXPECT_EQ(of("").quantity, 1U);
    for (const auto* const bad : {"0", "-1", "1.5", "1e3", "many", "1001", "99999999999999999999", "%002"})
        EXPECT_NE(of(bad).problem, "") << bad;
}

TEST(ejunkie_sale, is_completed_only_where_the_money_has_come) {
    EXPECT_TRUE(read("txn_id=1&payment_status=completed").completed);
    EXPECT_TRUE(read("txn_id=1").completed);
    EXPECT_FALSE(read("txn_id=1&payment_status=Pending").completed);
    EXPECT_FALSE(read("txn_id=1&payment_status=Refunded").completed);
    EXPECT_FALSE(read("txn_id=1&payment_status=Completed&txn_type=cash").completed);
    EXPECT_FALSE(read("payment_status=Completed").completed);
}

TEST(ejunkie_sale, is_known_by_another_id_where_there_is_no_txn_id) {
    EXPECT_EQ(read("ej_txn_id=5&invoice=6").transaction, "ej_txn_id:5");
    EXPECT_EQ(read("txn_id=+&invoice=6").transaction, "invoice:6");
}

}  // namespace
}  // namespace shopbell
