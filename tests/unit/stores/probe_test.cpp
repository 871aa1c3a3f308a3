#include "delivery_support.hpp"

#include <algorithm>

namespace shopbell {
namespace {

struct probe_row {
    const char* provider;
    const char* secret;
};

class a_probe : public testing::TestWithParam<probe_row> {
protected:
    const provider_entry& entry_ = *find_provider(GetParam().provider);
    const std::unique_ptr<const provider> source_ = test::configure(entry_, GetParam().secret).made;

    signed_webhook sign(std::string_view mark, std::size_t padding = 0, signing how = signing::genuine) {
        auto one = entry_.probe(mark, padding);
        return source_->sign(one.event, std::move(one.body), how);
    }
    accepted taken(const signed_webhook& one) { return test::accept(*source_, one.fields, one.body); }
};

TEST_P(a_probe, is_genuine_and_of_a_type_that_no_store_sends) {
    const auto one = taken(sign("m1"));
    const auto type = std::string(GetParam().provider) + ".shopbell_probe";
    EXPECT_EQ(one.type, type);
    EXPECT_EQ(one.type, entry_.probe("m1", 0).type);
    EXPECT_EQ(one.subject, "probe/m1");
    EXPECT_FALSE(one.repeats_latest_only);
    const auto real = entry_.samples();
    EXPECT_EQ(std::ranges::find(real, type, &sample::type), real.end());
}

TEST_P(a_probe, tells_of_no_order) {
    const auto one = sign("m1");
    const auto about = entry_.describe({taken(one).type, one.fields, one.body});
    EXPECT_TRUE(about.order.empty()) << about.order;
}

TEST_P(a_probe, with_another_mark_is_another_delivery) {
    EXPECT_NE(taken(sign("m1")).identity, taken(sign("m2")).identity);
    EXPECT_EQ(taken(sign("m1")).identity, taken(sign("m1")).identity);
}

TEST_P(a_probe, is_as_large_as_it_is_asked_to_be) {
    EXPECT_EQ(sign("m1", 1000).body.size(), sign("m1").body.size() + 1000);
    EXPECT_EQ(taken(sign("m1", 1000)).type, taken(sign("m1")).type);
}

TEST_P(a_probe, with_a_broken_proof_is_refused) {
    const auto one = sign("m1", 0, signing::broken);
    EXPECT_EQ(test::refuse(*source_, one.fields, one.body).status, 401U);
}

INSTANTIATE_TEST_SUITE_P(
    providers, a_probe,
    testing::Values(probe_row{"jumpseller", "hooks_token = \"token\"\nstore = \"my-store\""},
                    probe_row{"ejunkie", "handshake = \"6b6833aca1f51dc7ca84723dba452a79\""},
                    probe_row{"usaepay", "signature_key = \"key\""}),
    [](const auto& row) { return row.param.provider; });

TEST(an_ejunkie_order, stays_one_whatever_else_it_carries) {
    const auto& entry = *find_provider("ejunkie");
    const auto source = test::configure(entry, "handshake = \"6b6833aca1f51dc7ca84723dba452a79\"").made;
    const auto one =
        source->sign("", "txn_id=T1&payment_status=Completed&shopbell_probe=m1", signing::genuine);
    EXPECT_EQ(test::accept(*source, one.fields, one.body).type, "ejunkie.order.paid");
}

TEST(a_jumpseller_probe, whose_header_is_exchanged_becomes_no_order) {
    const auto& entry = *find_provider("jumpseller");
    const auto source = test::configure(entry, "hooks_token = \"token\"").made;
    const auto one = source->sign("order_paid", entry.probe("m1", 0).body, signing::genuine);
    EXPECT_EQ(test::accept(*source, one.fields, one.body).type, "jumpseller.contradicted");
}

}  // namespace
}  // namespace shopbell
