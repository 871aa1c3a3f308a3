#include "support/daemon.hpp"
#include "support/eventually.hpp"
#include "support/inbox_file.hpp"
#include "support/operator_line.hpp"
#include "support/random_seed.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <system_error>
#include <thread>

// E-junkie's generated codes: what the answer's body holds goes to a buyer, so it is the codes or nothing.

namespace shopbell::test {
namespace {

namespace fs = std::filesystem;
using strings = std::vector<std::string>;

/// A product's notification: one line of a cart with three of it.
store_request sale(const std::string& txn_id, const std::string& product = "100200",
                   const std::string& quantity = "1") {
    auto one = ejunkie_request(txn_id);
    one.path = "/hooks/codes";
    one.body =
        "payment_status=Completed&txn_type=expresscheckout&client_id=41000&num_cart_items=2"
        "&item_name1=Widget&item_number1=999&quantity1=7&item_name2=Font&item_number2=" +
        product + "%7C%7CPRO&quantity2=" + quantity + "&item_cart_position=2&item_number=" + product +
        "&payer_email=buyer%40example.net&txn_id=" + txn_id + "&handshake=" + std::string(handshake);
    return one;
}

store_request with(store_request one, std::string_view from, std::string_view to) {
    one.body.replace(one.body.find(from), from.size(), to);
    return one;
}

void expect_silent(const raw_answer& answer, unsigned status) {
    EXPECT_EQ(answer.status, status) << answer.head;
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(answer.field("Content-Length"), "0");
    EXPECT_EQ(answer.field("Content-Type"), "");
}

class code_shop : public ::testing::Test {
protected:
    void configure(const std::string& codes, const std::string& server = {}) {
        place.write_config({.server = server,
                            .operated = true,
                            .endpoints = three_endpoints() +
                                         "[[endpoint]]\nname = \"codes\"\npath = \"/hooks/codes\"\n"
                                         "provider = \"ejunkie\"\nhandshake = \"" +
                                         std::string(handshake) + "\"\n[endpoint.codes]\n" + codes + "\n"});
    }
    /// Runs that shell script to make codes.
    void configure_program(const std::string& script, const std::string& more = {}) {
        const auto path = place.file("make-codes");
        write_file(path, "#!/bin/sh\n" + script);
        fs::permissions(path, fs::perms::owner_all);
        configure("from = \"program\"\ncommand = [\"" + path + "\", \"$(not a shell)\"]\n" + more);
    }

    finished command(strings arguments, std::string input = {}) {
        return run_shopbell(place.config(), std::move(arguments), std::move(input));
    }
    void add(const std::string& codes, const std::string& product = "100200") {
        const auto done = command({"codes", "add", "codes", product}, codes);
        ASSERT_EQ(done.status.code, 0) << done.errors;
    }
    nlohmann::json listed(bool show = true) {
        auto lines = place.ask(show ? strings{"codes", "list", "--show"} : strings{"codes", "list"});
        return lines.empty() ? nlohmann::json() : lines.front();
    }
    nlohmann::json ready() { return operator_line(place.file("admin.sock")).ask("GET", "/readyz").document; }
    std::string metrics() { return operator_line(place.file("admin.sock")).ask("GET", "/metrics").text; }

    static strings types(const std::vector<nlohmann::json>& events) {
        strings all;
        for (const auto& one : events)
            all.push_back(one["type"]);
        return all;
    }

