#include "support/daemon.hpp"
#include "support/eventually.hpp"
#include "support/operator_line.hpp"
#include "support/places.hpp"
#include "support/reserved_port.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

// docs/api.md against the running program.

namespace shopbell::test {
namespace {

using nlohmann::json;

/// One section of the document.
struct documented_call {
    std::string method, path;
    std::set<std::string> parameters;
    json answer;  ///< null: none is shown
};

/// The words in `backticks`, those in brackets left out.
std::set<std::string> quoted_words(const std::string& line) {
    std::set<std::string> words;
    int depth = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
        depth += line[at] == '(' ? 1 : 0;
        depth -= line[at] == ')' ? 1 : 0;
        if (line[at] != '`')
            continue;
        const auto end = line.find('`', at + 1);
        if (end == std::string::npos)
            break;
        if (depth == 0)
            words.insert(line.substr(at + 1, end - at - 1));
        at = end;
    }
    return words;
}

std::vector<documented_call> documented_calls() {
    std::ifstream in(source_folder() + "/docs/api.md");
    std::vector<documented_call> all;
    std::string line, paragraph, block;
    bool in_block = false;
    while (std::getline(in, line)) {
        if (line.starts_with("## ")) {
            documented_call call;
            std::istringstream words(line.substr(3));
            words >> call.method >> call.path;
            all.push_back(call);
        } else if (line == "```json") {
            in_block = true;
            block.clear();
        } else if (line == "```" && in_block) {
            in_block = false;
            all.back().answer = json::parse(block);
        } else if (in_block) {
            block += line + '\n';
        } else if (line.starts_with("Parameters:") || !paragraph.empty()) {
            paragraph += line + ' ';
            if (line.empty()) {
                all.back().parameters = quoted_words(paragraph.substr(0, paragraph.find("Body:")));
                paragraph.clear();
            }
        }
    }
    std::erase_if(all, [](const auto& call) { return !call.path.starts_with("/api/"); });
    return all;
}

/// An endpoint that gives codes and has its secret in a file.
std::string code_endpoint(const shop& place) {
    const auto path = place.file("fonts.handshake");
    write_file(path, std::string(handshake) + "\n");
    return "[[endpoint]]\nname = \"fonts\"\npath = \"/hooks/fonts\"\nprovider = \"ejunkie\"\n"
           "handshake_file = [\"" +
           path + "\"]\n[endpoint.codes]\nfrom = \"pool\"\n";
}

class documented_api : public ::testing::Test {
protected:
    documented_api() {
        place.write_config(
            {.operated = true,
             .endpoints = three_endpoints() + code_endpoint(place),
             .sinks = place.file_and_log() +
                      forward_sink("crm", "http://127.0.0.1:" + std::to_string(nobody_.number()) + "/")});
        running_.emplace(place.config());
        (void)running_->send(jumpseller_request("order_created", jumpseller_order(1026)));
        id_ = running_->send(jumpseller_request("order_paid", jumpseller_order(1026))).id;
        (void)running_->send(jumpseller_request("order_paid", jumpseller_order(7), "wrong"));
        (void)wait_for_events(place.events(), 2);
        EXPECT_TRUE(eventually([&] {
            const auto waiting = line_.ask("GET", "/api/sinks/crm/waiting").document;
            return waiting.contains("waiting") && !waiting["waiting"].empty();
        }));
    }

    [[nodiscard]] std::string path_of(const documented_call& call) const {
        auto path = call.path;
        for (const auto& [open, given] : {std::pair<std::string, std::string>("{id}", id_),
                                          {"{sink}", "crm"},
                                          {"{name}", "crm"},
                                          {"{endpoint}", "fonts"}}) {
            if (const auto at = path.find(open); at != std::string::npos)
                path.replace(at, open.size(), given);
        }
        return path;
    }

