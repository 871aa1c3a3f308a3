#include "support/daemon.hpp"
#include "support/eventually.hpp"
#include "support/http_peer.hpp"
#include "support/reserved_port.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>

// What the other end of a sink can do to us.

namespace shopbell::test {
namespace {

namespace fs = std::filesystem;

/// Resident memory in KiB, the most that it ever was.
long long peak_memory(::pid_t process) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    std::string line;
    while (std::getline(status, line)) {
        if (line.starts_with("VmHWM:"))
            return std::stoll(line.substr(6));
    }
    return 0;
}

std::string garbage() {
    std::string text = "\x16\x03\x01";
    return text + std::string(4096, '\0') + "not HTTP\r\n\r\n";
}

std::string endless(std::size_t size) {
    return "HTTP/1.1 500 Broken\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
           std::string(size, 'x');
}

/// What one target does to every request, and what the log then says of it.
struct fault_row {
    std::string name;
    answer does;
    std::string error;
    std::string timeout = "60s";  ///< short only where nothing else ends the attempt
};

TEST(a_broken_target, is_retried_and_delays_neither_the_others_nor_the_store) {
    constexpr std::size_t huge = 100UL * 1024 * 1024;
    const std::vector<fault_row> rows = {
        {"hangs", {.act = answer::action::hang}, "no answer in time", "500ms"},
        {"trickles", {.act = answer::action::trickle}, "no answer in time", "500ms"},
        {"aborts", {.act = answer::action::reset}, "reset by peer"},
        {"closes", {.act = answer::action::close}, "connection closed"},
        {"garbage", {.body = garbage(), .act = answer::action::raw}, "not HTTP"},
        {"cut",
         {.body = "HTTP/1.1 200 OK\r\nContent-Le", .act = answer::action::raw_and_reset},
         "reset by peer"},
        {"torn", {.body = "HTTP/1.1 200 OK\r\nContent-Le", .act = answer::action::raw}, "connection closed"},
        {"huge", {.body = endless(huge), .act = answer::action::raw}, "answered 500"},
    };
    std::vector<std::unique_ptr<http_peer>> targets;
    shop place;
    auto sinks = place.file_and_log();
    for (const auto& row : rows) {
        targets.push_back(std::make_unique<http_peer>(std::vector<answer>{row.does}));
        sinks += forward_sink(row.name, targets.back()->url(),
                              "timeout = \"" + row.timeout + "\"\nconcurrency = 2");
    }
    const reserved_port closed;
    sinks += forward_sink("refuses", "http://127.0.0.1:" + std::to_string(closed.number()) + "/");
    // A label longer than DNS allows: the resolver says no without asking anybody.
    sinks += forward_sink("nameless", "http://" + std::string(64, 'x') + ".example.com/");
    place.write_config({.server = "drain_timeout = \"1s\"", .sinks = sinks});
    daemon running(place.config());

    constexpr std::size_t count = 100;
    std::chrono::steady_clock::duration slowest{};
    for (std::size_t i = 0; i < count; ++i) {
        const auto start = std::chrono::steady_clock::now();
        EXPECT_EQ(running.send(usaepay_request("e" + std::to_string(i))).status, 200U);
        slowest = std::max(slowest, std::chrono::steady_clock::now() - start);
    }
    EXPECT_EQ(wait_for_events(place.events(), count).size(), count);
    for (const auto& row : rows)
        (void)running.wait_for_log({"\"delivery failed\"", "\"sink\":\"" + row.name + '"', row.error});
    (void)running.wait_for_log({"\"delivery failed\"", "\"sink\":\"refuses\"", "refused"});
    (void)running.wait_for_log({"\"delivery failed\"", "\"sink\":\"nameless\""});
    for (const auto& row : rows)
        (void)running.wait_for_log({"fails again and again", "\"sink\":\"" + row.name + '"'});
    const auto peak = peak_memory(running.id());
    std::cout << "broken_sinks=" << rows.size() + 2 << " events=" << count << " slowest_answer_ms="
              << std::chrono::duration_cast<std::chrono::milliseconds>(slowest).count()
              << " peak_memory_kib=" << peak << '\n';
    // Nothing of the 100 MB that a target sends, again and again, stays in memory. (Sanitizers take their
    // own.)
#ifndef SHOPBELL_SANITIZED
    EXPECT_LT(peak, 96 * 1024);
#endif
    EXPECT_EQ(running.stop().code, 0);
}

TEST(a_target_that_is_down_too_long, leaves_dead_letters_that_a_retry_brings) {
    const reserved_port port;
    const std::string url = "http://127.0.0.1:" + std::to_string(port.number()) + "/";
    const shop place(
        {.operated = true,
         .sinks = "[[sink]]\nname = \"target\"\ntype = \"forward\"\nurl = \"" + url +
                  "\"\nretry = { initial = \"10ms\", max = \"50ms\", give_up_after = \"300ms\" }\n"
                  "[[route]]\nevents = [\"**\"]\nsinks = [\"target\"]\n"});
    const daemon running(place.config());
    constexpr std::size_t count = 50;
    std::set<std::string> sent;
    for (std::size_t i = 0; i < count; ++i)
        sent.insert(running.send(usaepay_request("e" + std::to_string(i))).id);
    EXPECT_TRUE(eventually([&] { return running.count_log({"\"dead letter\""}) == count; }));

    EXPECT_EQ(place.ask({"dead", "list"}).size(), count);
    const http_peer target({}, port.number());
    EXPECT_EQ(place.ask({"dead", "retry"}).at(0)["count"], count);
    std::set<std::string> got;
    for (const auto& one : target.wait_for(count))
        got.insert(nlohmann::json::parse(one.body)["id"].get<std::string>());
    std::cout << "dead=" << count << " delivered_after_retry=" << got.size() << '\n';
    EXPECT_EQ(got, sent);
    EXPECT_TRUE(eventually([&] { return place.ask({"dead", "list"}).empty(); }));
}

TEST(a_file_on_a_full_disk, gets_every_event_once_there_is_room) {
    shop place;
    const http_peer other;
    fs::create_symlink("/dev/full", place.events());
    place.write_config({.sinks = place.file_and_log() + forward_sink("other", other.url())});
    const daemon running(place.config());
    constexpr std::size_t count = 20;
    std::vector<std::string> sent;
    for (std::size_t i = 0; i < count; ++i) {
        const auto answer = running.send(usaepay_request("e" + std::to_string(i)));
        EXPECT_EQ(answer.status, 200U);
        sent.push_back(answer.id);
    }
    (void)running.wait_for_log({"\"delivery failed\"", "events-file", "No space left"});
    EXPECT_EQ(other.wait_for(count).size(), count);

    fs::remove(place.events());
    std::vector<std::string> got;
    for (const auto& one : wait_for_events(place.events(), count))
        got.push_back(one["id"].get<std::string>());
    EXPECT_EQ(std::set(got.begin(), got.end()), std::set(sent.begin(), sent.end()));
    EXPECT_EQ(got.size(), count);
}

}  // namespace
}  // namespace shopbell::test
