#include "delivery_support.hpp"
#include "published_bodies.hpp"

#include <shopbell/crypto/digest.hpp>
#include <shopbell/crypto/encoding.hpp>
#include <shopbell/stores/jumpseller.hpp>

namespace shopbell {
namespace {

using test::accept;
using test::make_secrets;
using test::refuse;

constexpr std::string_view token = "test-hooks-token";
constexpr std::string_view body =
    R"({"product":{"id":1001,"name":"Café Mug","price":12.5,"stock":0,"sku":null}})";
constexpr std::string_view signature = "7y1/kOkFTK8GlXKpKClHICicOlf/aHhtKa+/fxG4Vsg=";

jumpseller::dialect make_dialect(secrets tokens = make_secrets({"test-hooks-token"}),
                                 std::string store = {}) {
    return jumpseller::dialect({std::move(tokens), std::move(store)});
}

headers signed_with(std::string_view value) {
    return {{"Jumpseller-Hmac-Sha256", std::string(value)}};
}

TEST(jumpseller_signature, accepts_the_published_vectors) {
    const struct {
        const char* name;
        const char* token;
        std::string_view body, signature;
    } rows[] = {
        {"order", "0123456789abcdef0123456789abcdef", R"({"order":{"id":1026,"status":"Paid"}})",
         "6ueBlauzl9ybmMQAbpE79fo6pZNrdvrbNYBtHj80JOY="},
        {"product in utf-8", "test-hooks-token", body, signature},
        {"sample J", "test-hooks-token", test::sample_j, "uAItpZMpMErK+9ZkEXLqk4oB86h+moFlwr/FtSo+wNw="},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_FALSE(accept(make_dialect(make_secrets({row.token})), signed_with(row.signature), row.body)
                         .type.empty());
    }
}

TEST(jumpseller_signature, trims_the_header_and_reads_its_name_without_case) {
    EXPECT_EQ(accept(make_dialect(), signed_with(" \t" + std::string(signature) + "\r\n"), body).type,
              "jumpseller.unknown");
    EXPECT_EQ(accept(make_dialect(), {{"jumpseller-hmac-sha256", std::string(signature)}}, body).type,
              "jumpseller.unknown");
}

TEST(jumpseller_signature, refuses_what_is_not_strict_base64) {
    const auto mac = *base64_decode(signature);
    std::string url_safe(signature);
    for (char& c : url_safe)
        c = c == '/' ? '_' : c == '+' ? '-' : c;
    std::string spaced(signature);
    spaced.insert(10, " ");
    const struct {
        const char* name;
        headers fields;
    } rows[] = {
        {"hex", signed_with(hex_encode(mac))},
        {"base64url", signed_with(url_safe)},
        {"unpadded", signed_with(signature.substr(0, 43))},
        {"space inside", signed_with(spaced)},
        {"stray bits", signed_with(std::string(signature.substr(0, 42)) + "h=")},
        {"too short", signed_with(base64_encode(mac.substr(0, 31)))},
        {"too long", signed_with(base64_encode(mac + "x"))},
        {"prefixed", signed_with("sha256=" + std::string(signature))},
        {"empty", signed_with("")},
        {"only space", signed_with("  ")},
        {"missing", {}},
        {"under another name", {{"X-Jumpseller-Hmac-Sha256", std::string(signature)}}},
        {"repeated", {signed_with(signature)[0], signed_with(signature)[0]}},
        {"repeated, one wrong", {signed_with(signature)[0], signed_with("AAAA")[0]}},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        EXPECT_EQ(refuse(make_dialect(), row.fields, body).status, 401u);
    }
}

TEST(jumpseller_signature, is_judged_with_the_body_whatever_the_header_holds) {
    for (const auto& fields : {signed_with(signature), signed_with("zz"), headers{}})
        EXPECT_FALSE(make_dialect().screen(fields).has_value());
}

TEST(jumpseller_signature, covers_every_byte_of_the_body) {
    for (std::size_t i = 0; i < body.size(); ++i) {
        std::string changed(body);
        changed[i] = static_cast<char>(changed[i] ^ 1);
        EXPECT_EQ(refuse(make_dialect(), signed_with(signature), changed).status, 401u) << i;
    }
    EXPECT_EQ(refuse(make_dialect(), signed_with(signature), std::string(body) + "\n").status, 401u);
    EXPECT_EQ(refuse(make_dialect(), signed_with(signature), "").status, 401u);
}

TEST(jumpseller_signature, accepts_any_of_several_tokens) {
    const auto rotating = make_dialect(make_secrets({"new-token", "test-hooks-token"}));
    EXPECT_EQ(accept(rotating, signed_with(signature), body).type, "jumpseller.unknown");
    EXPECT_EQ(
        refuse(make_dialect(make_secrets({"new-token", "newer-token"})), signed_with(signature), body).status,
        401u);
}

TEST(jumpseller_signature, without_tokens_nothing_is_genuine) {
    const auto mac = hmac_sha256("", body);
    EXPECT_EQ(refuse(make_dialect({}), signed_with(base64_encode(as_text(mac))), body).status, 401u);
    EXPECT_EQ(refuse(make_dialect(make_secrets({""})), signed_with(base64_encode(as_text(mac))), body).status,
              401u);
}

TEST(jumpseller_signature, reasons_hold_neither_token_nor_expected_signature) {
    const auto wrong = base64_encode(as_text(hmac_sha256("another", body)));
    for (const auto& fields : {signed_with(wrong), signed_with("zz"), headers{}}) {
        const auto reason = refuse(make_dialect(), fields, body).reason;
        EXPECT_FALSE(reason.empty());
        EXPECT_EQ(reason.find(token), std::string::npos) << reason;
        EXPECT_EQ(reason.find(signature), std::string::npos) << reason;
        EXPECT_EQ(reason.find(hex_encode(*base64_decode(signature))), std::string::npos) << reason;
    }
}

TEST(jumpseller_store, another_store_is_forbidden_only_after_the_signature) {
    const auto mine = make_dialect(make_secrets({"test-hooks-token"}), "mystore");
    auto fields = signed_with(signature);
    EXPECT_EQ(refuse(mine, fields, body).status, 403u);
    fields.push_back({"Jumpseller-Store-Code", "yours"});
    EXPECT_EQ(refuse(mine, fields, body).status, 403u);
    EXPECT_EQ(refuse(mine, fields, "{}").status, 401u);
    fields.back().value = "MyStore";
    EXPECT_EQ(accept(mine, fields, body).store, "MyStore");
    fields.push_back({"Jumpseller-Store-Code", "mystore"});
    EXPECT_EQ(refuse(mine, fields, body).status, 403u);
}

TEST(jumpseller_store, an_odd_code_counts_as_none) {
    for (const auto& code : {std::string("my store"), std::string("../x"), std::string(65, 'a'),
                             std::string("a\nb"), std::string("é"), std::string()}) {
        auto fields = signed_with(signature);
        fields.push_back({"Jumpseller-Store-Code", code});
        EXPECT_EQ(accept(make_dialect(), fields, body).store, "") << code;
    }
}

TEST(jumpseller_signing, makes_what_the_store_sends) {
    const auto made = make_dialect().sign("product_updated", std::string(body), signing::genuine);
    EXPECT_EQ(value_of(made.fields, "Content-Type"), "application/json");
    EXPECT_EQ(value_of(made.fields, "Jumpseller-Event"), "product_updated");
    EXPECT_EQ(value_of(made.fields, "Jumpseller-Store-Code"), "mystore");
    EXPECT_EQ(value_of(made.fields, "Jumpseller-Hmac-Sha256"), signature);
    EXPECT_TRUE(value_of(made.fields, "Jumpseller-Triggered-At").ends_with(" UTC"));
    EXPECT_EQ(made.body, body);
    EXPECT_EQ(accept(make_dialect(), made.fields, made.body).type, "jumpseller.product.updated");
}

TEST(jumpseller_signing, a_broken_signature_is_well_formed_and_wrong) {
    const auto made = make_dialect().sign("product_updated", std::string(body), signing::broken);
    EXPECT_FALSE(make_dialect().screen(made.fields).has_value());
    EXPECT_EQ(refuse(make_dialect(), made.fields, made.body).status, 401u);
}

TEST(jumpseller_signing, uses_the_configured_store_and_leaves_out_an_unknown_event) {
    const auto made = make_dialect(make_secrets({"t"}), "shop7").sign("", "{}", signing::genuine);
    EXPECT_EQ(value_of(made.fields, "Jumpseller-Store-Code"), "shop7");
    EXPECT_EQ(count(made.fields, "Jumpseller-Event"), 0u);
}

TEST(jumpseller_signing, without_authentication_there_is_no_signature) {
    const jumpseller::dialect open({{}, {}, true});
    const auto made = open.sign("contact", "{}", signing::genuine);
    EXPECT_EQ(count(made.fields, "Jumpseller-Hmac-Sha256"), 0u);
    EXPECT_FALSE(open.screen(made.fields).has_value());
    EXPECT_EQ(accept(open, made.fields, made.body).type, "jumpseller.contact");
}

TEST(jumpseller_configuration, builds_a_provider_that_takes_its_own_samples) {
    const auto one = test::configure(jumpseller_entry(), "hooks_token = ['old', 'new']\nstore = 'mystore'");
    EXPECT_TRUE(one.errors.empty());
    for (const auto& sample : jumpseller_entry().samples()) {
        const auto genuine = one.made->sign(sample.event, sample.body, signing::genuine);
        EXPECT_EQ(accept(*one.made, genuine.fields, genuine.body).type, sample.type);
        const auto broken = one.made->sign(sample.event, sample.body, signing::broken);
        EXPECT_EQ(refuse(*one.made, broken.fields, broken.body).status, 401u);
    }
}

TEST(jumpseller_configuration, names_what_is_wrong) {
    const struct {
        const char* name;
        const char* toml;
        bool auth_none;
        const char* says;
    } rows[] = {
        {"no token", "", false, "no hooks_token: set hooks_token_file"},
        {"where to find it", "", false, "Config > Notifications > Webhooks"},
        {"token with auth none", "hooks_token = 'x'", true, "contradicts auth = \"none\""},
        {"odd store", "hooks_token = 'x'\nstore = 'my store'", false, "must be a store code"},
        {"unknown key", "hooks_token = 'x'\nstor = 'mine'", false, "stor"},
    };
    for (const auto& row : rows) {
        SCOPED_TRACE(row.name);
        const auto one = test::configure(jumpseller_entry(), row.toml, row.auth_none);
        ASSERT_EQ(one.errors.size(), 1u);
        EXPECT_NE(one.errors[0].find(row.says), std::string::npos) << one.errors[0];
    }
}

TEST(jumpseller_configuration, auth_none_alone_is_allowed) {
    const auto one = test::configure(jumpseller_entry(), "", true);
    EXPECT_TRUE(one.errors.empty());
    EXPECT_EQ(accept(*one.made, {{"Jumpseller-Event", "contact"}}, "{}").type, "jumpseller.contact");
}

}  // namespace
}  // namespace shopbell
