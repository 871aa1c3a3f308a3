#include "support/daemon.hpp"
#include "support/places.hpp"
#include "support/shop.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <map>
#include <sstream>

namespace shopbell::test {
namespace {

constexpr std::string_view shared_secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
constexpr std::string_view paid_order =
    R"({"type":"order.paid","timestamp":"2026-02-03T04:05:06Z","data":{"id":"1026","note":"Café ☕"}})";

/// One of the official libraries, and how its senders name their headers.
struct library_row {
    std::string package, preset, prefix;
};

std::ostream& operator<<(std::ostream& out, const library_row& row) {
    return out << row.package << " and " << row.preset;
}

std::string seconds_now() {
    return std::to_string(
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
            .count());
}

std::string endpoint_of(const std::string& preset) {
    return "[[endpoint]]\nname = \"" + preset + "\"\npath = \"/hooks/" + preset + "\"\nprovider = \"" +
           preset + "\"\nsecret = \"" + std::string(shared_secret) + "\"\n";
}

/// The senders' own libraries sign, Shopbell verifies, and the other way round. They are npm's
/// "standardwebhooks" and "svix", in the node_modules that $SHOPBELL_NODE_MODULES names: nothing downloads
/// them.
class official_library : public testing::TestWithParam<library_row> {
protected:
    void SetUp() override {
        const char* const folder = std::getenv("SHOPBELL_NODE_MODULES");
        if (folder == nullptr)
            GTEST_SKIP()
                << "SHOPBELL_NODE_MODULES names no folder with the packages standardwebhooks and svix";
        modules_ = folder;
        if (run_command({.arguments = {"/usr/bin/env", "node", "--version"}}).status.code != 0)
            GTEST_SKIP() << "node is not installed";
    }

    [[nodiscard]] finished run_library(std::vector<std::string> arguments, std::string_view body) const {
        command one;
        one.arguments = {"/usr/bin/env", "node", source_folder() + "/tests/integration/standard_webhooks.js"};
        one.arguments.insert(one.arguments.end(), arguments.begin(), arguments.end());
        one.environment = {"NODE_PATH=" + modules_};
        one.input = body;
        return run_command(one);
    }

    [[nodiscard]] store_request signed_by_library(const std::string& id, const std::string& body) const {
        const auto& row = GetParam();
        const auto at = seconds_now();
        const auto done = run_library({"sign", row.package, std::string(shared_secret), id, at}, body);
        EXPECT_EQ(done.status.code, 0) << done.errors;
        return {"/hooks/" + row.preset,
                {{row.prefix + "-id", id},
                 {row.prefix + "-timestamp", at},
                 {row.prefix + "-signature", done.output},
                 {"Content-Type", "application/json"}},
                body};
    }

private:
    std::string modules_;
};

INSTANTIATE_TEST_SUITE_P(libraries, official_library,
                         testing::Values(library_row{"standardwebhooks", "standard_webhooks", "webhook"},
                                         library_row{"svix", "svix", "svix"},
                                         library_row{"svix", "resend", "svix"},
                                         library_row{"standardwebhooks", "openai", "webhook"}),
                         [](const auto& row) { return row.param.package + "_" + row.param.preset; });

TEST_P(official_library, signs_what_shopbell_accepts_and_nothing_else) {
    shop place;
    place.write_config({.endpoints = endpoint_of(GetParam().preset), .sinks = place.file_and_log()});
    const daemon running(place.config());
    const auto genuine = signed_by_library("msg_1", std::string(paid_order));

    EXPECT_EQ(running.send(genuine.with_body(std::string(paid_order) + " ")).status, 401U);
    EXPECT_EQ(
        running.send(genuine.without(GetParam().prefix + "-id").with(GetParam().prefix + "-id", "msg_2"))
            .status,
        401U);
    EXPECT_EQ(running.send(genuine).outcome, "accepted");
    EXPECT_EQ(running.send(signed_by_library("msg_1", std::string(paid_order))).outcome, "duplicate");
    const auto events = wait_for_events(place.events(), 1);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0]["type"], GetParam().preset + ".order.paid");
    EXPECT_EQ(events[0]["data"]["payload"], nlohmann::json::parse(paid_order));
}

TEST_P(official_library, verifies_what_shopbell_signs) {
    const auto& row = GetParam();
    shop place;
    place.write_config({.endpoints = endpoint_of(row.preset), .sinks = place.file_and_log()});
    const auto done =
        run_shopbell(place.config(), {"sign", row.preset, "--endpoint", row.preset}, std::string(paid_order));
    ASSERT_EQ(done.status.code, 0) << done.errors;

    std::map<std::string, std::string> fields;
    std::istringstream lines(done.output);
    for (std::string line; std::getline(lines, line);) {
        const auto colon = line.find(": ");
        ASSERT_NE(colon, line.npos) << line;
        fields[line.substr(0, colon)] = line.substr(colon + 2);
    }
    const auto verify = [&](std::string_view body) {
        return run_library({"verify", row.package, std::string(shared_secret), fields[row.prefix + "-id"],
                            fields[row.prefix + "-timestamp"], fields[row.prefix + "-signature"]},
                           body)
            .status.code;
    };
    EXPECT_EQ(verify(paid_order), 0) << done.output;
    EXPECT_NE(verify(std::string(paid_order) + " "), 0);
}

}  // namespace
}  // namespace shopbell::test
