#include "archive_fixture.hpp"

#include <gtest/gtest.h>

namespace shopbell::test {
namespace {

class reception_test : public engine_archive_test {
protected:
    std::optional<reception_report> received(sequence number) {
        return run(context_, archive_->received(number)).value();
    }
    static arrival from_the_store() {
        auto delivered = make("one");
        delivered.received = {"203.0.113.7", "request-1", "hooks_token"};
        return delivered;
    }
};

TEST_P(reception_test, is_that_of_the_first_delivery_with_a_count_of_the_others) {
    open();
    EXPECT_FALSE(put(from_the_store())->duplicate);
    (void)put(make("two"));
    auto again = from_the_store();
    again.received = {"203.0.113.8", "request-2", "hooks_token"};
    EXPECT_TRUE(put(again)->duplicate);
    reopen();
    EXPECT_TRUE(put(again)->duplicate);
    open_archive();
    const auto first = received(1);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->first.client, "203.0.113.7");
    EXPECT_EQ(first->first.request_id, "request-1");
    EXPECT_EQ(first->first.verified_by, "hooks_token");
    EXPECT_EQ(first->repeats, 2U);
    const auto second = received(2);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->first.client, "");
    EXPECT_EQ(second->repeats, 0U);
    EXPECT_FALSE(received(3));
}

TEST_P(reception_test, goes_with_the_event) {
    open();
    (void)put(from_the_store());
    (void)put(from_the_store());
    EXPECT_EQ(apply(erasure{{1}}).value(), 1U);
    (void)put(make("two"));
    open_archive();
    EXPECT_FALSE(received(1));
    EXPECT_EQ(received(2)->repeats, 0U);
}

INSTANTIATE_TEST_SUITE_P(engine, reception_test, every_engine, engine_name);

}  // namespace
}  // namespace shopbell::test
