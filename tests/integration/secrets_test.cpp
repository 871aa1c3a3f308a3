#include "canaries.hpp"
#include "support/eventually.hpp"
#include "support/http_peer.hpp"
#include "support/raw_client.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <array>

namespace shopbell::test {
namespace {

store_request with_basic(store_request one, const std::string& word) {
    return one.with("Authorization", "Basic " + base64("store:" + word));
}

store_request at_query(store_request one, const std::string& word) {
    one.path += "?token=" + word;
    return one;
}

std::vector<store_request> genuine_requests() {
    const auto& shake = canary::handshake;
    return {jumpseller_request("order_paid", jumpseller_order(1), canary::hooks_token),
            ejunkie_request("TXN1", shake),
            // A body that is read no further than its proof, and one that repeats it.
            ejunkie_request("", shake), ejunkie_request("TXN2&handshake=" + shake, shake),
            with_basic(usaepay_request("e1", canary::signature_key), canary::basic_password),
            jumpseller_request("order_paid", "no JSON", canary::hooks_token),
            at_query(jumpseller_request("contact", "{}", canary::hooks_token), canary::guess),
            at_query(ejunkie_request("TXN4", shake), shake)};
}

std::vector<store_request> forged_requests() {
    const auto& guess = canary::guess;
    const auto usaepay = with_basic(usaepay_request("e2", canary::signature_key), guess);
    std::vector<store_request> all = {
        jumpseller_request("order_paid", jumpseller_order(2), guess),
        ejunkie_request("TXN3", guess),
        ejunkie_request("TXN3&handshake=" + guess, canary::handshake),
        ejunkie_request("TXN3", "CAFE0123CAFE4567CAFE89ABCAFECDEF"),
        usaepay,
        with_basic(usaepay_request("e2", guess), canary::basic_password),
        with_basic(jumpseller_request("order_paid", jumpseller_order(2)), canary::basic_password),
        at_query(usaepay_request("e3", guess), guess)};
    // Every secret where it does not belong: in headers, the query and the body.
    for (const auto& word : {canary::hooks_token, canary::signature_key, canary::basic_password,
                             canary::handshake, canary::admin_token, canary::bearer_token, guess}) {
        all.push_back(
            at_query(jumpseller_request("order_paid", "{\"token\":\"" + word + "\"}", "wrong"), word)
                .with("Authorization", "Bearer " + word)
                .with("X-Handshake", word));
        all.push_back(usaepay.without("X-Signature").with("X-Signature", word));
        all.push_back(jumpseller_request("order_paid", "{}").with("Jumpseller-Hmac-Sha256", word));
    }
    return all;
}

/// What is refused before anybody looks for an endpoint.
std::vector<std::string> broken_requests() {
    const auto& word = canary::hooks_token;
    const std::string start =
        "POST /hooks/jumpseller?" + word + " HTTP/1.1\r\nHost: a\r\nX: " + word + "\r\n";
    return {start + "Content-Length: " + word + "\r\n\r\n",
            start + "Transfer-Encoding: " + word + "\r\n\r\n",
            start + "Transfer-Encoding: chunked\r\n\r\n" + word,
            start + " folded " + word + "\r\n\r\n",
            start + "Expect: " + word + "\r\nContent-Length: 0\r\n\r\n",
            start + "Y: " + std::string(20'000, 'y') + "\r\n\r\n",
            "POST /hooks/jumpseller " + word + "\r\n\r\n",
            "POST " + word + " HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /nothing?" + word + " HTTP/1.1\r\nHost: a\r\n\r\n"};
}

std::string echo(std::initializer_list<std::string> words) {
    std::string body = R"({"error":"not with )";
    for (const auto& one : words)
        body += one + ' ';
    return body + "\"}";
}

/// Targets that say back what they were sent.
struct talkative_targets {
    http_peer events{{{503, {}, echo({"Bearer " + canary::bearer_token})},
                      {422, {}, echo({canary::bearer_token, "whsec_" + canary::sign_secret})},
                      {200, {}, echo({canary::bearer_token})}}};
    http_peer crm{{{401, {}, echo({"crm:" + canary::crm_password, base64("crm:" + canary::crm_password)})},
                   {400, {}, echo({canary::api_key})}}};
    http_peer original{{{503, {}, "a=1&handshake=" + canary::handshake},
                        {503, {}, echo({canary::handshake})},
                        {200, {}, {}}}};