    shop place;
};

TEST_F(code_shop, answers_a_sale_with_its_codes_and_nothing_else) {
    configure("from = \"pool\"");
    daemon running(place.config());
    add("\xEF\xBB\xBF"
        "AAAA-0001\r\nAAAA-0002\n\nAAAA-0003\n");
    const auto one = running.send(sale("T1")).raw;
    EXPECT_EQ(one.status, 200U);
    EXPECT_EQ(one.field("Content-Type"), "text/plain; charset=utf-8");
    EXPECT_EQ(one.body, "AAAA-0001");
    EXPECT_EQ(running.send(sale("T2", "100200", "2")).raw.body, "AAAA-0002\nAAAA-0003");
    EXPECT_EQ(running.send(sale("T1")).raw.body, "AAAA-0001");
    const auto events = wait_for_events(place.events(), 2);
    EXPECT_EQ(types(events), strings(2, "ejunkie.order.paid"));
    EXPECT_EQ(events[0]["subject"], "order/T1");
    EXPECT_EQ(running.stop().code, 0);
    EXPECT_EQ(running.written().find("AAAA-0001"), std::string::npos);
}

TEST_F(code_shop, gives_one_code_a_line_where_that_is_asked_for) {
    configure("per = \"item\"");
    const daemon running(place.config());
    add("A\nB\n");
    EXPECT_EQ(running.send(sale("T1", "100200", "5")).raw.body, "A");
}

TEST_F(code_shop, stores_a_sale_without_a_code_and_serves_it_when_it_comes_again) {
    configure("from = \"pool\"\nlow = 2");
    daemon running(place.config());
    expect_silent(running.send(sale("T1")).raw, 503);
    expect_silent(running.send(sale("T1")).raw, 503);
    (void)running.wait_for_log({"\"error\"", "a completed sale got no code", "\"codes\"", "100200"});
    EXPECT_NE(ready()["warnings"].dump().find("shopbell codes add codes"), std::string::npos) << ready();
    EXPECT_NE(metrics().find("shopbell_codes_missing_total{endpoint=\"codes\",provider=\"ejunkie\"} 2"),
              std::string::npos)
        << metrics();
    EXPECT_EQ(types(wait_for_events(place.events(), 1)), strings{"ejunkie.code_missing"});

    add("A\nB\nC\nD\n");
    EXPECT_EQ(running.send(sale("T1")).raw.body, "A");
    EXPECT_EQ(ready().value("warnings", nlohmann::json::array()).size(), 0U) << ready();
    EXPECT_EQ(types(wait_for_events(place.events(), 2)),
              (strings{"ejunkie.code_missing", "ejunkie.order.paid"}));
    EXPECT_EQ(running.send(sale("T2")).raw.body, "B");
    (void)running.wait_for_log({"\"warn\"", "runs low", "100200", "\"left\":2"});
    EXPECT_NE(ready()["warnings"].dump().find("2 codes of product 100200 are left"), std::string::npos);
    const auto seen = metrics();
    EXPECT_NE(seen.find("shopbell_codes_left{endpoint=\"codes\",product=\"100200\"} 2"), std::string::npos)
        << seen;
    EXPECT_NE(seen.find("shopbell_codes_low{endpoint=\"codes\",product=\"100200\"} 1"), std::string::npos)
        << seen;
    EXPECT_NE(seen.find("shopbell_codes_given_total{endpoint=\"codes\",provider=\"ejunkie\"} 2"),
              std::string::npos)
        << seen;
    EXPECT_EQ(running.stop().code, 0);
    daemon again(place.config());
    EXPECT_NE(ready()["warnings"].dump().find("2 codes of product 100200 are left"), std::string::npos);
    EXPECT_EQ(again.send(sale("T1")).raw.body, "A");
}

TEST_F(code_shop, gives_nothing_for_what_is_no_completed_sale) {
    configure("from = \"pool\"");
    const daemon running(place.config());
    add("A\n");
    expect_silent(running.send(with(sale("T1"), "Completed", "Pending")).raw, 409);
    expect_silent(running.send(with(sale("T2"), "expresscheckout", "cash")).raw, 409);
    expect_silent(running.send(with(sale("T3"), "txn_id=", "no_id=")).raw, 409);
    expect_silent(running.send(with(sale("T4"), "quantity2=1", "quantity2=1.5")).raw, 503);
    expect_silent(running.send(with(sale("T5"), "item_cart_position=2&", "")).raw, 503);
    EXPECT_EQ(types(wait_for_events(place.events(), 5)),
              (strings{"ejunkie.order.pending", "ejunkie.order.pending", "ejunkie.unparsed",
                       "ejunkie.code_missing", "ejunkie.code_missing"}));
    EXPECT_EQ(listed()["left"], 1);
    EXPECT_EQ(running.send(sale("T1")).raw.body, "A");
}

TEST_F(code_shop, refuses_without_a_word_whoever_refuses) {
    configure("from = \"pool\"",
              "max_body = \"2KiB\"\nmax_header = \"2KiB\"\nbody_timeout = \"300ms\"\n"
              "header_timeout = \"300ms\"\n");
    daemon running(place.config());
    add("A\n");
    const auto ask = [&](std::string_view bytes) { return raw_client(running.port()).ask(bytes); };
    const std::string head = "POST /hooks/codes HTTP/1.1\r\nHost: shop\r\n";
    expect_silent(running.send(sale("T1"), "GET").raw, 405);
    expect_silent(
        running.send(with(sale("T1"), std::string(handshake), "00000000000000000000000000000000")).raw, 401);
    expect_silent(running.send(with(sale("T1"), "client_id", "txn_id=T2&client_id")).raw, 400);
    expect_silent(running.send(sale("T1").with("Content-Encoding", "gzip")).raw, 415);
    expect_silent(
        running.send(sale("T1").without("Content-Type").with("Content-Type", "application/json")).raw, 400);
    expect_silent(running.send(sale("T1").with_body(std::string(3000, 'x'))).raw, 413);
    expect_silent(ask(head + "\r\n"), 411);
    expect_silent(ask(head + "Transfer-Encoding: gzip\r\n\r\n"), 501);
    expect_silent(ask(head + "X: " + std::string(3000, 'x') + "\r\n\r\n"), 431);
    expect_silent(ask(head + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n"), 400);
    expect_silent(ask(head + "Content-Length: 5\r\n\r\n1"), 408);
    expect_silent(ask("POST /hooks/co"), 408);
    expect_silent(ask("no HTTP at all\r\n\r\n"), 400);
    for (const auto* const beside : {"/hooks/codes/", "/hooks/codes/x", "/hooks/codes/x/y"}) {
        auto one = sale("T1");
        one.path = beside;
        expect_silent(running.send(one).raw, 404);
    }
    auto elsewhere = sale("T1");
    elsewhere.path = "/hooks/codesx";
    EXPECT_EQ(running.send(elsewhere).raw.body, "{\"error\":\"not found\"}");
    EXPECT_EQ(running.send(ejunkie_request("T1", "wrong")).raw.body, "{\"error\":\"unauthorized\"}");
    for (const auto* const status : {"401", "405", "413", "415"})
        (void)running.wait_for_log(
            {"\"error\"", "a request got no code", std::string("\"status\":") + status});
    EXPECT_EQ(listed()["left"], 1);
}

TEST_F(code_shop, refuses_without_a_word_what_it_cannot_store) {
    configure("from = \"pool\"");
    place.write_config({});
    configure("from = \"pool\"");
    daemon running(place.config());
    add("A\n");
    fs::rename(place.inbox(), place.inbox() + ".away");
    expect_silent(running.send(sale("T1")).raw, 503);
    fs::rename(place.inbox() + ".away", place.inbox());
    EXPECT_TRUE(eventually([&] { return running.send(sale("T1")).raw.body == "A"; }));
}

TEST_F(code_shop, is_operated_from_the_command_line) {
    configure("from = \"pool\"\nlow = 1");
    daemon running(place.config());
    auto done = command({"codes", "add", "codes", "100200"}, "AAAA-0001\nAAAA-0001\nAAAA-0002\nAAAA-0003\n");
    EXPECT_EQ(done.output, "added 3 codes of product 100200; 1 code was there before; 3 left\n")
        << done.errors;
    ASSERT_EQ(running.send(sale("T1")).raw.body, "AAAA-0001");

    const auto pool = listed(false);
    EXPECT_EQ(pool["endpoint"], "codes");
    EXPECT_EQ(pool["product"], "100200");
    EXPECT_EQ(pool["left"], 2);
    EXPECT_EQ(pool["low"], 1);
    ASSERT_EQ(pool["given"].size(), 1U);
    EXPECT_EQ(pool["given"][0]["code"], "****0001");
    EXPECT_EQ(pool["given"][0]["txn_id"], "T1");
    EXPECT_EQ(pool["given"][0]["item"], "2");
    EXPECT_TRUE(pool["given"][0]["at"].get<std::string>().ends_with("Z"));
    EXPECT_EQ(running.count_log({"codes are shown"}), 0U);
    EXPECT_EQ(listed(true)["given"][0]["code"], "AAAA-0001");
    (void)running.wait_for_log({"codes are shown"});

    done = command({"codes", "void", "codes", "AAAA-0001", "AAAA-0002", "nobody-knows"});
    EXPECT_EQ(done.status.code, 1);
    EXPECT_EQ(done.output, "voided 1 code\n");
    EXPECT_NE(done.errors.find("****0001 was given already"), std::string::npos) << done.errors;
    EXPECT_NE(done.errors.find("****nows is no code"), std::string::npos) << done.errors;
    EXPECT_EQ(command({"codes", "void", "codes", "-"}, "AAAA-0002\n").status.code, 0);
    EXPECT_EQ(running.send(sale("T2")).raw.body, "AAAA-0003");

    EXPECT_EQ(command({"codes", "add", "cods", "1"}, "A\n").status.code, 1);
    EXPECT_NE(command({"codes", "add", "cods", "1"}, "A\n").errors.find("did you mean \"codes\""),
              std::string::npos);
    EXPECT_EQ(command({"codes", "add", "codes", "1"}, "").status.code, 1);
    EXPECT_NE(command({"codes", "add", "codes", "1"}, "A\nB\x01\n").errors.find("line 2"), std::string::npos);
    EXPECT_EQ(command({"codes"}).status.code, 2);
    EXPECT_EQ(command({"codes", "add", "codes"}).status.code, 2);

    EXPECT_EQ(running.stop().code, 0);
    EXPECT_EQ(running.whole_log().find("AAAA-000"), std::string::npos);
    EXPECT_EQ(listed(false)["left"], 0);
    EXPECT_EQ(command({"codes", "add", "codes", "1"}, "A\n").status.code, 1);
}

TEST_F(code_shop, is_tried_and_examined_like_any_endpoint) {
    configure("from = \"pool\"");
    const daemon running(place.config());
    add("AAAA-0001\nAAAA-0002\n", "*");
    const auto url = "http://127.0.0.1:" + std::to_string(running.port()) + "/hooks/codes";
    const auto sent = command({"send", "ejunkie", "completed", "--endpoint", "codes", "--url", url});
    EXPECT_EQ(sent.output, "200 2 codes ****0001 ****0002\n") << sent.errors;
    EXPECT_NE(
        command({"check"}).output.find("endpoint codes: POST /hooks/codes from ejunkie, codes from a pool"),
        std::string::npos);
    const auto examined = command({"doctor", "--url", url, "--json"});
    EXPECT_NE(examined.output.find("came through"), std::string::npos) << examined.output;
    EXPECT_NE(examined.output.find("0 codes of product * are left"), std::string::npos) << examined.output;
    EXPECT_EQ(examined.output.find("in its stead"), std::string::npos) << examined.output;
}

TEST_F(code_shop, takes_many_codes_and_lists_them_all) {
    configure("from = \"pool\"");
    const daemon running(place.config());
    std::string codes;
    for (int i = 0; i < 3000; ++i)
        codes += "CODE-" + std::to_string(i) + std::string(30, '"') + "\n";
    add(codes);
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(running.send(sale("T" + std::to_string(i), "100200", "900")).raw.status, 200U);
    const auto pool = listed();
    EXPECT_EQ(pool["left"], 300);
    EXPECT_EQ(pool["given"].size(), 2700U);
    EXPECT_EQ(place.ask({"codes", "list", "codes"}).size(), 1U);
}

TEST_F(code_shop, keeps_a_code_given_when_a_person_is_forgotten) {
    configure("from = \"pool\"");
    const daemon running(place.config());
    add("A\nB\n");
    ASSERT_EQ(running.send(sale("T1")).raw.body, "A");
    ASSERT_EQ(running.send(sale("T2")).raw.body, "B");
    EXPECT_EQ(place.ask({"forget", "--subject", "order/T1"}).at(0)["erased"], 1);
    EXPECT_EQ(listed()["given"][0]["txn_id"], "");
    EXPECT_EQ(listed()["given"][1]["txn_id"], "T2");
    EXPECT_EQ(place.ask({"forget", "--email", "buyer@example.net"}).at(0)["erased"], 1);
    EXPECT_EQ(listed()["given"][1]["txn_id"], "");
    EXPECT_EQ(running.send(sale("T1")).raw.body, "A");
    EXPECT_EQ(running.send(sale("T2")).raw.body, "B");
    EXPECT_EQ(listed()["left"], 0);
}

TEST_F(code_shop, is_backed_up_with_its_codes) {
    configure("from = \"pool\"");
    {
        daemon running(place.config());
        add("A\nB\n");
        ASSERT_EQ(running.send(sale("T1")).raw.body, "A");
        EXPECT_EQ(command({"backup", place.file("copy.db")}).status.code, 0);
        EXPECT_EQ(running.stop().code, 0);
    }
    for (const auto* const ending : {"", "-wal", "-shm", ".acknowledged"})
        fs::remove(place.inbox() + ending);
    fs::rename(place.file("copy.db"), place.inbox());
    const daemon restored(place.config());
    EXPECT_EQ(restored.send(sale("T1")).raw.body, "A");
    EXPECT_EQ(restored.send(sale("T2")).raw.body, "B");
}

TEST_F(code_shop, takes_codes_up_at_a_reload) {
    configure("from = \"pool\"");
    {
        daemon running(place.config());
        add("A\nB\n");
        EXPECT_EQ(running.stop().code, 0);
    }
    const auto with_codes = read_file(place.config());
    place.write_config({.operated = true});
    daemon running(place.config());
    EXPECT_EQ(running.send(sale("T1")).raw.status, 404U);
    write_file(place.config(), with_codes);
    running.signal(SIGHUP);
    (void)running.wait_for_log({"\"reloaded\""});
    EXPECT_NE(ready()["warnings"].dump().find("2 codes of product 100200 are left"), std::string::npos);
    EXPECT_EQ(running.send(sale("T1")).raw.body, "A");
}

TEST_F(code_shop, gets_codes_from_a_program_once_for_each_sale) {
    const auto runs = place.file("runs"), about = place.file("about");
    configure_program("cat > " + place.file("event") + "\n(echo \"$1\"; env) > " + about + "\necho x >> " +
                      runs + "\necho \"KEY-$(wc -l < " + runs + ")\"\n");
    daemon running(place.config());
    const auto first = running.send(sale("T1")).raw;
    EXPECT_EQ(first.status, 200U);
    EXPECT_EQ(first.body, "KEY-1");
    EXPECT_EQ(running.send(sale("T1")).raw.body, "KEY-1");
    EXPECT_EQ(read_file(runs), "x\n");
    const auto event = nlohmann::json::parse(read_file(place.file("event")));
    EXPECT_EQ(event["type"], "ejunkie.order.paid");
    EXPECT_EQ(event["subject"], "order/T1");
    EXPECT_EQ(event["data"]["payload"]["txn_id"], "T1");
    EXPECT_FALSE(event["data"]["payload"].contains("handshake"));
    const auto text = read_file(about);
    EXPECT_TRUE(text.starts_with("$(not a shell)\n")) << text;
    EXPECT_NE(text.find("SHOPBELL_EVENT_SUBJECT=order/T1"), std::string::npos) << text;
    EXPECT_NE(text.find("SHOPBELL_EVENT_ID=" + event["id"].get<std::string>()), std::string::npos) << text;
    EXPECT_EQ(listed()["given"].size(), 1U);
    expect_silent(running.send(sale("T2", "100200", "2")).raw, 503);
    (void)running.wait_for_log({"\"error\"", "got no code", "1 codes where 2"});
}

TEST_F(code_shop, does_without_a_program_that_fails_or_is_late) {
    const auto how = place.file("how");
    configure_program("case $(cat " + how +
                          ") in fail) echo no >&2; exit 3;; late) sleep 60;; noise) printf 'a\\tb';;"
                          " none) ;; *) cat " +
                          how + ";; esac\n",
                      "timeout = \"500ms\"");
    daemon running(place.config());
    const auto try_with = [&](const std::string& text) {
        write_file(how, text);
        return running.send(sale("T1")).raw;
    };
    expect_silent(try_with("fail"), 503);
    (void)running.wait_for_log({"\"error\"", "got no code", "exited with 3: no"});
    EXPECT_NE(ready()["warnings"].dump().find("exited with 3"), std::string::npos) << ready();
    expect_silent(try_with("late"), 503);
    (void)running.wait_for_log({"\"error\"", "got no code", "killed after 500ms"});
    expect_silent(try_with("noise"), 503);
    expect_silent(try_with("none"), 503);
    EXPECT_EQ(try_with("CODE-1").body, "CODE-1");
    EXPECT_EQ(ready().value("warnings", nlohmann::json::array()).size(), 0U) << ready();
    EXPECT_EQ(types(wait_for_events(place.events(), 2)),
              (strings{"ejunkie.code_missing", "ejunkie.order.paid"}));
    expect_silent(running.send(sale("T2")).raw, 503);  // CODE-1 has been given
    (void)running.wait_for_log({"\"error\"", "got no code", "another sale"});
}

int kills() {
    const char* const wanted = std::getenv("SHOPBELL_CODE_KILLS");
    return wanted == nullptr ? 8 : std::atoi(wanted);
}

/// What sales were told, over all lives of the daemon.
class told_codes {
public:
    void note(const std::string& txn_id, const std::string& code) {
        const std::lock_guard guard(mutex_);
        const auto [sale, is_new] = by_sale_.emplace(txn_id, code);
        differences_ += sale->second == code ? 0 : 1;
        const auto [owner, is_first] = by_code_.emplace(code, txn_id);
        given_twice_ += owner->second == txn_id ? 0 : 1;
        repeats_ += is_new ? 0 : 1;
    }
    [[nodiscard]] std::map<std::string, std::string> by_sale() const {
        const std::lock_guard guard(mutex_);
        return by_sale_;
    }
    [[nodiscard]] std::size_t differences() const { return differences_; }
    [[nodiscard]] std::size_t given_twice() const { return given_twice_; }
    [[nodiscard]] std::size_t repeats() const { return repeats_; }

private:
    mutable std::mutex mutex_;  // guards the maps
    std::map<std::string, std::string> by_sale_, by_code_;
    std::atomic<std::size_t> differences_ = 0, given_twice_ = 0, repeats_ = 0;
};

/// Sends sales of the latest ones over one connection until the daemon is gone: another connection sends many
/// of the same at the same moment.
void sell(std::uint16_t port, std::atomic<int>& latest, std::uint32_t seed, told_codes& into) {
    constexpr int window = 6;
    std::minstd_rand random(seed);
    try {
        raw_client client(port);
        for (;;) {
            const bool is_new = std::uniform_int_distribution<int>(0, 1)(random) == 0;
            const int back = std::uniform_int_distribution<int>(0, window)(random);
            const auto txn_id = "T" + std::to_string(std::max(is_new ? ++latest : latest.load() - back, 0));
            client.send(sale(txn_id).bytes());
            const auto answer = client.receive();
            if (answer.status != 200)
                return;
            into.note(txn_id, answer.body);
        }
    } catch (const std::system_error&) {
        // Killed before it could accept.
    }
}

TEST_F(code_shop, gives_no_code_twice_whenever_it_is_killed) {
    constexpr std::size_t most_sales = 40'000;
    configure("from = \"pool\"");
    std::minstd_rand random(random_seed());
    std::atomic<int> latest = 0;
    told_codes told;
    {
        daemon running(place.config());
        std::string codes;
        for (std::size_t i = 0; i < most_sales; ++i)
            codes += "CODE-" + std::to_string(i) + "\n";
        add(codes);
        EXPECT_EQ(running.stop().code, 0);
    }
    for (int i = 0; i < kills(); ++i) {
        daemon running(place.config());
        std::vector<std::thread> connections;
        for (int connection = 0; connection < 2; ++connection)
            connections.emplace_back([&, seed = random()] {
                sell(running.port(), latest, static_cast<std::uint32_t>(seed), told);
            });
        const std::chrono::milliseconds life(std::uniform_int_distribution<int>(1, 150)(random));
        EXPECT_FALSE(running.ends_within(life)) << running.written();
        running.kill();
        for (auto& one : connections)
            one.join();
    }
    const daemon last(place.config());
    for (const auto& [txn_id, code] : told.by_sale())
        told.note(txn_id, last.send(sale(txn_id)).raw.body);
    const auto pool = listed();
    std::set<std::string> codes, sales;
    for (const auto& one : pool["given"]) {
        codes.insert(one["code"]);
        sales.insert(one["txn_id"]);
    }
    const auto given = pool["given"].size();
    std::cout << "kills=" << kills() << " sales=" << told.by_sale().size() << " repeats=" << told.repeats()
              << " given=" << given << '\n';
    EXPECT_GT(told.by_sale().size(), 0U);
    EXPECT_EQ(told.differences(), 0U);
    EXPECT_EQ(told.given_twice(), 0U);
    EXPECT_EQ(codes.size(), given);
    EXPECT_EQ(sales.size(), given);
    EXPECT_EQ(pool["left"], most_sales - given);
}

}  // namespace
}  // namespace shopbell::test
