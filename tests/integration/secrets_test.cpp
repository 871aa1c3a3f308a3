#include "support/daemon.hpp"
#include "support/http_peer.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>

namespace shopbell::test {
namespace {

namespace fs = std::filesystem;

/// Words that stand nowhere but in the secrets of this test's configuration, and in requests with wrong ones.
const std::string token = "canary-hooks-token-8f2e", key = "canary-signature-key-11d0",
                  password = "canary-basic-password-93aa", shake = "cafe0123cafe4567cafe89abcafecdef",
                  bearer = "canary-bearer-77b1", signing = base64("canary-sign-secret-2c9e."),
                  admin_token = "canary-admin-token-5d4c", guess = "canary-wrong-guess-e6f0";

const std::map<std::string, std::string>& canaries() {
    static const std::map<std::string, std::string> all = {
        {"hooks token", token},
        {"signature key", key},
        {"basic password", password},
        {"basic credentials", base64("store:" + password)},
        {"handshake", shake},
        {"bearer token", bearer},
        {"sign secret", signing},
        {"sign secret's bytes", base64_bytes(signing)},
        {"admin token", admin_token},
        {"wrong guess", guess},
        {"wrong guess, encoded", base64("store:" + guess)},
    };
    return all;
}

void expect_clean(const std::string& text, const std::string& where, const std::string& but_for = {}) {
    for (const auto& [name, canary] : canaries()) {
        if (name == but_for)
            continue;
        EXPECT_EQ(text.find(canary), text.npos) << "the " << name << " is in " << where;
    }
}

std::string endpoints() {
    return "[[endpoint]]\nname = \"jumpseller\"\npath = \"/hooks/jumpseller\"\nprovider = \"jumpseller\"\n"
           "hooks_token = \"" +
           token +
           "\"\n[[endpoint]]\nname = \"ejunkie\"\npath = \"/hooks/ejunkie\"\nprovider = \"ejunkie\"\n"
           "handshake = \"" +
           shake +
           "\"\n[[endpoint]]\nname = \"usaepay\"\npath = \"/hooks/usaepay\"\nprovider = \"usaepay\"\n"
           "signature_key = \"" +
           key + "\"\nbasic_user = \"store\"\nbasic_password = \"" + password + "\"\n";
}

store_request with_basic(store_request one, const std::string& word) {
    return one.with("Authorization", "Basic " + base64("store:" + word));
}

store_request at_query(store_request one) {
    one.path += "?token=" + guess;
    return one;
}

std::vector<store_request> genuine_requests() {
    return {jumpseller_request("order_paid", jumpseller_order(1), token), ejunkie_request("TXN1", shake),
            // A body that is read no further than its proof, and one that repeats it.
            ejunkie_request("", shake), ejunkie_request("TXN2&handshake=" + shake, shake),
            with_basic(usaepay_request("e1", key), password),
            jumpseller_request("order_paid", "no JSON", token),
            at_query(jumpseller_request("contact", "{}", token))};
}

std::vector<store_request> forged_requests() {
    return {
        jumpseller_request("order_paid", jumpseller_order(2), guess),
        ejunkie_request("TXN3", guess),
        ejunkie_request("TXN3&handshake=" + guess, shake),
        ejunkie_request("TXN3", "CAFE0123CAFE4567CAFE89ABCAFECDEF"),
        with_basic(usaepay_request("e2", key), guess),
        with_basic(usaepay_request("e2", guess), password),
        with_basic(jumpseller_request("order_paid", jumpseller_order(2)), password).with("X-Guess", guess),
        at_query(usaepay_request("e3", guess))};
}

TEST(secrets, are_in_nothing_that_the_daemon_writes) {
    const http_peer as_events, as_original;
    shop place;
    place.write_config(
        {.admin = "listen = \"127.0.0.1:0\"\ntoken = \"" + admin_token + '"',
         .log = "level = \"trace\"",
         .endpoints = endpoints(),
         .sinks = place.file_and_log() +
                  forward_sink("events", as_events.url(),
                               "sign_secret = \"whsec_" + signing + "\"\nbearer_token = \"" + bearer + '"') +
                  forward_sink("original", as_original.url(), "body = \"original\"")});
    std::string answers;
    const auto count = genuine_requests().size();
    {
        daemon running(place.config());
        for (const auto& one : genuine_requests()) {
            const auto answer = running.send(one);
            EXPECT_EQ(answer.status, 200U) << one.body;
            answers += answer.raw.head + answer.raw.body;
        }
        for (const auto& one : forged_requests()) {
            const auto answer = running.send(one);
            EXPECT_TRUE(answer.status == 401 || answer.status == 400) << one.body;
            answers += answer.raw.head + answer.raw.body;
        }
        (void)wait_for_events(place.events(), count);
        (void)as_events.wait_for(count);
        (void)as_original.wait_for(count);
        EXPECT_EQ(running.stop().code, 0);
        expect_clean(running.written(), "the log");
    }
    expect_clean(answers, "an answer");
    expect_clean(read_file(place.events()), "the events file");
    for (const auto& one : as_events.requests()) {
        expect_clean(one.target + one.body, "an event forwarded");
        for (const auto& field : one.fields)
            expect_clean(field.value, "the header " + field.name,
                         field.name == "Authorization" ? "bearer token" : "");
    }
    for (const auto& one : as_original.requests()) {
        expect_clean(one.body, "an original forwarded", "handshake");
        for (const auto& field : one.fields)
            expect_clean(field.value, "the header " + field.name);
    }
    for (const auto& file : fs::recursive_directory_iterator(fs::path(place.config()).parent_path())) {
        const auto path = file.path().string();
        const bool is_inbox = path.starts_with(place.inbox());
        if (file.is_regular_file() && path != place.config())
            expect_clean(read_file(path), path, is_inbox ? "handshake" : "");
    }
}

TEST(secrets, are_in_nothing_that_the_commands_print) {
    const shop place({.log = "level = \"trace\"", .endpoints = endpoints()});
    const daemon running(place.config());
    const auto url = "http://127.0.0.1:" + std::to_string(running.port()) + "/hooks/";
    const std::vector<std::string> commands[] = {
        {"check"},
        {"check", "--json"},
        {"--help"},
        {"sign", "--help"},
        {"send", "jumpseller", "order_paid", "--url", url + "jumpseller"},
        {"send", "ejunkie", "completed", "--url", url + "ejunkie"},
        {"send", "usaepay", "transaction.sale.success", "--url", url + "usaepay", "--json"},
        {"send", "usaepay", "transaction.sale.success", "--url", url + "usaepay", "--tamper"},
        {"send", "ejunkie", "completed", "--tamper", "--url", url + "ejunkie"},
        {"send", "ejunkie", "completed", "--set", "no-pointer", "--url", url + "ejunkie"},
        {"send", "usaepay", "nothing", "--endpoint", "nobody"},
        {"send", "jumpseller", "order_paid", "--url", "http://127.0.0.1:1/"},
    };
    for (const auto& arguments : commands) {
        const auto done = run_shopbell(place.config(), arguments);
        expect_clean(done.output + done.errors, testing::PrintToString(arguments));
    }
    expect_clean(running.written(), "the log");
}

TEST(secrets, are_in_no_complaint_about_a_wrong_configuration) {
    const std::pair<std::string, std::string> rows[] = {
        {"handshake that is none", "handshake = \"" + guess + '"'},
        {"two forms of one secret", "handshake = \"" + shake + "\"\nhandshake_env = \"HOME\""},
        {"misspelt key", "handshak = \"" + guess + '"'},
        {"wrong type", "handshake = { word = \"" + guess + "\" }"},
        {"unfinished string", "handshake = \"" + guess},
        {"no string at all", "handshake = " + guess},
        {"text behind the string", "handshake = \"" + shake + "\" " + guess},
        {"the same key twice", "handshake = \"" + shake + "\"\nhandshake = \"" + guess + '"'},
        {"array with an empty one", "handshake = [\"" + shake + "\", \"\"]"},
        {"contradiction", "auth = \"none\"\nhandshake = \"" + shake + '"'},
    };
    for (const auto& [name, lines] : rows) {
        const shop place({.endpoints = "[[endpoint]]\nname = \"e\"\npath = \"/e\"\nprovider = \"ejunkie\"\n" +
                                       lines + '\n'});
        for (const auto* const command : {"check", "serve", "sign"}) {
            const auto refused = command == std::string("sign")
                                     ? run_shopbell(place.config(), {"sign", "ejunkie"}, "a=b")
                                     : run_shopbell(place.config(), {command});
            EXPECT_EQ(refused.status.code, 78) << name << ": " << refused.errors;
            expect_clean(refused.output + refused.errors, std::string(command) + ", " + name);
        }
    }
}

}  // namespace
}  // namespace shopbell::test
