#include "store_support.hpp"

#include "support/places.hpp"

#include <shopbell/core/json_writer.hpp>
#include <shopbell/crypto/encoding.hpp>
#include <shopbell/stores/preset.hpp>

#include <nlohmann/json.hpp>

#include <fstream>

namespace shopbell::test {
namespace {

using nlohmann::json;

/// The requests that must pass or be refused (presets.md), one JSON object a line.
std::vector<json> read_vectors() {
    std::ifstream file(source_folder() + "/tests/data/preset_vectors.jsonl");
    std::vector<json> all;
    for (std::string line; std::getline(file, line);)
        all.push_back(json::parse(line));
    return all;
}

std::string toml_string(const std::string& text) {
    json_writer out;
    out.string(text);  // a JSON string is a TOML basic string
    return out.take();
}

/// The keys that an operator would write for that vector.
std::string keys_of(const json& vector) {
    const auto* const known = stores::find_preset(vector.at("preset").get<std::string>());
    const auto algorithm =
        known->with_keys([](config::reader& keys) { return keys.string("algorithm", "hmac-sha256"); });
    const auto key = vector.at("key").get<std::string>();
    const bool has_public_key =
        algorithm == "ed25519" || algorithm.starts_with("ecdsa") || algorithm.starts_with("rsa");
    std::string keys;
    if (algorithm == "basic")
        keys = "basic_user = " + toml_string(key.substr(0, key.find(':'))) +
               "\nbasic_password = " + toml_string(key.substr(key.find(':') + 1)) + "\n";
    else
        keys = (has_public_key ? "public_key = " : "secret = ") + toml_string(key) + "\n";
    keys += "public_url = " + toml_string(vector.at("url").get<std::string>()) + "\n";
    const auto config = vector.value("config", json::object());
    for (const auto& [name, value] : config.items())
        keys += name + " = " + toml_string(value.get<std::string>()) + "\n";
    if (vector.at("why").get<std::string>().find("without unsigned_ping") != std::string::npos)
        keys += "unsigned = []\n";
    return keys;
}

verdict send(const provider& to, const json& vector) {
    headers fields;
    for (const auto& field : vector.at("headers"))
        fields.push_back({field.at(0).get<std::string>(), field.at(1).get<std::string>()});
    const auto body = base64_decode(vector.at("body_base64").get<std::string>()).value();
    const auto method = vector.at("method").get<std::string>();
    const auto url = vector.at("url").get<std::string>();
    const auto query = url.substr(std::min(url.find('?'), url.size() - 1) + 1);
    const auto at =
        vector.contains("now") ? time_point(std::chrono::seconds(vector.at("now").get<long>())) : now();
    return to.accept({fields, body, method, query, at});
}

TEST(preset_vectors, are_there) {
    EXPECT_GE(read_vectors().size(), 113u);
}

TEST(preset_vectors, pass_or_are_refused_as_they_must) {
    for (const auto& vector : read_vectors()) {
        const auto name = vector.at("preset").get<std::string>();
        SCOPED_TRACE(name + ": " + vector.at("why").get<std::string>());
        if (stores::find_preset(name) == nullptr) {
            ADD_FAILURE() << "no such preset";
            continue;
        }
        const auto made = make_store(name, keys_of(vector));
        const bool wanted = vector.at("expect") == "accept";
        if (vector.at("key").get<std::string>().empty()) {
            EXPECT_FALSE(made.errors.empty()) << "an empty key is an error of the configuration";
            continue;
        }
        for (const auto& error : made.errors)
            ADD_FAILURE() << error;
        if (!made.errors.empty())
            continue;
        const auto got = send(*made.source, vector);
        const auto* const refused = std::get_if<refusal>(&got);
        EXPECT_EQ(refused == nullptr, wanted) << outcome_of(got);
        if (refused != nullptr) {
            EXPECT_EQ(refused->status, 401u) << refused->reason;
        }
    }
}

}  // namespace
}  // namespace shopbell::test
