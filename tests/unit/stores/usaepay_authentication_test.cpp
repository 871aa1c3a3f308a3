#include "delivery_support.hpp"
#include "published_bodies.hpp"

#include <shopbell/core/text.hpp>
#include <shopbell/crypto/digest.hpp>
#include <shopbell/crypto/encoding.hpp>
#include <shopbell/stores/usaepay.hpp>

namespace shopbell {
namespace {

using test::accept;
using test::make_secrets;
using test::refuse;

constexpr std::string_view u2_signature = "65a9c3f7e4c31939209af3c4c4ceeda8fbe37fd6f8066989fd28c9609cc23db9";

usaepay::dialect with_key() {
    return usaepay::dialect({make_secrets({"test-signature-key"})});
}
usaepay::dialect with_basic() {
    return usaepay::dialect({{}, "store", make_secrets({"pass:word", "old"})});
}
usaepay::dialect with_both() {
    return usaepay::dialect({make_secrets({"test-signature-key"}), "store", make_secrets({"pass:word"})});
}

header signature_field(std::string_view value) {
    return {"X-Signature", std::string(value)};
}
header basic(std::string_view credentials) {
    return {"Authorization", "Basic " + base64_encode(credentials)};
}

TEST(usaepay_signature, accepts_the_published_vectors) {
    const struct {
        const char *name, *key;
        std::string_view body, signature;
    } rows[] = {
        {"U0", "example-signature-key", test::sample_u0,
         "7d8e06674339e407b817d9ceb283342b0d6d38e730dea28b05232db532f92896"},
        {"U1", "test-signature-key", test::sample_u1,
         "2000f2c1cd933212c51547cf9c2f14c1bd3bbdc5ee0c6a8d8900db68e0c2b3ad"},
        {"U2", "test-signature-key", test::sample_u2, u2_signature},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const usaepay::dialect one({make_secrets({"another-key", row.key})});
        EXPECT_TRUE(accept(one, {signature_field(row.signature)}, row.body).type.starts_with("usaepay."));
        EXPECT_EQ(refuse(one, {signature_field(row.signature)}, std::string(row.body) + "\n").status, 401u);
    }
}

TEST(usaepay_signature, takes_hex_in_either_case) {
    auto mixed = std::string(u2_signature);
    ASSERT_EQ(mixed[2], 'a');
    mixed[2] = 'A';
    EXPECT_EQ(accept(with_key(), {signature_field(mixed)}, test::sample_u2).subject, "transaction/k2");
    EXPECT_EQ(accept(with_key(), {signature_field(to_upper(u2_signature))}, test::sample_u2).subject,
              "transaction/k2");
    EXPECT_EQ(accept(with_key(), {signature_field(" " + std::string(u2_signature) + "\t")}, test::sample_u2)
                  .subject,
              "transaction/k2");
}

TEST(usaepay_signature, refuses_every_other_form) {
    const auto mac = *hex_decode(u2_signature);
    const struct {
        const char* name;
        headers fields;
    } rows[] = {
        {"base64", {signature_field(base64_encode(mac))}},
        {"prefixed", {signature_field("sha256=" + std::string(u2_signature))}},
        {"shortened", {signature_field(u2_signature.substr(0, 40))}},
        {"odd", {signature_field(u2_signature.substr(0, 63))}},
        {"longer", {signature_field(std::string(u2_signature) + "00")}},
        {"space inside",
         {signature_field(std::string(u2_signature.substr(0, 32)) + " " +
                          std::string(u2_signature.substr(32)))}},
        {"empty", {signature_field("")}},
        {"missing", {}},
        {"repeated", {signature_field(u2_signature), signature_field(u2_signature)}},
        {"under another name", {{"X-Usaepay-Signature", std::string(u2_signature)}}},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(refuse(with_key(), row.fields, test::sample_u2).status, 401u);
    }
}

TEST(usaepay_signature, without_credentials_nothing_is_genuine) {
    const auto mac = hex_encode(as_text(hmac_sha256("", test::sample_u2)));
    EXPECT_EQ(refuse(usaepay::dialect({}), {signature_field(mac), basic(":")}, test::sample_u2).status, 401u);
    EXPECT_EQ(refuse(usaepay::dialect({make_secrets({""})}), {signature_field(mac)}, test::sample_u2).status,
              401u);
}

TEST(usaepay_basic, accepts_user_and_any_password) {
    const std::string body(test::sample_u2);
    EXPECT_EQ(accept(with_basic(), {basic("store:pass:word")}, body).subject, "transaction/k2");
    EXPECT_EQ(accept(with_basic(), {basic("store:old")}, body).subject, "transaction/k2");
    EXPECT_EQ(accept(with_basic(), {{"authorization", "bASIC  " + base64_encode("store:old")}}, body).subject,
              "transaction/k2");
}

TEST(usaepay_basic, refuses_anything_else) {
    const auto right = base64_encode("store:old");
    const struct {
        const char* name;
        headers fields;
    } rows[] = {
        {"wrong password", {basic("store:older")}},
        {"wrong user", {basic("Store:old")}},
        {"empty password", {basic("store:")}},
        {"no colon", {basic("store")}},
        {"password up to the colon only", {basic("store:pass")}},
        {"bearer", {{"Authorization", "Bearer " + right}}},
        {"no scheme", {{"Authorization", right}}},
        {"scheme only", {{"Authorization", "Basic"}}},
        {"glued", {{"Authorization", "Basic" + right}}},
        {"not base64", {{"Authorization", "Basic store:old"}}},
        {"unpadded", {{"Authorization", "Basic " + base64_encode("store:oldx").substr(0, 14)}}},
        {"empty", {{"Authorization", ""}}},
        {"missing", {}},
        {"repeated", {basic("store:old"), basic("store:old")}},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(refuse(with_basic(), row.fields, test::sample_u2).status, 401u);
    }
}

TEST(usaepay_basic, has_a_realm_only_where_it_is_in_use) {
    EXPECT_EQ(with_basic().basic_realm(), "shopbell");
    EXPECT_EQ(with_both().basic_realm(), "shopbell");
    EXPECT_EQ(with_key().basic_realm(), "");
}

TEST(usaepay_authentication, both_must_hold_where_both_are_configured) {
    const auto right_mac = signature_field(u2_signature);
    const auto wrong_mac = signature_field(std::string(64, 'a'));
    const auto right_basic = basic("store:pass:word");
    const auto wrong_basic = basic("store:wrong");
    EXPECT_EQ(accept(with_both(), {right_mac, right_basic}, test::sample_u2).subject, "transaction/k2");
    for (const auto& fields : std::vector<headers>{{wrong_mac, right_basic},
                                                   {right_mac, wrong_basic},
                                                   {wrong_mac, wrong_basic},
                                                   {right_mac},
                                                   {right_basic},
                                                   {}})
        EXPECT_EQ(refuse(with_both(), fields, test::sample_u2).status, 401u);
}

TEST(usaepay_authentication, is_judged_with_the_body_whatever_the_headers_hold) {
    for (const auto& fields : std::vector<headers>{
             {signature_field(u2_signature), basic("store:wrong")}, {signature_field("x")}, {}}) {
        for (const auto& one : {with_key(), with_basic(), with_both()})
            EXPECT_FALSE(one.screen(fields).has_value());
    }
}

TEST(usaepay_authentication, reasons_hold_no_credentials_and_no_expected_signature) {
    for (const auto& fields :
         std::vector<headers>{{signature_field(std::string(64, 'a')), basic("store:pass:word")},
                              {signature_field(u2_signature), basic("store:guess")},
                              {signature_field("x")},
                              {}}) {
        const auto reason = refuse(with_both(), fields, test::sample_u2).reason;
        EXPECT_FALSE(reason.empty());
        for (const auto hidden : {std::string_view("test-signature-key"), std::string_view("pass:word"),
                                  u2_signature, std::string_view("guess")})
            EXPECT_EQ(reason.find(hidden), std::string::npos) << reason;
    }
}

TEST(usaepay_signing, makes_what_the_store_sends) {
    const auto made = with_both().sign("", std::string(test::sample_u2), signing::genuine);
    EXPECT_EQ(value_of(made.fields, "X-Signature"), u2_signature);
    EXPECT_EQ(value_of(made.fields, "Authorization"), "Basic " + base64_encode("store:pass:word"));
    EXPECT_EQ(accept(with_both(), made.fields, made.body).subject, "transaction/k2");
    const auto open = usaepay::dialect({{}, {}, {}, true});
    const auto bare = open.sign("", "{}", signing::genuine);
    ASSERT_EQ(bare.fields.size(), 1u);
    EXPECT_EQ(bare.fields[0].name, "Content-Type");
    EXPECT_EQ(accept(open, bare.fields, bare.body).type, "usaepay.unparsed");
}

TEST(usaepay_signing, broken_credentials_are_well_formed_and_wrong) {
    const auto neighbours = usaepay::dialect({{}, "store", make_secrets({"a", "b", "c"})});
    for (const auto* one : {"key", "basic", "both", "neighbours"}) {
        SCOPED_TRACE(one);
        const std::string_view name(one);
        const auto& dialect = name == "key"     ? with_key()
                              : name == "basic" ? with_basic()
                              : name == "both"  ? with_both()
                                                : neighbours;
        const auto made = dialect.sign("", std::string(test::sample_u2), signing::broken);
        EXPECT_EQ(refuse(dialect, made.fields, made.body).status, 401u);
    }
}

TEST(usaepay_configuration, builds_a_provider_that_takes_its_own_samples) {
    for (const auto* toml : {"signature_key = 'k'", "basic_user = 'u'\nbasic_password = ['p', 'q']",
                             "signature_key = ['k', 'l']\nbasic_user = 'u'\nbasic_password = 'p'"}) {
        const auto one = test::configure(usaepay_entry(), toml);
        EXPECT_TRUE(one.errors.empty()) << one.errors[0];
        for (const auto& sample : usaepay_entry().samples()) {
            const auto genuine = one.made->sign(sample.event, sample.body, signing::genuine);
            EXPECT_FALSE(one.made->screen(genuine.fields).has_value());
            EXPECT_EQ(accept(*one.made, genuine.fields, genuine.body).type, sample.type);
            const auto broken = one.made->sign(sample.event, sample.body, signing::broken);
            EXPECT_EQ(refuse(*one.made, broken.fields, broken.body).status, 401u);
        }
    }
}

TEST(usaepay_configuration, names_what_is_wrong) {
    const struct {
        const char *name, *toml;
        bool auth_none;
        const char* says;
    } rows[] = {
        {"nothing", "", false, "no signature_key: set signature_key_file"},
        {"where to find it", "", false, "Settings > Webhooks"},
        {"user alone", "basic_user = 'u'", false, "basic_user without basic_password"},
        {"user beside a key", "signature_key = 'k'\nbasic_user = 'u'", false,
         "basic_user without basic_password"},
        {"password alone", "basic_password = 'p'", false, "basic_password without basic_user"},
        {"colon", "basic_user = 'a:b'\nbasic_password = 'p'", false, "must not hold a colon"},
        {"key with auth none", "signature_key = 'k'", true, "contradict auth = \"none\""},
        {"basic with auth none", "basic_user = 'u'\nbasic_password = 'p'", true,
         "contradict auth = \"none\""},
        {"unknown key", "signature_key = 'k'\nbasic_usr = 'u'", false, "basic_usr"},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const auto one = test::configure(usaepay_entry(), row.toml, row.auth_none);
        ASSERT_EQ(one.errors.size(), 1u);
        EXPECT_NE(one.errors[0].find(row.says), std::string::npos) << one.errors[0];
    }
    EXPECT_TRUE(test::configure(usaepay_entry(), "", true).errors.empty());
}

TEST(usaepay_configuration, the_inbox_never_keeps_the_password) {
    for (const auto name : usaepay_entry().keeps)
        EXPECT_FALSE(iequals(name, "Authorization"));
    EXPECT_EQ(usaepay_entry().keeps.size(), 2u);
}

TEST(provider_registry, finds_every_store_by_name) {
    EXPECT_EQ(providers().size(), 3u);
    for (const auto* name : {"jumpseller", "ejunkie", "usaepay"}) {
        ASSERT_NE(find_provider(name), nullptr) << name;
        EXPECT_EQ(find_provider(name)->name, name);
    }
    EXPECT_EQ(find_provider("Jumpseller"), nullptr);
    EXPECT_EQ(find_provider(""), nullptr);
}

}  // namespace
}  // namespace shopbell
