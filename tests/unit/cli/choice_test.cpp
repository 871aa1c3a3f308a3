#include <shopbell/cli/choice.hpp>
#include <shopbell/stores/registry.hpp>

#include <gtest/gtest.h>

namespace shopbell {
namespace {

struct choice_row {
    const char* name;
    std::string_view provider;
    std::string_view event;
    std::string_view type;
};

class an_event : public testing::TestWithParam<choice_row> {};

TEST_P(an_event, is_found_by_each_of_its_names) {
    const auto one = choose_sample(GetParam().provider, GetParam().event);
    ASSERT_TRUE(one) << one.error().reason;
    EXPECT_EQ(one->type, GetParam().type);
    EXPECT_FALSE(one->body.empty());
}

INSTANTIATE_TEST_SUITE_P(
    name, an_event,
    testing::Values(choice_row{"of_the_store", "jumpseller", "order_paid", "jumpseller.order.paid"},
                    choice_row{"of_shopbell", "jumpseller", "jumpseller.order.paid", "jumpseller.order.paid"},
                    choice_row{"of_shopbell_without_the_provider", "jumpseller", "order.paid",
                               "jumpseller.order.paid"},
                    choice_row{"with_dots_of_the_store", "usaepay", "transaction.sale.success",
                               "usaepay.transaction.sale.success"},
                    choice_row{"of_shopbell_with_more_dots", "usaepay", "usaepay.transaction.sale.success",
                               "usaepay.transaction.sale.success"},
                    choice_row{"of_shopbell_for_ejunkie", "ejunkie", "order.paid", "ejunkie.order.paid"}),
    [](const auto& one) { return one.param.name; });

TEST(an_event_that_is_misspelt, is_answered_with_the_nearest_and_the_list) {
    const auto one = choose_sample("jumpseller", "order_piad");
    ASSERT_FALSE(one);
    EXPECT_TRUE(one.error().reason.starts_with(
        "unknown event \"order_piad\" (did you mean \"order_paid\"?); jumpseller sends: "))
        << one.error().reason;
    EXPECT_NE(one.error().reason.find(" product_stock_updated"), std::string::npos);
}

TEST(a_provider_that_is_misspelt, is_answered_with_the_nearest_and_the_list) {
    const auto known = check_provider("jumpsellr");
    ASSERT_FALSE(known);
    EXPECT_EQ(known.error().reason,
              "unknown provider \"jumpsellr\" (did you mean \"jumpseller\"?); there are: jumpseller ejunkie "
              "usaepay generic and what `shopbell presets` lists");
}

TEST(every_sample, can_be_chosen_by_its_own_name) {
    for (const auto& provider : providers())
        for (const auto& one : provider.samples())
            EXPECT_TRUE(choose_sample(provider.name, one.event)) << one.event;
}

}  // namespace
}  // namespace shopbell
