#include "support/certificates.hpp"

#include <shopbell/http/tls_identity.hpp>

#include <gtest/gtest.h>

namespace shopbell::http {
namespace {

using test::authority;

TEST(a_tls_identity, takes_a_certificate_and_its_key) {
    const authority issuer;
    const auto one = issuer.certificate_for("DNS:localhost");
    auto identity = tls_identity::of(one.pem() + issuer.pem());
    ASSERT_TRUE(identity) << identity.error().reason;
    EXPECT_TRUE(identity->take_key(secret(one.key_pem())));
}

TEST(a_tls_identity, refuses_what_is_no_certificate) {
    const authority issuer;
    const std::string damaged = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
    for (const auto& text :
         {std::string("hello"), std::string("\0\0", 2), issuer.certificate_for("DNS:a").key_pem(), damaged}) {
        const auto identity = tls_identity::of(text);
        ASSERT_FALSE(identity) << text;
        EXPECT_EQ(identity.error().reason, "holds no certificate in PEM form");
    }
}

TEST(a_tls_identity, refuses_what_is_no_key) {
    const auto one = test::self_signed("DNS:localhost");
    auto identity = tls_identity::of(one.pem());
    const auto taken = identity->take_key(secret(one.pem()));
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().reason, "holds no private key in PEM form");
}

TEST(a_tls_identity, refuses_the_key_of_another_certificate) {
    auto identity = tls_identity::of(test::self_signed("DNS:localhost").pem());
    const auto taken = identity->take_key(secret(test::self_signed("DNS:localhost").key_pem()));
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().reason, "holds the key of another certificate");
}

TEST(a_tls_identity, refuses_a_key_of_another_kind) {
    auto identity = tls_identity::of(test::self_signed("DNS:localhost").pem());
    test::certificate other{{}, test::key_ptr(EVP_RSA_gen(2048U))};
    const auto taken = identity->take_key(secret(other.key_pem()));
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().reason, "holds the key of another certificate");
}

TEST(a_tls_identity, does_not_ask_for_a_password) {
    const auto one = test::self_signed("DNS:localhost");
    auto identity = tls_identity::of(one.pem());
    const auto taken = identity->take_key(secret(one.key_pem("password")));
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().reason, "is protected by a password; take it off: openssl pkey -in KEY -out NEW");
}

TEST(a_tls_identity, knows_from_when_to_when_it_is_valid) {
    const authority issuer;
    const auto fresh = tls_identity::of(issuer.certificate_for("DNS:a").pem());
    EXPECT_LT(fresh->begins(), now());
    EXPECT_GT(fresh->ends(), now());
    const auto old = tls_identity::of(issuer.expired_certificate_for("DNS:a").pem());
    EXPECT_LT(old->ends(), now());
}

TEST(a_tls_identity, has_a_fingerprint_of_its_own) {
    const auto one = test::self_signed("DNS:a"), other = test::self_signed("DNS:a");
    EXPECT_EQ(tls_identity::of(one.pem())->fingerprint().size(), 32U);
    EXPECT_EQ(tls_identity::of(one.pem())->fingerprint(), tls_identity::of(one.pem())->fingerprint());
    EXPECT_NE(tls_identity::of(one.pem())->fingerprint(), tls_identity::of(other.pem())->fingerprint());
}

}  // namespace
}  // namespace shopbell::http
