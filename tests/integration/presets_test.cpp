#include "support/daemon.hpp"
#include "support/places.hpp"
#include "support/raw_client.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <shopbell/core/clock.hpp>

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

namespace shopbell::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Fits every form of a key: text, base64 and hexadecimal digits.
constexpr std::string_view any_key = "000102030405060708090a0b0c0d0e0f";

std::string data(const std::string& name) {
    return read_file(source_folder() + "/tests/data/" + name);
}

/// One request that a preset must take or refuse.
std::vector<json> vectors() {
    std::vector<json> all;
    std::istringstream lines(data("preset_vectors.jsonl"));
    for (std::string line; std::getline(lines, line);)
        all.push_back(json::parse(line));
    return all;
}

/// The presets in the program.
std::set<std::string> names_in_the_program() {
    std::set<std::string> names;
    const auto listed = run_shopbell("", {"presets", "--json"});
    EXPECT_EQ(listed.status.code, 0) << listed.errors;
    std::istringstream lines(listed.output);
    for (std::string line; std::getline(lines, line);)
        names.insert(json::parse(line)["name"].get<std::string>());
    return names;
}

std::string file_of_preset(const std::string& name) {
    return read_file(source_folder() + "/presets/" + name + ".toml");
}

/// The key that a preset with a public key is given in the first of its vectors.
std::string public_key_of(const std::string& name) {
    const auto all = vectors();
    const auto found = std::ranges::find_if(
        all, [&](const json& one) { return one["preset"] == name && one["expect"] == "accept"; });
    EXPECT_NE(found, all.end()) << name;
    return found == all.end() ? std::string() : (*found)["key"].get<std::string>();
}

/// Those whose senders sign with a key that only they have.
bool has_public_key(const std::string& name) {
    static const re2::RE2 asymmetric(R"((?m)^algorithm\s*= "(ed25519|ecdsa|rsa))");
    return re2::RE2::PartialMatch(file_of_preset(name), asymmetric);
}

std::string credentials_of(const std::string& name) {
    static const re2::RE2 basic(R"((?m)^algorithm\s*= "basic")");
    const auto key = std::string(any_key);
    if (has_public_key(name))
        return "public_key = '''" + public_key_of(name) + "'''\n";
    if (re2::RE2::PartialMatch(file_of_preset(name), basic))
        return "basic_user = \"store\"\nbasic_password = \"" + key + "\"\n";
    return "secret = \"" + key + "\"\n";
}

/// What a preset asks its owner for beside the credentials.
std::string further_keys_of(const std::string& name) {
    static const std::map<std::string, std::string, std::less<>> further = {
        {"braintree", "user = \"public\"\n"}, {"meta", "verify_token = \"word\"\n"}};
    const auto found = further.find(name);
    const bool signs_url = file_of_preset(name).find("{url}") != std::string::npos;
    return (found == further.end() ? std::string() : found->second) +
           (signs_url ? "public_url = \"https://hooks.example.com/hooks/" + name + "\"\n" : std::string());
}

std::string endpoint_of(const std::string& name) {
    return "[[endpoint]]\nname = \"" + name + "\"\npath = \"/hooks/" + name + "\"\nprovider = \"" + name +
           "\"\n" + credentials_of(name) + further_keys_of(name) + "\n";
}

std::string endpoints_of(const std::set<std::string>& names) {
    std::string all;
    for (const auto& name : names)
        all += endpoint_of(name);
    return all;
}

/// The events of each endpoint, in the order accepted.
std::map<std::string, std::vector<json>> by_endpoint(const std::vector<json>& events) {
    std::map<std::string, std::vector<json>> all;
    for (const auto& event : events)
        all[event["source"].get<std::string>().substr(1)].push_back(event);
    return all;
}

/// A row of the table of presets in docs/stores.md.
struct documented_preset {
    std::string title, proof, order, standing;
};

std::map<std::string, documented_preset> documented_presets() {
    std::map<std::string, documented_preset> all;
    std::istringstream lines(read_file(source_folder() + "/docs/stores.md"));
    static const re2::RE2 row(R"(\| `([a-z0-9_]+)` \| (.+?) \| (.+?) \| (order|id|–) \| ([a-z, ]+) \|)");
    std::string name;
    documented_preset found;
    for (std::string line; std::getline(lines, line);) {
        if (!re2::RE2::FullMatch(line, row, &name, &found.title, &found.proof, &found.order, &found.standing))
            continue;
        EXPECT_TRUE(all.emplace(name, found).second) << name << " stands in the table twice";
    }
    return all;
}