    [[nodiscard]] canary_shop::targets urls() const { return {events.url(), crm.url(), original.url()}; }
};

/// Talks to the daemon as stores, strangers and its owner do, and looks at every answer.
class visitor {
public:
    visitor(const canary_shop& shop, const daemon& running) : shop_(shop), running_(running) {}

    void be_a_store() {
        for (const auto& one : genuine_requests()) {
            const auto answer = running_.send(one);
            EXPECT_EQ(answer.status, 200U) << one.body;
            expect_no_canary(answer.raw.head + answer.raw.body, "an answer to " + one.body);
        }
    }

    void be_a_stranger() {
        for (const auto& one : forged_requests()) {
            const auto answer = running_.send(one);
            EXPECT_TRUE(answer.status == 401 || answer.status == 400) << answer.status << ' ' << one.body;
            expect_no_canary(answer.raw.head + answer.raw.body, "a refusal");
        }
        for (const auto& one : broken_requests()) {
            raw_client client(running_.port());
            client.send(one);
            client.finish();
            expect_no_canary(client.receive_all(), "a refusal of " + one.substr(0, 100));
        }
    }

    /// GET, with the token or with a wrong one.
    raw_answer ask_admin(const std::string& target, const std::string& token = canary::admin_token) {
        raw_client client(shop_.admin_socket());
        const auto answer = client.ask("GET " + target + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " +
                                       token + "\r\nConnection: close\r\n\r\n");
        expect_no_canary(answer.head + answer.body, "GET " + target);
        return answer;
    }

    std::vector<std::string> event_ids() {
        std::vector<std::string> ids;
        const auto list = nlohmann::json::parse(ask_admin("/api/events?limit=1000").body);
        for (const auto& one : list.at("events"))
            ids.push_back(one.at("id"));
        return ids;
    }

    void be_the_owner() {
        for (const auto* const target :
             {"/", "/healthz", "/readyz", "/metrics", "/api/rejections", "/api/sinks", "/api/dead",
              "/api/dead/crm", "/api/nothing", "/api/status", "/api/series?each=1", "/api/events?brief=1",
              "/api/sinks/crm/waiting"}) {
            (void)ask_admin(target);
            (void)ask_admin(target + ("?token=" + canary::admin_token));
            (void)ask_admin(target, canary::guess);
        }
        for (const auto& id : event_ids()) {
            EXPECT_EQ(ask_admin("/api/events/" + id).status, 200U);
            EXPECT_EQ(ask_admin("/api/events/" + id + "/original").status, 200U);
            for (const auto* const sink : {"crm", "original", "events", "program"})
                (void)ask_admin("/api/events/" + id + "/sent?sink=" + sink);
        }
    }

