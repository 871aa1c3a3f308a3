#include "store_support.hpp"

#include "support/places.hpp"

#include <shopbell/stores/preset.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace shopbell::test {
namespace {

using nlohmann::json;

std::string read_file(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// What an operator must give beside the preset's keys, so that it can be read at all.
std::string operator_keys(const stores::preset& known) {
    std::string keys =
        "public_url = \"https://hooks.example.com/hooks/x\"\nuser = \"public-user\"\n"
        "verify_token = \"verify-me\"\n";
    const auto algorithm = known.with_keys([](config::reader& of) { return of.string("algorithm", ""); });
    const auto signature = known.with_keys([](config::reader& of) { return of.string("signature", ""); });
    if (signature.empty() && algorithm != "basic")
        keys += "signature = \"header:X-Own-Token\"\n";
    if (algorithm == "basic")
        return keys + "basic_user = \"store\"\nbasic_password = \"password\"\n";
    if (algorithm == "ed25519" || algorithm.starts_with("ecdsa") || algorithm.starts_with("rsa"))
        return keys;
    // Base64, hexadecimal and text alike.
    return keys + "secret = \"0123456789abcdef0123456789abcdef\"\n";
}

bool has_public_key(const stores::preset& known) {
    const auto algorithm = known.with_keys([](config::reader& of) { return of.string("algorithm", ""); });
    return algorithm == "ed25519" || algorithm.starts_with("ecdsa") || algorithm.starts_with("rsa");
}

/// The store as an operator has it; without its signature where that takes a private key.
std::unique_ptr<const provider> make_preset(const stores::preset& known) {
    auto made = make_store(known.name(), operator_keys(known), has_public_key(known));
    for (const auto& error : made.errors)
        ADD_FAILURE() << known.name() << ": " << error;
    return std::move(made.source);
}

class presets : public ::testing::TestWithParam<std::string_view> {
protected:
    const stores::preset& known_ = *stores::find_preset(GetParam());
};

TEST_P(presets, are_read_without_a_problem) {
    config::problems found("presets/" + known_.name() + ".toml");
    {
        const auto text = read_file(source_folder() + "/presets/" + known_.name() + ".toml");
        (void)stores::preset::parse(known_.name(), text, found);
    }
    for (const auto& one : found.sorted())
        ADD_FAILURE() << found.describe(one);
    EXPECT_FALSE(known_.samples().empty());
}

/// The keys without what answers for unknown ones, so that a wrong key of a preset is found.
TEST_P(presets, have_only_keys_that_there_are) {
    const auto copied = to_toml(known_);
    config::problems found(known_.name());
    {
        const auto file = config::file::from_text(copied, found);
        auto root = file.root();
        auto tables = root.tables("endpoint");
        ASSERT_EQ(tables.size(), 1u);
        auto& table = tables.front();
        for (const auto* key : {"name", "path", "provider", "secret_file", "basic_password_file"})
            table.know(key);
        if (has_public_key(known_))
            table.know("public_key");
        const auto made = find_store("generic")->make(table, true);
        EXPECT_NE(made, nullptr);
    }
    for (const auto& one : found.sorted()) {
        // What only the operator knows is not there yet.
        const bool is_operators = one.message.find("contradict") != std::string::npos ||
                                  one.message.find("public_url") != std::string::npos ||
                                  one.message.find("verify_token") != std::string::npos ||
                                  one.message.find("set \"user\"") != std::string::npos ||
                                  one.message.find("basic_password") != std::string::npos ||
                                  one.message.find("secret_file") != std::string::npos ||
                                  one.message.find("public_key") != std::string::npos;
        EXPECT_TRUE(is_operators) << found.describe(one);
    }
}

TEST_P(presets, take_their_samples_for_what_they_are) {
    const auto source = make_preset(known_);
    ASSERT_NE(source, nullptr);
    const auto expected =
        json::parse(read_file(source_folder() + "/tests/data/presets/" + known_.name() + ".json"));
    ASSERT_EQ(expected.size(), known_.samples().size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const auto& one = known_.samples()[i];
        const auto& wanted = expected[i];
        SCOPED_TRACE(one.event);
        const auto request = source->sign(one.event, one.body, signing::genuine);
        auto got = source->accept({request.fields, request.body, "POST", request.query});
        std::string body = request.body;
        accepted what;
        auto fields = request.fields;
        if (auto* const all = std::get_if<batch>(&got)) {
            what = all->parts.front().what;
            body = all->parts.front().body;
        } else if (const auto* const single = std::get_if<accepted>(&got)) {
            what = *single;
        } else {
            ADD_FAILURE() << outcome_of(got);
            continue;
        }
        EXPECT_EQ(what.type, wanted.at("type").get<std::string>());
        EXPECT_EQ(what.subject, wanted.value("subject", ""));
        EXPECT_EQ(what.store, wanted.value("store", ""));
        std::ranges::copy(what.kept, std::back_inserter(fields));
        const auto data = source->reader()->describe({what.type, fields, body});
        EXPECT_EQ(data.order.empty() ? json() : json::parse(data.order), wanted.value("order", json()))
            << data.problem;
        EXPECT_EQ(data.problem, wanted.value("problem", ""));
    }
}

TEST_P(presets, refuse_what_was_tampered_with) {
    if (has_public_key(known_))
        GTEST_SKIP() << "only its sender can sign";
    const auto source = make_preset(known_);
    ASSERT_NE(source, nullptr);
    for (const auto& one : known_.samples()) {
        const auto request = source->sign(one.event, one.body, signing::broken);
        const auto got = source->accept({request.fields, request.body, "POST", request.query});
        EXPECT_TRUE(std::holds_alternative<refusal>(got)) << one.event << ": " << outcome_of(got);
    }
}

/// What `shopbell doctor` sends is never taken for what a store sends: it is known for a probe, or not sent.
TEST_P(presets, know_a_probe_where_one_field_names_the_event) {
    const auto source = make_preset(known_);
    ASSERT_NE(source, nullptr);
    const auto event = known_.with_keys([](config::reader& keys) { return keys.texts("event"); });
    const auto probe = find_store(known_.name())->probe("m1", 10);
    const auto request = source->sign(probe.event, probe.body, signing::genuine);
    const auto got = source->accept({request.fields, request.body, "POST", request.query});
    if (event.empty() || (event.size() == 1 && event.front().find('{') == std::string::npos &&
                          (event.front().starts_with("header:") || event.front() == "json:/type"))) {
        const auto* const one = std::get_if<accepted>(&got);
        if (one != nullptr) {
            EXPECT_EQ(one->type, known_.name() + ".shopbell_probe");
        }
    }
}

INSTANTIATE_TEST_SUITE_P(all, presets,
                         ::testing::ValuesIn(stores::preset_names().begin(), stores::preset_names().end()),
                         [](const auto& info) { return std::string(info.param); });

TEST(a_store, can_be_signed_for_unless_it_alone_has_the_key) {
    const std::string keyed = R"(
algorithm = "ed25519"
key_encoding = "base64"
signature = "header:X-Keyed"
)";
    const std::string key = "public_key = \"MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\"\n";
    EXPECT_FALSE(store_of("generic", keyed + key)->can_sign());
    EXPECT_TRUE(make_store("generic", keyed, true).source->can_sign()) << "it demands no proof";
    EXPECT_TRUE(store_of("woocommerce", "secret = \"woo-secret\"")->can_sign());
    EXPECT_TRUE(store_of("jumpseller", "hooks_token = \"0123456789abcdef\"")->can_sign());
}

TEST(preset_list, has_every_row_and_takes_a_minus_for_an_underscore) {
    EXPECT_GE(stores::preset_names().size(), 65u);
    EXPECT_EQ(stores::find_preset("lemon-squeezy"), stores::find_preset("lemon_squeezy"));
    EXPECT_NE(stores::find_preset("lemon-squeezy"), nullptr);
    EXPECT_EQ(stores::find_preset("nobody"), nullptr);
    EXPECT_EQ(find_store("lemon-squeezy"), find_store("lemon_squeezy"));
    EXPECT_NE(find_store("jumpseller"), nullptr);
    EXPECT_NE(find_store("generic"), nullptr);
}

}  // namespace
}  // namespace shopbell::test