TEST(presets, are_those_of_the_files_and_of_the_table_in_the_documents) {
    std::set<std::string> files, rows;
    for (const auto& entry : fs::directory_iterator(source_folder() + "/presets"))
        files.insert(entry.path().stem().string());
    for (const auto& [name, row] : documented_presets())
        rows.insert(name);
    EXPECT_GE(files.size(), 65U);
    EXPECT_EQ(names_in_the_program(), files);
    EXPECT_EQ(rows, files);
}

TEST(presets, say_in_the_documents_what_their_files_say) {
    static const re2::RE2 title(R"x((?m)^title\s*= "(.+)"$)x");
    static const re2::RE2 standing(R"((?m)^# Standing: (.+)$)");
    static const re2::RE2 words("(documented|source|seen|recalled)(, (documented|source|seen|recalled))*");
    for (const auto& [name, row] : documented_presets()) {
        SCOPED_TRACE(name);
        const auto file = file_of_preset(name);
        std::string found;
        EXPECT_TRUE(re2::RE2::PartialMatch(file, title, &found));
        EXPECT_EQ(row.title, found);
        EXPECT_TRUE(re2::RE2::PartialMatch(file, standing, &found));
        EXPECT_EQ(row.standing, found);
        EXPECT_TRUE(re2::RE2::FullMatch(found, words)) << found;
        EXPECT_EQ(row.order == "–", file.find("[endpoint.order]") == file.npos) << row.order;
    }
}

TEST(presets, are_printed_as_a_configuration_that_holds) {
    for (const auto& name : names_in_the_program()) {
        SCOPED_TRACE(name);
        const auto printed = run_shopbell("", {"presets", name});
        ASSERT_EQ(printed.status.code, 0) << printed.errors;
        EXPECT_NE(printed.output.find("# Standing: "), std::string::npos);
        EXPECT_EQ(printed.output.find("[[sample]]"), std::string::npos);
        EXPECT_NE(printed.output.find("provider = \"" + name + "\""), std::string::npos);
    }
}

/// `shopbell send` of a configuration that has the one endpoint: quicker read than that of all.
finished send_sample(const shop& place, const daemon& to, const std::string& name, const std::string& event,
                     const std::vector<std::string>& more) {
    const auto config = place.file(name + ".toml");
    write_file(config, endpoint_of(name));
    std::vector<std::string> arguments = {
        "send",   name,    event,
        "--json", "--url", "http://127.0.0.1:" + std::to_string(to.port()) + "/hooks/" + name};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_shopbell(config, std::move(arguments));
}

/// Each sample goes the way a store's request goes: through the daemon's socket into the sink's file.
TEST(presets, make_of_every_sample_what_stands_beside_the_tests) {
    const auto names = names_in_the_program();
    shop place;
    place.write_config({.endpoints = endpoints_of(names), .sinks = place.file_and_log()});
    const daemon running(place.config());

    std::map<std::string, json> expected;
    std::size_t sent = 0;
    for (const auto& name : names) {
        SCOPED_TRACE(name);
        if (has_public_key(name))
            continue;  // nobody but the store can sign: preset_vectors has one of its requests
        auto& samples = expected[name] = json::parse(data("presets/" + name + ".json"));
        ASSERT_FALSE(samples.empty());
        for (const auto& sample : samples) {
            const auto event = sample["event"].get<std::string>();
            const auto done = send_sample(place, running, name, event, {"--repeat"});
            ASSERT_EQ(done.status.code, 0) << event << ": " << done.output << done.errors;
            ++sent;
        }
    }
    // A sample as it is, sent again, is the same delivery, however old the time in it would be.
    const auto again = send_sample(place, running, "stripe", "checkout.session.completed", {"--repeat"});
    EXPECT_EQ(json::parse(again.output)["outcome"], "duplicate");

    const auto events = by_endpoint(wait_for_events(place.events(), sent));
    for (const auto& [name, samples] : expected) {
        SCOPED_TRACE(name);
        const auto found = events.find(name);
        ASSERT_NE(found, events.end());
        ASSERT_EQ(found->second.size(), samples.size());
        for (std::size_t i = 0; i < samples.size(); ++i) {
            const auto& event = found->second[i];
            EXPECT_EQ(event["type"], samples[i]["type"]);
            EXPECT_EQ(event.value("subject", ""), samples[i].value("subject", ""));
            EXPECT_EQ(event.value("store", ""), samples[i].value("store", ""));
            EXPECT_EQ(event["data"].value("order", json()), samples[i].value("order", json()));
            EXPECT_EQ(event["data"].value("problem", ""), "");
        }
    }
}