    [[nodiscard]] static std::string body_for(const std::string& path) {
        static const std::map<std::string, std::string> bodies = {
            {"/api/events/search", R"({"q":"1026"})"},
            {"/api/forget", R"({"subject":"order/9"})"},
            {"/api/routes/preview",
             R"({"routes":[{"events":["*.nothing"],"endpoints":["*"],"sinks":["crm"]}]})"},
            {"/api/codes/{endpoint}/add", R"({"product":"100200","codes":["ABCD-EFGH-IJKL"]})"},
            {"/api/codes/{endpoint}/void", R"({"codes":["ABCD-EFGH-IJKL","none"]})"}};
        const auto found = bodies.find(path);
        return found == bodies.end() ? "" : found->second;
    }

    /// Every member of the answer stands in what is documented.
    void expect_documented(const json& answer, const json& shown, const std::string& where) {
        if (shown.is_string() && shown.get<std::string>().starts_with("see ")) {
            const auto& other = calls_.at(shown.get<std::string>().substr(4));
            for (const auto& [name, part] : other.items()) {
                if (part.is_array() && !part.empty() && part[0].is_object())
                    return expect_documented(answer, part, where);
            }
        }
        if (answer.is_array() && shown.is_array() && !shown.empty()) {
            for (const auto& item : answer)
                expect_documented(item, shown[0], where + "[]");
        }
        if (!answer.is_object() || !shown.is_object())
            return;
        for (const auto& [name, part] : answer.items()) {
            const auto known = shown.contains(name) ? name : std::string("*");
            EXPECT_TRUE(shown.contains(known)) << where << "." << name << " is not documented";
            if (shown.contains(known))
                expect_documented(part, shown[known], where + "." + name);
        }
    }

