#include "support/daemon.hpp"
#include "support/eventually.hpp"
#include "support/service_manager.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <iostream>
#include <set>
#include <system_error>
#include <thread>

// The daemon under a service manager that speaks systemd's protocols.

namespace shopbell::test {
namespace {

using namespace std::chrono_literals;

TEST(a_managed_daemon, says_when_it_serves_reloads_and_stops) {
    const service_manager manager;
    const shop place;
    daemon running(manager.notified(serve(place.config())));
    const auto ready = manager.heard().wait_for("READY=1");
    EXPECT_EQ(manager.heard().count("STATUS=serving 3 endpoints, 2 sinks"), 1U);
    running.signal(SIGHUP);
    const auto reloading = manager.heard().wait_for("RELOADING=1", ready + 1);
    EXPECT_EQ(manager.heard().wait_for("MONOTONIC_USEC=", reloading), reloading);
    const auto again = manager.heard().wait_for("READY=1", reloading);
    running.signal(SIGTERM);
    (void)manager.heard().wait_for("STOPPING=1", again);
    EXPECT_EQ(running.wait().code, 0);
}

TEST(a_managed_daemon, is_not_called_ready_when_it_cannot_serve) {
    const service_manager manager;
    const shop place({.listen = "192.0.2.1:1"});  // an address of no machine
    const auto done = run_command(manager.notified(serve(place.config())));
    EXPECT_EQ(done.status.code, 1);
    EXPECT_EQ(manager.heard().count("READY=1"), 0U);
}

TEST(the_watchdog, hears_from_the_daemon_while_its_loops_work_and_not_while_they_stand_still) {
    const service_manager manager;
    const shop place;
    daemon running(manager.notified(serve(place.config()), 300ms));
    auto last = manager.heard().wait_for("WATCHDOG=1");
    for (int i = 0; i < 5; ++i)
        last = manager.heard().wait_for("WATCHDOG=1", last + 1);
    running.signal(SIGSTOP);
    const auto silent = manager.heard().count("WATCHDOG=1");
    EXPECT_FALSE(running.ends_within(1s));
    EXPECT_LE(manager.heard().count("WATCHDOG=1"), silent + 1);
    running.signal(SIGCONT);
    (void)manager.heard().wait_for("WATCHDOG=1", last + 2);
    EXPECT_EQ(running.stop().code, 0);
}

/// Posts until told to stop, over connections that each carry a few requests, as nginx's do.
struct load {
    std::set<std::string> accepted;
    std::size_t failed = 0;

    void run(std::uint16_t port, const std::atomic<bool>& done, const std::string& name) {
        for (int n = 0; !done; ++n) {
            try {
                raw_client client(port);
                const auto answer =
                    read_receipt(client.ask(usaepay_request(name + std::to_string(n)).bytes()));
                if (answer.status == 200)
                    accepted.insert(answer.id);
                else
                    ++failed;
            } catch (const std::system_error&) {
                ++failed;  // refused
            }
        }
    }
};

TEST(ten_restarts_under_load, refuse_no_connection_and_lose_no_event) {
    const service_manager manager;
    const shop place;
    std::atomic<bool> done = false;
    std::vector<load> all(4);
    std::vector<std::thread> stores;
    for (std::size_t i = 0; i < all.size(); ++i)
        stores.emplace_back([&, i] { all[i].run(manager.port(), done, "s" + std::to_string(i) + "-"); });
    constexpr int restarts = 10;
    for (int i = 0; i <= restarts; ++i) {
        const auto before = manager.heard().messages().size();
        daemon running(manager.managed(serve(place.config())));
        (void)manager.heard().wait_for("READY=1", before);
        EXPECT_FALSE(running.ends_within(200ms)) << running.written();
        EXPECT_EQ(running.stop().code, 0);
    }
    const daemon last(manager.managed(serve(place.config())));
    done = true;
    for (auto& one : stores)
        one.join();
    std::set<std::string> accepted;
    std::size_t failed = 0;
    for (const auto& one : all) {
        accepted.insert(one.accepted.begin(), one.accepted.end());
        failed += one.failed;
    }
    (void)wait_for_events(place.events(), accepted.size());
    std::size_t missing = accepted.size();
    std::set<std::string> delivered;
    for (const auto& one : read_events(place.events()))
        delivered.insert(one["id"].get<std::string>());
    for (const auto& id : accepted)
        missing -= delivered.contains(id) ? 1U : 0U;
    std::cout << "restarts=" << restarts << " accepted=" << accepted.size() << " failed=" << failed
              << " missing=" << missing << '\n';
    EXPECT_EQ(failed, 0U);
    EXPECT_EQ(missing, 0U);
    EXPECT_FALSE(accepted.empty());
}

}  // namespace
}  // namespace shopbell::test