std::string seconds_now() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

/// What a provider sends to see whether somebody is there, and what it wants to read.
struct handshake_row {
    std::string preset, method, query;
    headers fields;
    std::string body;
    unsigned status;
    std::string answer;
};

const header json_type = {"Content-Type", "application/json"};
const header form_type = {"Content-Type", "application/x-www-form-urlencoded"};

std::vector<handshake_row> handshakes() {
    const auto at = seconds_now();
    const std::string slack = R"({"type":"url_verification","challenge":"3eZbrw1aBm2r"})";
    const std::string zoom = R"({"event":"endpoint.url_validation","payload":{"plainToken":"qgg8vlvZRS6U"}})";
    const std::string twitch = R"({"challenge":"pogchamp-kappa-360noscope","subscription":{"type":"a.b"}})";
    const std::string right_word = "?hub.mode=subscribe&hub.verify_token=word&hub.challenge=1158201444";
    const std::string wrong_word = "?hub.mode=subscribe&hub.verify_token=sword&hub.challenge=1158201444";
    const std::string twitch_time = to_rfc3339(now());
    return {
        {"woocommerce", "POST", "", {form_type}, "webhook_id=12", 200, ""},
        {"vtex", "POST", "", {json_type}, R"({"hookConfig":"ping"})", 200, ""},
        {"notion", "POST", "", {json_type}, R"({"verification_token":"secret_1"})", 200, ""},
        {"mailchimp", "GET", "", {}, "", 200, ""},
        {"mandrill", "GET", "", {}, "", 200, ""},
        {"thrivecart", "GET", "", {}, "", 200, ""},
        {"meta", "GET", right_word, {}, "", 200, "1158201444"},
        {"meta", "GET", wrong_word, {}, "", 401, R"({"error":"unauthorized"})"},
        {"microsoft_graph",
         "POST",
         "?validationToken=Validation%3A+Testing",
         {},
         "",
         200,
         "Validation: Testing"},
        {"dropbox", "GET", "?challenge=abc123", {}, "", 200, "abc123"},
        {"x",
         "GET",
         "?crc_token=foo",
         {},
         "",
         200,
         R"({"response_token":"sha256=)" + hmac_sha256_base64(any_key, "foo") + "\"}"},
        // HMAC-SHA1, keyed with the SHA-1 of the private key.
        {"braintree",
         "GET",
         "?bt_challenge=20f9f8ed05f77439fe955c977e4c8a53",
         {},
         "",
         200,
         "public|e20ef856d44996c2de4b57ec895e0c6ccef68e17"},
        {"cloudevents",
         "OPTIONS",
         "?token=x",
         {{"WebHook-Request-Origin", "events.example.com"}},
         "",
         200,
         ""},
        {"slack",
         "POST",
         "",
         {json_type,
          {"X-Slack-Request-Timestamp", at},
          {"X-Slack-Signature", "v0=" + hmac_sha256_hex(any_key, "v0:" + at + ":" + slack)}},
         slack,
         200,
         "3eZbrw1aBm2r"},
        {"slack",
         "POST",
         "",
         {json_type, {"X-Slack-Request-Timestamp", at}, {"X-Slack-Signature", "v0=00"}},
         slack,
         401,
         R"({"error":"unauthorized"})"},
        {"zoom",
         "POST",
         "",
         {json_type,
          {"x-zm-request-timestamp", at},
          {"x-zm-signature", "v0=" + hmac_sha256_hex(any_key, "v0:" + at + ":" + zoom)}},
         zoom,
         200,
         R"({"plainToken":"qgg8vlvZRS6U","encryptedToken":")" + hmac_sha256_hex(any_key, "qgg8vlvZRS6U") +
             "\"}"},
        {"twitch",
         "POST",
         "",
         {json_type,
          {"Twitch-Eventsub-Message-Id", "m1"},
          {"Twitch-Eventsub-Message-Timestamp", twitch_time},
          {"Twitch-Eventsub-Message-Type", "webhook_callback_verification"},
          {"Twitch-Eventsub-Message-Signature",
           "sha256=" + hmac_sha256_hex(any_key, "m1" + twitch_time + twitch)}},
         twitch,
         200,
         "pogchamp-kappa-360noscope"},
        {"github", "GET", "", {}, "", 405, ""},
    };
}