    reserved_port nobody_;
    shop place;
    std::optional<daemon> running_;
    std::string id_;
    operator_line line_{place.file("admin.sock")};
    std::map<std::string, json> calls_;  ///< "GET /api/events": the answer as documented
};

TEST_F(documented_api, has_each_path_and_each_parameter_and_no_other_parameter) {
    const auto all = documented_calls();
    ASSERT_GT(all.size(), 20U);
    for (const auto& call : all) {
        if (call.path == "/api/stream")
            continue;  // answers for ever
        const auto path = path_of(call);
        for (const auto& name : call.parameters) {
            const auto answer = line_.ask(call.method, path + "?" + name + "=", "{}");
            EXPECT_EQ(answer.text.find("unknown parameter"), std::string::npos) << call.path << " " << name;
            EXPECT_NE(answer.status, 405U) << call.path;
            EXPECT_NE(answer.text, R"({"error":"not found"})") << call.path;
        }
        EXPECT_EQ(line_.ask(call.method, path + "?nonsense=1", "{}").status, 400U) << call.path;
    }
}

TEST_F(documented_api, answers_with_nothing_that_is_not_documented) {
    const auto all = documented_calls();
    for (const auto& call : all)
        calls_[call.method + " " + call.path] = call.answer;
    const std::map<std::string, std::vector<std::string>> richer = {
        {"GET /api/series", {"?each=1", "?sink=crm"}},
        {"GET /api/events", {"?brief=1&mask=1", "?limit=1"}},
        {"POST /api/events/search", {"?brief=1"}},
        {"GET /api/events/{id}", {"?mask=1"}},
        {"GET /api/events/{id}/sent", {"?sink=crm&mask=1"}},
        {"POST /api/replay", {"?type=**&plan=1", "?type=**"}},
        {"POST /api/dead/{sink}/drop", {"?plan=1"}}};
    // The shop has no dead letter, and its sinks are configured.
    const std::map<std::string, unsigned> refused = {{"POST /api/dead/{sink}/{id}/retry", 404U},
                                                     {"POST /api/dead/{sink}/{id}/drop", 404U},
                                                     {"POST /api/sinks/{name}/forget", 409U}};
    std::size_t compared = 0;
    for (const auto& call : all) {
        if (call.answer.is_null())
            continue;
        const auto name = call.method + " " + call.path;
        const auto more = richer.find(name);
        const auto queries = more == richer.end() ? std::vector<std::string>() : more->second;
        for (const auto& query : queries.empty() ? std::vector<std::string>{""} : queries) {
            const auto answer = line_.ask(call.method, path_of(call) + query, body_for(call.path));
            if (const auto refusal = refused.find(name); refusal != refused.end()) {
                EXPECT_EQ(answer.status, refusal->second) << name << " " << answer.text;
                continue;
            }
            ASSERT_EQ(answer.status, 200U) << name << query << " " << answer.text;
            expect_documented(answer.document, call.answer, name);
            ++compared;
        }
    }
    EXPECT_GT(compared, 25U);
}

TEST_F(documented_api, shows_no_secret_and_where_it_is_masked_no_person) {
    std::size_t read = 0;
    for (const auto& call : documented_calls()) {
        const bool reads = call.method == "GET" || call.path == "/api/events/search";
        if (!reads || call.path == "/api/stream")
            continue;
        const bool can_mask = call.parameters.contains("mask");
        const auto query = (call.path.ends_with("/sent") ? "?sink=crm&mask=" : "?mask=") + std::string("1");
        const auto answer =
            line_.ask(call.method, path_of(call) + (can_mask ? query : ""), body_for(call.path));
        ASSERT_EQ(answer.status, 200U) << call.path << " " << answer.text;
        for (const auto word : {hooks_token, handshake, signature_key})
            EXPECT_EQ(answer.text.find(word), std::string::npos) << call.path << " shows " << word;
        if (can_mask) {
            EXPECT_EQ(answer.text.find("buyer@"), std::string::npos) << call.path << " " << answer.text;
        }
        ++read;
    }
    EXPECT_GT(read, 12U);
}

TEST_F(documented_api, remembers_over_a_restart_when_a_sink_had_its_last_event) {
    const auto at_file = [&] {
        const auto sinks = line_.ask("GET", "/api/sinks").document;
        return sinks.contains("sinks") ? sinks["sinks"][0] : json::object();
    };
    ASSERT_TRUE(eventually([&] { return at_file().value("delivered", 0) == 2; }));
    const auto before = at_file().value("last_delivered_at", "");
    ASSERT_FALSE(before.empty());
    running_.reset();
    running_.emplace(place.config());
    const auto after = at_file();
    EXPECT_EQ(after["name"], "events-file");
    EXPECT_EQ(after["delivered"], 0);
    EXPECT_EQ(after.value("last_delivered_at", ""), before);
}

TEST_F(documented_api, tells_the_configuration_in_force_and_reads_it_anew) {
    const auto config = line_.ask("GET", "/api/config");
    EXPECT_EQ(config.document["file"], place.config());
    EXPECT_EQ(config.document["differs"], false);
    EXPECT_EQ(config.document["endpoints"].size(), 4U);
    EXPECT_EQ(config.document["endpoints"][0]["secrets"]["hooks_token"],
              json::parse(R"({"set":1,"from":"literal"})"));
    EXPECT_EQ(config.document["endpoints"][3]["secrets"]["handshake"],
              (json{{"set", 1}, {"from", "file"}, {"path", place.file("fonts.handshake")}}));
    for (const auto& route : config.document["routes"])
        EXPECT_EQ(route["matched_24h"], 2) << route;
    EXPECT_EQ(config.document["sinks"].back()["name"], "crm");
    for (const auto word : {hooks_token, handshake, signature_key})
        EXPECT_EQ(config.text.find(word), std::string::npos);

    place.write_config({.operated = true, .sinks = place.file_and_log() + "[[sink]]\nname = 7\n"});
    const auto refused = line_.ask("POST", "/api/reload").document;
    EXPECT_EQ(refused["in_force"], false);
    EXPECT_FALSE(refused["problems"].empty());
    EXPECT_EQ(line_.ask("GET", "/api/config").document["differs"], true);
    EXPECT_EQ(line_.ask("GET", "/api/config").document["sinks"].size(), config.document["sinks"].size());

    place.write_config({.operated = true, .inbox = "min_free = \"2MiB\"", .sinks = place.file_and_log()});
    const auto taken = line_.ask("POST", "/api/reload").document;
    EXPECT_EQ(taken["in_force"], true);
    EXPECT_EQ(taken["restart_needed"].size(), 1U) << taken;
    EXPECT_EQ(line_.ask("GET", "/api/config").document["sinks"].size(), config.document["sinks"].size() - 1);
}

}  // namespace
}  // namespace shopbell::test