    /// What `shopbell ARGUMENTS...` prints.
    std::string run(const std::vector<std::string>& arguments) {
        const auto done = shop_.run(arguments, "a=b");
        auto printed = done.output + done.errors;
        expect_no_canary(printed, testing::PrintToString(arguments));
        return printed;
    }

private:
    const canary_shop& shop_;
    const daemon& running_;
};

const std::vector<std::string> any_time[] = {
    {"check"},
    {"check", "--json"},
    {"--help"},
    {"sign", "--help"},
    {"events"},
    {"events", "--json", "--limit", "100"},
    {"sinks"},
    {"sinks", "--json"},
    {"dead", "list"},
    {"dead", "list", "--json"},
    {"rejections", "--limit", "1000"},
    {"rejections", "--limit", "1000", "--json"},
    {"send", "usaepay", "nothing", "--endpoint", "nobody"},
    {"send", "jumpseller", "order_paid", "--url", "http://127.0.0.1:1/"},
    {"send", "ejunkie", "completed", "--set", "no-pointer"},
    {"sign", "ejunkie", "--endpoint", "nobody"}};

std::vector<std::vector<std::string>> commands_that_send(std::uint16_t port) {
    const auto url = "http://127.0.0.1:" + std::to_string(port) + "/hooks/";
    return {{"send", "jumpseller", "order_paid", "--url", url + "jumpseller"},
            {"send", "ejunkie", "completed", "--url", url + "ejunkie"},
            {"send", "usaepay", "transaction.sale.success", "--url", url + "usaepay", "--json"},
            {"send", "usaepay", "transaction.sale.success", "--url", url + "usaepay", "--tamper"},
            {"send", "ejunkie", "completed", "--tamper", "--url", url + "ejunkie"},
            {"send", "jumpseller", "order_paid", "--url", url + "nowhere"}};
}

class secrets_given : public testing::TestWithParam<secret_form> {};

TEST_P(secrets_given, are_in_nothing_that_the_program_writes) {
    const talkative_targets targets;
    canary_shop shop(GetParam(), targets.urls());
    std::vector<std::string> ids;
    {
        daemon running(shop.serve(), shop.log_file());
        visitor all(shop, running);
        all.be_a_store();
        all.be_a_stranger();
        for (const auto& one : commands_that_send(running.port()))
            (void)all.run(one);
        (void)wait_for_events(shop.place().events(), genuine_requests().size());
        for (const auto* const sink : {"\"crm\"", "\"events\"", "\"program\""})
            EXPECT_TRUE(eventually(
                [&] { return all.ask_admin("/api/dead?limit=1000").body.find(sink) != std::string::npos; }));
        (void)targets.original.wait_for(6);  // two of them again
        all.be_the_owner();
        for (const auto& one : any_time)
            (void)all.run(one);
        EXPECT_NE(all.run({"rejections"}).find("  diagnosis  "), std::string::npos);

        shop.write_config(
            "[[endpoint]]\nname = \"bad\"\npath = \"/bad\"\nprovider = \"ejunkie\"\nhandshake = \"" +
            canary::guess + "\"\n");
        running.signal(SIGHUP);
        wait_for_text(shop.log_file(), "reload refused");
        shop.write_config();
        running.signal(SIGHUP);
        wait_for_text(shop.log_file(), "\"reloaded\"");

        ids = all.event_ids();
        expect_no_canary(read_file("/proc/" + std::to_string(running.id()) + "/cmdline"), "the command line");
        EXPECT_EQ(running.stop().code, 0);
        expect_no_canary(running.written(), "the daemon's output");

        // The inbox of a stopped daemon tells of every attempt there was.
        std::string shown;
        for (const auto& id : ids) {
            shown += all.run({"show", id});
            (void)all.run({"show", id, "--json"});
            (void)all.run({"show", id, "--original"});
            (void)all.run({"dead", "show", "--sink", "crm", id});
        }
        for (const auto& one : any_time)
            (void)all.run(one);
        for (const auto* const blanked : {"Bearer [secret]", "crm:[secret] [secret]", "handshake=[secret]"})
            EXPECT_NE(shown.find(blanked), shown.npos) << "no attempt tells of " << blanked << ":\n" << shown;
    }
    shop.expect_clean_files();
    for (const auto& one : targets.events.requests()) {
        expect_no_canary(one.target + one.body, "an event forwarded");
        for (const auto& field : one.fields)
            expect_no_canary(field.value, "the header " + field.name,
                             field.name == "Authorization" ? "bearer token" : "");
    }
    for (const auto& one : targets.original.requests()) {
        expect_no_canary(one.body, "an original forwarded", "handshake");
        for (const auto& field : one.fields)
            expect_no_canary(field.value, "the header " + field.name);
    }
}

std::string name_of(const testing::TestParamInfo<secret_form>& one) {
    constexpr std::array<const char*, 4> names{"in_the_configuration", "in_files", "in_the_environment",
                                               "as_credentials"};
    return names[static_cast<std::size_t>(one.param)];
}

INSTANTIATE_TEST_SUITE_P(forms, secrets_given,
                         testing::Values(secret_form::literal, secret_form::file, secret_form::environment,
                                         secret_form::credential),
                         name_of);

struct mistake {
    const char* name;
    std::string lines;  ///< of an E-junkie endpoint, or a table of its own
};

class a_mistake : public testing::TestWithParam<mistake> {};

TEST_P(a_mistake, is_complained_of_without_the_secret) {
    const auto& lines = GetParam().lines;
    const bool is_table = lines.starts_with('[');
    const std::string endpoint = "[[endpoint]]\nname = \"e\"\npath = \"/e\"\nprovider = \"ejunkie\"\n";
    const shop place({.endpoints = is_table ? std::string() : endpoint + lines + '\n',
                      .sinks = is_table ? lines + '\n' : std::string()});
    for (const auto* const command : {"check", "serve", "sign"}) {
        const auto refused = command == std::string("sign")
                                 ? run_shopbell(place.config(), {"sign", "ejunkie"}, "a=b")
                                 : run_shopbell(place.config(), {command});
        EXPECT_EQ(refused.status.code, 78) << refused.errors;
        expect_no_canary(refused.output + refused.errors, command);
    }
    const auto as_json = run_shopbell(place.config(), {"check", "--json"});
    expect_no_canary(as_json.output + as_json.errors, "check --json");
}

const std::string shake_line = "handshake = \"" + canary::handshake + '"';
const std::string in_sink = "[[sink]]\nname = \"s\"\ntype = \"forward\"\nurl = \"https://a.example/\"\n";

INSTANTIATE_TEST_SUITE_P(
    mistakes, a_mistake,
    testing::Values(
        mistake{"handshake_that_is_none", "handshake = \"" + canary::guess + '"'},
        mistake{"two_forms_of_one_secret", shake_line + "\nhandshake_env = \"HOME\""},
        mistake{"misspelt_key", "handshak = \"" + canary::guess + '"'},
        mistake{"wrong_type", "handshake = { word = \"" + canary::guess + "\" }"},
        mistake{"unfinished_string", "handshake = \"" + canary::guess},
        mistake{"no_string_at_all", "handshake = " + canary::guess},
        mistake{"text_behind_the_string", shake_line + ' ' + canary::guess},
        mistake{"the_same_key_twice", shake_line + "\nhandshake = \"" + canary::guess + '"'},
        mistake{"array_with_an_empty_one", "handshake = [\"" + canary::handshake + "\", \"\"]"},
        mistake{"contradiction", "auth = \"none\"\n" + shake_line},
        mistake{"secret_as_the_name_of_a_variable", "handshake_env = \"" + canary::guess + '"'},
        mistake{"secret_as_the_name_of_a_credential", "handshake_credential = \"a/" + canary::guess + '"'},
        mistake{"secret_of_another_provider", shake_line + "\nhooks_token = \"" + canary::guess + '"'},
        mistake{"sign_secret_that_is_no_base64", in_sink + "sign_secret = \"" + canary::guess + '"'},
        mistake{"bearer_and_basic", in_sink + "bearer_token = \"" + canary::bearer_token +
                                        "\"\nbasic_user = \"u\"\nbasic_password = \"" + canary::crm_password +
                                        '"'},
        mistake{"password_without_user", in_sink + "basic_password = \"" + canary::crm_password + '"'},
        mistake{"bearer_with_a_line_break", in_sink + "bearer_token = \"" + canary::bearer_token + "\\nx\""},
        mistake{"password_in_the_url", "[[sink]]\nname = \"s\"\ntype = \"forward\"\nurl = \"https://u:" +
                                           canary::crm_password + "@a.example/\""},
        mistake{"header_with_a_line_break", in_sink + "headers = { X-Key = \"" + canary::api_key + "\\n\" }"},
        mistake{"array_of_other_things", in_sink + "bearer_token = [\"" + canary::bearer_token + "\", 5]"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(a_core_dump, is_not_made_of_the_daemon) {
    const shop place;
    daemon running(serve(place.config(), place.file("")));
    ::rlimit any{RLIM_INFINITY, RLIM_INFINITY};
    ASSERT_EQ(::prlimit(running.id(), RLIMIT_CORE, &any, nullptr), 0);
    running.signal(SIGABRT);
    const auto end = running.wait();
    EXPECT_EQ(end.signal, SIGABRT);
    EXPECT_FALSE(end.dumped_core);
}

}  // namespace
}  // namespace shopbell::test
