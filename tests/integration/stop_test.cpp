#include "support/daemon.hpp"
#include "support/eventually.hpp"
#include "support/places.hpp"
#include "support/random_seed.hpp"
#include "support/reserved_port.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <system_error>

namespace shopbell::test {
namespace {

namespace fs = std::filesystem;

/// A request of which the daemon has read the head and waits for the body.
class unfinished_request {
public:
    unfinished_request(const daemon& running, const store_request& one) : client_(running.port()) {
        const auto bytes = one.with("Expect", "100-continue").bytes();
        const auto body = bytes.size() - one.body.size();
        rest_ = bytes.substr(body);
        client_.send(std::string_view(bytes).substr(0, body));
        EXPECT_EQ(client_.receive(true).status, 100U);
        client_.send(std::string_view(rest_).substr(0, rest_.size() / 2));
    }

    receipt finish() { return read_receipt(client_.ask(std::string_view(rest_).substr(rest_.size() / 2))); }

private:
    raw_client client_;
    std::string rest_;
};

bool is_refused(std::uint16_t port) {
    try {
        const raw_client client(port);
        return false;
    } catch (const std::system_error&) {
        return true;
    }
}

/// Whether the process has that file open.
bool holds_open(::pid_t process, const std::string& path) {
    for (const auto& one : fs::directory_iterator("/proc/" + std::to_string(process) + "/fd")) {
        std::error_code gone;
        if (fs::read_symlink(one.path(), gone) == path)
            return true;
    }
    return false;
}

TEST(a_stop, lets_requests_in_flight_end_and_refuses_new_ones) {
    const shop place;
    std::vector<std::string> ids;
    {
        daemon running(place.config());
        ids.push_back(running.send(usaepay_request("before")).id);
        unfinished_request one(running, jumpseller_request("order_paid", jumpseller_order(1)));
        unfinished_request two(running, ejunkie_request("TXN1"));
        running.signal(SIGTERM);
        (void)running.wait_for_log({R"("message":"stopping")"});
        EXPECT_TRUE(eventually([&] { return is_refused(running.port()); }));
        for (auto* const request : {&one, &two}) {
            const auto answer = request->finish();
            EXPECT_EQ(answer.status, 200U);
            EXPECT_EQ(answer.raw.field("Connection"), "close");
            ids.push_back(answer.id);
        }
        EXPECT_EQ(running.wait().code, 0) << running.written();
    }
    const daemon after(place.config());
    for (const auto& id : ids)
        wait_for_text(place.events(), id);
}

TEST(a_stop, does_not_wait_longer_for_slow_clients_than_drain_timeout) {
    const shop place({.server = "drain_timeout = \"300ms\""});
    daemon running(place.config());
    const unfinished_request one(running, jumpseller_request("order_paid", jumpseller_order(1)));
    EXPECT_EQ(running.stop().code, 0);
    EXPECT_EQ(running.wait_for_log({"stopped receiving"})["cut_connections"], 1);
}

TEST(a_second_signal, ends_the_daemon_at_once_and_loses_nothing) {
    const shop place({.server = "drain_timeout = \"10m\"\nbody_timeout = \"10m\""});
    std::string id;
    {
        daemon running(place.config());
        const unfinished_request one(running, jumpseller_request("order_paid", jumpseller_order(1)));
        id = running.send(usaepay_request("e1")).id;
        running.signal(SIGTERM);
        (void)running.wait_for_log({R"("message":"stopping")"});
        running.signal(SIGTERM);
        EXPECT_EQ(running.wait().signal, SIGTERM);
    }
    const daemon after(place.config());
    wait_for_text(place.events(), id);
}

TEST(a_hang_up, lets_go_of_the_log_and_the_events_file) {
    shop place;
    const auto log_file = place.file("shopbell.log");
    const auto old_log = log_file + ".1", old_events = place.events() + ".1";
    place.write_config({.log = "output = \"" + log_file + "\""});
    daemon running(place.config(), log_file);
    const auto first = running.send(usaepay_request("e1"));
    EXPECT_EQ(wait_for_events(place.events(), 1).size(), 1U);
    wait_for_text(log_file, "\"status\":200");
    ASSERT_TRUE(holds_open(running.id(), place.events()));

    fs::rename(log_file, old_log);
    fs::rename(place.events(), old_events);
    running.signal(SIGHUP);
    wait_for_text(log_file, "reloaded");
    EXPECT_TRUE(eventually([&] { return !holds_open(running.id(), old_events); }));
    EXPECT_TRUE(eventually([&] { return !holds_open(running.id(), old_log); }));

    const auto second = running.send(usaepay_request("e2"));
    const auto events = wait_for_events(place.events(), 1);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0]["id"], second.id);
    EXPECT_EQ(read_events(old_events).size(), 1U);
    wait_for_text(log_file, second.id);
    EXPECT_EQ(running.stop().code, 0);
}