TEST(presets, answer_the_handshakes_of_their_providers_and_make_no_event_of_them) {
    shop place;
    place.write_config({.endpoints = endpoints_of(names_in_the_program()), .sinks = place.file_and_log()});
    const daemon running(place.config());
    for (const auto& row : handshakes()) {
        SCOPED_TRACE(row.preset + " " + row.method + " " + row.query);
        raw_client client(running.port());
        const store_request asked{"/hooks/" + row.preset + row.query, row.fields, row.body};
        const auto answer = client.ask(asked.bytes(row.method));
        EXPECT_EQ(answer.status, row.status);
        if (!row.answer.empty()) {
            EXPECT_EQ(answer.body, row.answer);
        }
        if (row.preset == "cloudevents") {
            EXPECT_EQ(answer.field("WebHook-Allowed-Origin"), "events.example.com");
        }
    }

    const auto genuine = store_request{"/hooks/github",
                                       {json_type,
                                        {"X-GitHub-Event", "ping"},
                                        {"X-Hub-Signature-256", "sha256=" + hmac_sha256_hex(any_key, "{}")}},
                                       "{}"};
    const auto kept = running.send(genuine);
    const auto events = wait_for_events(place.events(), 1);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0]["id"], kept.id);
}

/// A provider that wants its own words, or none.
struct answer_row {
    std::string preset, query;
    headers fields;
    std::string body;
    unsigned status;
    std::string answer;
};

std::vector<answer_row> answers_in_words_of_the_store() {
    const auto token = std::string(any_key);
    const std::string xero = R"({"events":[],"firstEventSequence":0,"lastEventSequence":0,"entropy":"A"})";
    const std::string order =
        R"({"store_id":"1","scope":"store/order/created","data":{"type":"order","id":7}})";
    return {
        {"bigcommerce", "", {json_type, {"X-Shopbell-Token", token}}, order, 200, ""},
        {"bigcommerce", "", {json_type, {"X-Shopbell-Token", "another"}}, order, 401, ""},
        {"paypal_ipn", "?token=" + token, {form_type}, "txn_id=T1&payment_status=Completed", 200, ""},
        {"paypal_ipn", "?token=another", {form_type}, "txn_id=T1&payment_status=Completed", 401, ""},
        {"xero", "", {json_type, {"x-xero-signature", hmac_sha256_base64(any_key, xero)}}, xero, 200, ""},
        {"xero", "", {json_type, {"x-xero-signature", hmac_sha256_base64("another", xero)}}, xero, 401, ""},
    };
}

TEST(presets, answer_in_the_words_that_their_providers_want) {
    shop place;
    place.write_config({.endpoints = endpoints_of(names_in_the_program()), .sinks = place.file_and_log()});
    const daemon running(place.config());
    for (const auto& row : answers_in_words_of_the_store()) {
        SCOPED_TRACE(row.preset + row.query);
        raw_client client(running.port());
        const store_request sent{"/hooks/" + row.preset + row.query, row.fields, row.body};
        const auto answer = client.ask(sent.bytes("POST"));
        EXPECT_EQ(answer.status, row.status);
        EXPECT_EQ(answer.body, row.answer);
    }
    const auto written = running.written();
    EXPECT_EQ(written.find(any_key), written.npos) << "a token in a URL is blanked in the log";
}

/// Unless it is told to repeat itself, `send` makes another delivery each time; and one that is tampered with
/// is refused, whatever proves the genuine one.
TEST(presets, have_samples_that_are_new_each_time_and_refused_where_forged) {
    const auto names = names_in_the_program();
    shop place;
    place.write_config({.endpoints = endpoints_of(names), .sinks = place.file_and_log()});
    const daemon running(place.config());
    std::size_t sent = 0;
    for (const auto& name : names) {
        SCOPED_TRACE(name);
        if (has_public_key(name))
            continue;
        const auto event = json::parse(data("presets/" + name + ".json"))[0]["event"].get<std::string>();
        const auto twice = send_sample(place, running, name, event, {"--count", "2"});
        EXPECT_EQ(twice.status.code, 0) << twice.output << twice.errors;
        EXPECT_EQ(twice.output.find("duplicate"), std::string::npos) << twice.output;
        sent += 2;
        const auto forged = send_sample(place, running, name, event, {"--tamper"});
        EXPECT_EQ(json::parse(forged.output)["status"], 401) << forged.output;
    }
    EXPECT_EQ(wait_for_events(place.events(), sent).size(), sent);
}

TEST(presets, have_a_request_of_another_program_that_must_pass) {
    std::set<std::string> proven;
    for (const auto& one : vectors())
        if (one["expect"] == "accept")
            proven.insert(one["preset"].get<std::string>());
    EXPECT_EQ(proven, names_in_the_program());
}

}  // namespace
}  // namespace shopbell::test
