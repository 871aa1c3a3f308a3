#include "delivery_support.hpp"
#include "published_bodies.hpp"

#include <shopbell/core/text.hpp>
#include <shopbell/crypto/digest.hpp>
#include <shopbell/crypto/encoding.hpp>
#include <shopbell/stores/ejunkie.hpp>
#include <shopbell/stores/jumpseller.hpp>
#include <shopbell/stores/usaepay.hpp>

#include <algorithm>
#include <random>

namespace shopbell {
namespace {

using test::make_secrets;

const std::string token = "0123456789abcdef0123456789abcdef";
const std::string key = "test-signature-key";

/// JSON that every writer writes otherwise.
const std::string body =
    "{\"order\":{\"id\":1026,\"url\":\"https://a.example/x\",\"name\":\"Peña <&>\",\"total\":1.10}}";

std::string mac(std::string_view secret_key, std::string_view signed_body) {
    return std::string(as_text(hmac_sha256(secret_key, signed_body)));
}

/// A request that is refused, and what is said of it.
struct diagnosis_row {
    std::string name;
    headers fields;
    std::string body;
    std::string says;  ///< a part of the sentence
    bool proven = true;
};

void PrintTo(const diagnosis_row& one, std::ostream* out) {
    *out << one.name;
}

std::string name_of(const testing::TestParamInfo<diagnosis_row>& info) {
    return info.param.name;
}

/// Whatever is said, it is a sentence for people that gives nothing away.
void expect_sentence(const likely_cause& said, const diagnosis_row& one,
                     std::initializer_list<std::string_view> secret) {
    EXPECT_FALSE(said.cause.empty()) << said.text;
    EXPECT_NE(said.text.find(one.says), std::string::npos) << said.text;
    EXPECT_EQ(said.proven, one.proven) << said.text;
    EXPECT_TRUE(said.text.ends_with('.')) << said.text;
    EXPECT_EQ(to_upper(said.text.substr(0, 1)), said.text.substr(0, 1)) << said.text;
    for (const auto text : secret)
        EXPECT_EQ(said.text.find(text), std::string::npos) << said.text;
    for (const auto& field : one.fields) {
        if (field.value.size() > 8) {
            EXPECT_EQ(said.text.find(field.value), std::string::npos) << said.text;
        }
    }
}

class jumpseller_diagnosis : public testing::TestWithParam<diagnosis_row> {};

TEST_P(jumpseller_diagnosis, says_what_to_change) {
    const jumpseller::dialect endpoint({make_secrets({"another", token.c_str()}), "mystore"});
    const auto& one = GetParam();
    ASSERT_TRUE(std::holds_alternative<refusal>(endpoint.accept({one.fields, one.body})));
    expect_sentence(endpoint.diagnose({one.fields, one.body}), one,
                    {token, base64_encode(mac(token, one.body)), hex_encode(mac(token, one.body))});
}

headers hmac_header(std::string value) {
    return {{"Content-Type", "application/json"}, {"Jumpseller-Hmac-Sha256", std::move(value)}};
}

/// Signed by the store as it should be, then changed to `arrived`; or signed with another form of the token.
diagnosis_row changed_on_the_way(std::string name, const std::string& left, std::string arrived,
                                 std::string says) {
    return {std::move(name), hmac_header(base64_encode(mac(token, left))), std::move(arrived),
            std::move(says)};
}
diagnosis_row signed_with(std::string name, const std::string& as_key, std::string says, bool proven = true) {
    return {std::move(name), hmac_header(base64_encode(mac(as_key, body))), body, std::move(says), proven};
}
diagnosis_row signed_as(std::string name, std::string value, std::string says) {
    return {std::move(name), hmac_header(std::move(value)), body, std::move(says)};
}

std::string url_safe(std::string base64) {
    std::ranges::replace(base64, '+', '-');
    std::ranges::replace(base64, '/', '_');
    return base64.substr(0, base64.find('='));
}

const std::string right = mac(token, body);

INSTANTIATE_TEST_SUITE_P(
    headers, jumpseller_diagnosis,
    testing::Values(
        diagnosis_row{
            "missing", {}, body, "has no Jumpseller-Hmac-Sha256 header: a proxy must hand on", false},
        diagnosis_row{"renamed",
                      {{"X-Jumpseller-Hmac-Sha256", base64_encode(right)}},
                      body,
                      "but one named nearly like it",
                      false},
        diagnosis_row{"with_underscores",
                      {{"HTTP_JUMPSELLER_HMAC_SHA256", base64_encode(right)}},
                      body,
                      "but one named nearly like it",
                      false},
        diagnosis_row{"empty", hmac_header(" "), body, "header is empty", false},
        diagnosis_row{"twice",
                      {{"Jumpseller-Hmac-Sha256", base64_encode(right)}, {"jumpseller-hmac-sha256", "x"}},
                      body,
                      "more than one Jumpseller-Hmac-Sha256 header",
                      false},
        signed_as("hexadecimal", hex_encode(right), "were written in base64 and not in hexadecimal:"),
        signed_as("capital_hexadecimal", to_upper(hex_encode(right)), "in base64 and not in hexadecimal:"),
        signed_as("with_prefix", "sha256=" + hex_encode(right),
                  "not in hexadecimal and had no quotes or sha256= around it:"),
        signed_as("base64_with_prefix", "sha256=" + base64_encode(right), "if it had no quotes or sha256="),
        signed_as("base64_of_urls", url_safe(base64_encode(right)), "not in another kind of base64:"),
        signed_as("in_quotes", '"' + base64_encode(right) + '"', "if it had no quotes or sha256="),
        signed_as("the_token_itself", token, "holds hooks_token itself"),
        diagnosis_row{"a_short_mac", hmac_header(base64_encode(right.substr(0, 20))), body,
                      "is no signature as Jumpseller makes them (32 bytes in base64)", false},
        diagnosis_row{"words", hmac_header("no signature at all"), body,
                      "is no signature as Jumpseller makes", false}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    tokens, jumpseller_diagnosis,
    testing::Values(
        signed_with("with_line_break", token + "\n", "if hooks_token ended in a line break: whoever signs"),
        signed_with("with_crlf", token + "\r\n", "ended in a line break"),
        signed_with("with_space", token + " ", "ended in a space"),
        signed_with("with_carriage_return", token + "\r", "ended in a carriage return"),
        signed_with("behind_a_mark", "\xEF\xBB\xBF" + token, "began with a byte order mark"),
        signed_with("in_quotes", '"' + token + '"', "stood in quotes"),
        signed_with("capital", to_upper(token), "were written in capital letters: enter it in the conf"),
        signed_with("decoded", *hex_decode(token), "were decoded from hexadecimal"),
        signed_with("decoded_from_base64", *base64_decode(token), "were decoded from base64"),
        signed_with("empty", "", "if hooks_token were empty", false),
        signed_with("of_somebody_else", "guess", "compare hooks_token with what Jumpseller shows", false),
        diagnosis_row{"hexadecimal_and_a_line_break", hmac_header(hex_encode(mac(token + "\n", body))), body,
                      "were written in base64 and not in hexadecimal and hooks_token ended in a line break"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    bodies, jumpseller_diagnosis,
    testing::Values(
        changed_on_the_way("line_break_added", body, body + "\n",
                           "if the body did not end in a line break: something between Jumpseller and here"),
        changed_on_the_way("crlf_added", body, body + "\r\n", "did not end in a line break"),
        changed_on_the_way("spaces_added", body, " " + body + "  \n", "had no white space around it"),
        changed_on_the_way("line_break_removed", body + "\n", body, "the body ended in a line break"),
        changed_on_the_way("crlf_removed", body + "\r\n", body, "the body ended in a line break"),
        changed_on_the_way("lf_made_crlf", "{\n}\n", "{\r\n}\r\n", "had LF and not CRLF"),
        changed_on_the_way("crlf_made_lf", "{\r\n}\r\n", "{\n}\n", "had CRLF and not LF"),
        changed_on_the_way("mark_added", body, "\xEF\xBB\xBF" + body, "did not begin with a byte order mark"),
        changed_on_the_way("mark_removed", "\xEF\xBB\xBF" + body, body, "began with a byte order mark"),
        changed_on_the_way("made_utf8",
                           "{\"n\":\"Pe\xF1"
                           "a\"}",
                           "{\"n\":\"Peña\"}", "in ISO 8859-1 and not in UTF-8"),
        changed_on_the_way("made_latin1", "{\"n\":\"Peña\"}",
                           "{\"n\":\"Pe\xF1"
                           "a\"}",
                           "in UTF-8 and not in ISO 8859-1"),
        changed_on_the_way("made_windows_1252", "{\"n\":\"10 €\"}", "{\"n\":\"10 \x80\"}",
                           "in UTF-8 and not in Windows-1252"),
        changed_on_the_way("signed_without_body", "", body, "if the body were empty"),
        diagnosis_row{"lost", hmac_header(base64_encode(right)), "", "came without its body: a redirect",
                      false},
        diagnosis_row{"compressed", hmac_header(base64_encode(right)), "\x1F\x8B\x08x",
                      "is compressed (gzip)", false}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    json, jumpseller_diagnosis,
    testing::Values(changed_on_the_way("made_pretty", body,
                                       "{\n \"order\": {\"id\": 1026, \"url\": \"https://a.example/x\",\n"
                                       " \"name\": \"Peña <&>\", \"total\": 1.10}}\n",
                                       "the body were the same JSON without spaces:"),
                    changed_on_the_way("spaces_removed",
                                       R"({"order": {"id": 1026, "a": [1, 2], "b": [], "c": {}}})",
                                       R"({"order":{"id":1026,"a":[1,2],"b":[],"c":{}}})",
                                       "with a space behind each comma and colon:"),
                    changed_on_the_way("made_compact",
                                       "{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n    }\n  ]\n}",
                                       R"({"a":[1,{"b":null}]})", "indented by two spaces:"),
                    changed_on_the_way("unescaped_as_php",
                                       R"({"u":"https:\/\/a.example\/","n":"Pe\u00f1a \ud83d\ude00"})",
                                       R"({"u":"https://a.example/","n":"Peña 😀"})",
                                       "without spaces, \\/ for each slash and \\u escapes"),
                    changed_on_the_way("unescaped_as_rails", R"({"n":"\u003cb\u003e \u0026 é \n \u0001"})",
                                       "{\"n\":\"<b> & é \\n \\u0001\"}", "and \\u escapes for <, > and &:"),
                    changed_on_the_way("escaped", R"({"n":"Peña"})", R"({"n":"Pe\u00f1a"})",
                                       "the same JSON without spaces:")),
    name_of);

TEST(jumpseller_diagnosis_of_a_genuine_delivery, speaks_of_the_store) {
    const jumpseller::dialect endpoint({make_secrets({token.c_str()}), "mystore"});
    auto fields = hmac_header(base64_encode(right));
    fields.push_back({"Jumpseller-Store-Code", "otherstore"});
    const auto said = endpoint.diagnose({fields, body});
    EXPECT_NE(said.text.find("of another store than \"mystore\""), std::string::npos) << said.text;
    EXPECT_EQ(said.text.find("otherstore"), std::string::npos);
    EXPECT_TRUE(said.proven);
}

TEST(jumpseller_diagnosis_of_the_configuration, finds_what_was_copied_with_the_token) {
    const std::pair<std::string, std::string> rows[] = {
        {" " + token + "\t", "had no white space around it: enter it in the configuration"},
        {token + "\xC2\xA0", "had no white space around it: enter it in the configuration"},
        {token.substr(0, 4) + "\xE2\x80\x8B" + token.substr(4), "no characters that are not seen in it"},
        {"'" + token + "'", "had no quotes around it: enter it in the configuration"},
        {to_upper(token), "were written in small letters: enter it in the configuration"},
    };
    for (const auto& [configured, says] : rows) {
        const jumpseller::dialect endpoint({make_secrets({configured.c_str()})});
        const auto said = endpoint.diagnose({hmac_header(base64_encode(right)), body});
        EXPECT_NE(said.text.find(says), std::string::npos) << said.text;
        EXPECT_TRUE(said.proven);
    }
}

class usaepay_diagnosis : public testing::TestWithParam<diagnosis_row> {};

TEST_P(usaepay_diagnosis, says_what_to_change) {
    const usaepay::dialect endpoint({make_secrets({key.c_str()}), "store", make_secrets({"pass:wörd"})});
    const auto& one = GetParam();
    ASSERT_TRUE(std::holds_alternative<refusal>(endpoint.accept({one.fields, one.body})));
    expect_sentence(endpoint.diagnose({one.fields, one.body}), one,
                    {key, "pass:w", hex_encode(mac(key, one.body))});
}

const std::string u2(test::sample_u2);
const header good_signature{"X-Signature", hex_encode(mac(key, u2))};
const header bad_signature{"X-Signature", hex_encode(mac("guess", u2))};

header basic(std::string_view credentials) {
    return {"Authorization", "Basic " + base64_encode(credentials)};
}
const header good_basic = basic("store:pass:wörd");

INSTANTIATE_TEST_SUITE_P(
    pairs, usaepay_diagnosis,
    testing::Values(
        diagnosis_row{
            "nothing", {}, u2, "has no X-Signature header: choose Signature Key or Source Key", false},
        diagnosis_row{
            "no_basic", {good_signature}, u2, "The signature is right, but the request has no Authorization"},
        diagnosis_row{
            "no_signature", {good_basic}, u2, "HTTP Basic is right, but the request has no X-Signature"},
        diagnosis_row{
            "wrong_password",
            {good_signature, basic("store:guess")},
            u2,
            "The signature is right, but the HTTP Basic user is right, but the password is another one"},
        diagnosis_row{"wrong_signature",
                      {bad_signature, good_basic},
                      u2,
                      "HTTP Basic is right, but the signature is not"},
        diagnosis_row{
            "both_wrong", {bad_signature, basic("a:b")}, u2, "The signature is not one of this body", false},
        diagnosis_row{
            "base64",
            {{"X-Signature", base64_encode(mac(key, u2))}, good_basic},
            u2,
            "HTTP Basic is right, but the signature would be right if it were written in hexadecimal and "
            "not"},
        diagnosis_row{"prefix_and_no_basic",
                      {{"X-Signature", "sha256=" + hex_encode(mac(key, u2))}},
                      u2,
                      "would be right if it had no quotes or sha256= around it: something between"},
        diagnosis_row{
            "line_break", {good_signature, good_basic}, u2 + "\n", "the body did not end in a line break"},
        diagnosis_row{"near_password_beside_a_wrong_signature",
                      {bad_signature, basic("store:pass:wörd\n")},
                      u2,
                      "password is right but for white space around it"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    basic, usaepay_diagnosis,
    testing::Values(
        diagnosis_row{"no_basic_at_all",
                      {good_signature, {"Authorization", "Bearer x"}},
                      u2,
                      "holds no user and password"},
        diagnosis_row{"no_colon", {good_signature, basic("store")}, u2, "holds no user and password"},
        diagnosis_row{
            "twice", {good_signature, good_basic, good_basic}, u2, "more than one Authorization header"},
        diagnosis_row{"empty_password", {good_signature, basic("store:")}, u2, "but the password is empty"},
        diagnosis_row{
            "quotes", {good_signature, basic("store:\"pass:wörd\"")}, u2, "but for quotes around it"},
        diagnosis_row{
            "capital", {good_signature, basic("store:Pass:wörd")}, u2, "but for capital and small letters"},
        diagnosis_row{"latin1", {good_signature, basic("store:pass:w\xF6rd")}, u2, "sent in ISO 8859-1"},
        diagnosis_row{
            "user", {good_signature, basic("shop:pass:wörd")}, u2, "another one than \"store\" (basic_user)"},
        diagnosis_row{"neither", {good_signature, basic("a:b")}, u2, "Neither user nor password"}),
    name_of);

TEST(usaepay_diagnosis_of_one_half, speaks_of_what_is_configured_alone) {
    const usaepay::dialect by_basic({{}, "store", make_secrets({"word"})});
    const auto swapped = by_basic.diagnose({{basic("word:store")}, u2});
    EXPECT_NE(swapped.text.find("password in the place of the user"), std::string::npos) << swapped.text;
    EXPECT_TRUE(swapped.proven);
    EXPECT_FALSE(by_basic.diagnose({{basic("store:guess")}, u2}).proven);
    const usaepay::dialect by_key({make_secrets({"word"})});
    const auto said = by_key.diagnose({{basic("store:word"), bad_signature}, u2}).text;
    EXPECT_EQ(said.find("Basic"), std::string::npos) << said;
}

const std::string handshake = "6b6833aca1f51dc7ca84723dba452a79";

std::string form_with(const std::string& proof) {
    return "txn_id=1&from_email=user%40example.com&handshake=" + proof;
}

class ejunkie_diagnosis : public testing::TestWithParam<diagnosis_row> {};

TEST_P(ejunkie_diagnosis, says_what_to_change) {
    const auto endpoint = test::configure(ejunkie_entry(), "handshake = \"" + handshake + "\"");
    const auto& one = GetParam();
    ASSERT_TRUE(std::holds_alternative<refusal>(endpoint.made->accept({one.fields, one.body})));
    expect_sentence(endpoint.made->diagnose({one.fields, one.body}), one, {handshake, "ExamplePassword"});
}

const std::string inner = md5_hex("ExamplePassword");

INSTANTIATE_TEST_SUITE_P(
    handshakes, ejunkie_diagnosis,
    testing::Values(
        diagnosis_row{
            "upper_case", {}, form_with(to_upper(handshake)), "right but for capital and small letters"},
        diagnosis_row{"space", {}, form_with("+" + handshake + "%0A"), "right but for white space around it"},
        diagnosis_row{"quotes", {}, form_with("%22" + handshake + "%22"), "right but for quotes around it"},
        diagnosis_row{
            "password", {}, form_with("ExamplePassword"), "is the password itself: E-junkie sends md5(email"},
        diagnosis_row{"inner_half", {}, form_with(inner), "is the md5 of the password alone"},
        diagnosis_row{"unhashed", {}, form_with("user%40example.com" + inner), "without the md5 over both"},
        diagnosis_row{"hashed_twice", {}, form_with(md5_hex(handshake)), "one md5 too many"},
        diagnosis_row{"another_password",
                      {},
                      form_with(md5_hex("user@example.com" + md5_hex("x"))),
                      "is another one than the configured, as it is once the email or the password",
                      false},
        diagnosis_row{"no_digest", {}, form_with("guess"), "is not 32 digits and small letters", false},
        diagnosis_row{"none", {}, "txn_id=1", "has no field handshake", false},
        diagnosis_row{"empty", {}, form_with(""), "The field handshake is empty", false},
        diagnosis_row{"no_body", {}, "", "came without its body", false},
        diagnosis_row{
            "two", {}, form_with(handshake) + "&handshake=" + inner, "twice with different values", false},
        diagnosis_row{"two_amounts",
                      {},
                      form_with(handshake) + "&mc_gross=1&mc_gross=2",
                      "The handshake is right, but"},
        diagnosis_row{
            "json", {{"Content-Type", "application/json"}}, "", "Content-Type is not that of a form", false}),
    name_of);

TEST(ejunkie_diagnosis_of_the_configuration, finds_half_a_handshake) {
    const auto endpoint = test::configure(ejunkie_entry(), "handshake = \"" + inner + "\"");
    const auto said = endpoint.made->diagnose({{}, form_with(handshake)});
    EXPECT_NE(said.text.find("configured handshake is the md5 of the password alone"), std::string::npos);
    EXPECT_TRUE(said.proven);
}

TEST(a_random_forgery, is_never_taken_for_the_store_s_own) {
    std::mt19937_64 random(20261122);
    const auto letters = [&](std::size_t count) {
        std::string text;
        while (text.size() < count)
            text += static_cast<char>(random());
        return text;
    };
    const jumpseller::dialect jumpseller({make_secrets({token.c_str()}), "mystore"});
    const usaepay::dialect usaepay({make_secrets({key.c_str()}), "store", make_secrets({"password"})});
    const auto ejunkie = test::configure(ejunkie_entry(), "handshake = \"" + handshake + "\"");
    for (int i = 0; i < 60; ++i) {
        const auto text = i % 2 == 0 ? body : letters(random() % 300);
        const auto guess = letters(i % 5 == 0 ? random() % 80 : 32);
        for (const auto& value : {base64_encode(guess), hex_encode(guess), guess}) {
            EXPECT_FALSE(jumpseller.diagnose({hmac_header(value), text}).proven);
            EXPECT_FALSE(usaepay.diagnose({{{"X-Signature", value}, basic("x:" + value)}, text}).proven);
            EXPECT_FALSE(ejunkie.made->diagnose({{}, form_with(hex_encode(guess.substr(0, 16)))}).proven);
        }
    }
}

TEST(secrets_in_a_text, are_noticed) {
    const jumpseller::dialect jumpseller({make_secrets({token.c_str()})});
    EXPECT_TRUE(jumpseller.holds_secret("a" + token + "b"));
    EXPECT_FALSE(jumpseller.holds_secret(token.substr(1)));
    EXPECT_FALSE(jumpseller::dialect({{}, "", true}).demands_proof());
    EXPECT_TRUE(jumpseller.demands_proof());
}

}  // namespace
}  // namespace shopbell