TEST(signals, at_any_moment_neither_hang_nor_crash_the_daemon) {
    const shop place;
    std::minstd_rand random(random_seed());
    constexpr int sent[] = {SIGHUP, SIGTERM, SIGINT};
    for (int round = 0; round < 15; ++round) {
        process running({.arguments = {shopbell_binary(), "--config", place.config(), "serve"}});
        for (int i = 0; i < 5; ++i) {
            const std::chrono::milliseconds gap(std::uniform_int_distribution<int>(0, 50)(random));
            (void)running.ends_within(gap);
            running.signal(sent[std::uniform_int_distribution<std::size_t>(0, 2)(random)]);
        }
        running.signal(SIGTERM);
        const auto end = running.wait();
        const bool gone_as_told = end.signal == SIGTERM || end.signal == SIGINT || end.signal == SIGHUP;
        EXPECT_TRUE(end.code == 0 || gone_as_told)
            << end.code << ' ' << end.signal << running.errors().text();
    }
    // What the last of them left is no obstacle.
    const daemon after(place.config());
    EXPECT_EQ(after.send(usaepay_request("e1")).status, 200U);
}

/// Waits until the program in that process is ours, loaded and running, and not the test's own before exec.
void wait_for_program(::pid_t id) {
    const auto holds = [id] {
        std::ifstream status("/proc/" + std::to_string(id) + "/status");
        for (std::string line; std::getline(status, line);) {
            // The mask with bit 0 for SIGHUP: held, or already handled.
            if ((line.starts_with("SigBlk:") || line.starts_with("SigCgt:")) &&
                (std::stoull(line.substr(7), nullptr, 16) & 1U) != 0)
                return true;
        }
        return false;
    };
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!holds() && std::chrono::steady_clock::now() < end)
        ::sched_yield();
}

class a_signal_during_the_start : public testing::TestWithParam<int> {};

TEST_P(a_signal_during_the_start, does_not_end_the_daemon) {
    for (int round = 0; round < 5; ++round) {
        const shop place;
        process running(serve(place.config()));
        wait_for_program(running.id());
        for (int i = 0; i < 3; ++i)
            running.signal(GetParam());
        const auto last_line = GetParam() == SIGHUP ? "\"reloaded\"" : "\"serving\"";
        EXPECT_TRUE(running.output().wait_for(
            [last_line](std::string_view line) { return line.find(last_line) != line.npos; }));
        running.signal(SIGTERM);
        const auto end = running.wait();
        EXPECT_EQ(end.code, 0) << end.signal << running.errors().text();
    }
}

INSTANTIATE_TEST_SUITE_P(of_each_kind, a_signal_during_the_start, testing::Values(SIGHUP, SIGUSR1, SIGUSR2),
                         [](const auto& row) { return std::string(::sigabbrev_np(row.param)); });

TEST(a_stop_during_the_start, is_a_stop) {
    for (const int number : {SIGTERM, SIGINT}) {
        const shop place;
        process running(serve(place.config()));
        wait_for_program(running.id());
        running.signal(number);
        EXPECT_EQ(running.wait().code, 0) << running.errors().text();
    }
}

TEST(a_hang_up, during_the_stop_does_not_end_it) {
    const shop place;
    process running(serve(place.config()));
    ASSERT_TRUE(running.output().wait_for(
        [](std::string_view line) { return line.find("\"serving\"") != line.npos; }));
    running.signal(SIGTERM);
    while (!running.ends_within(std::chrono::milliseconds(0)))
        ::kill(running.id(), SIGHUP);
    EXPECT_EQ(running.wait().code, 0);
}

}  // namespace
}  // namespace shopbell::test
