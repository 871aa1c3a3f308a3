#include "support/cpu_time.hpp"
#include "support/daemon.hpp"
#include "support/eventually.hpp"
#include "support/http_peer.hpp"
#include "support/operator_line.hpp"
#include "support/shop.hpp"
#include "support/stepped_clock.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <chrono>
#include <functional>

// A daemon that waits, whatever for, uses no CPU, and still answers and stops.

namespace shopbell::test {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr std::size_t orders = 6;  // more than it takes for a sink to count as broken

/// A daemon with one forward sink, "target", and one file sink, "file".
struct scene {
    scene() {
        shop_settings settings;
        settings.server = "drain_timeout = \"2s\"";
        settings.operated = true;
        settings.sinks = sink("target", "type = \"forward\"\nurl = \"" + target.url() + "\"\n") +
                         sink("file", "type = \"file\"\npath = \"" + place.events() + "\"\n");
        place.write_config(settings);
    }

    /// What waits for a retry waits longer than the test looks.
    static std::string sink(const std::string& name, const std::string& keys) {
        return "[[sink]]\nname = \"" + name + "\"\n" + keys +
               "timeout = \"1h\"\nretry = { initial = \"10m\", max = \"1h\" }\n"
               "[[route]]\nevents = [\"**\"]\nsinks = [\"" +
               name + "\"]\n";
    }

    void begin() {
        auto how = serve(place.config());
        how.environment = clock.environment();
        running.emplace(how);
    }

    void send(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            const auto answer = running->send(usaepay_request("e" + std::to_string(++sent)));
            EXPECT_EQ(answer.status, 200U);
            ids.push_back(answer.id);
        }
    }

    operator_answer ask(const std::string& method, const std::string& path) const {
        return admin.ask(method, path);
    }

    /// Until the sink says so.
    void wait_for(const std::string& sink, const std::string& member, std::size_t count) const {
        const auto holds = [&] {
            for (const auto& one :
                 ask("GET", "/api/sinks").document.value("sinks", nlohmann::json::array())) {
                if (one["name"] == sink && one.value(member, std::size_t{0}) >= count)
                    return true;
            }
            return false;
        };
        EXPECT_TRUE(eventually(holds)) << sink << ' ' << member << ": " << ask("GET", "/api/sinks").text;
    }

    void replay_all() const {
        EXPECT_EQ(ask("POST", "/api/replay?since=1h").status, 200U);
        for (const auto& id : ids)
            EXPECT_EQ(ask("POST", "/api/events/" + id + "/replay").status, 200U);
    }

    http_peer target;
    shop place;
    stepped_clock clock{place.file("clock")};
    const operator_line admin{place.file("admin.sock")};
    std::optional<daemon> running;
    std::size_t sent = 0;
    std::vector<std::string> ids;
};

struct stuck_state {
    std::string name;
    std::function<void(scene&)> reach;
};

void PrintTo(const stuck_state& one, std::ostream* out) {
    *out << one.name;
}

/// Answers 503 to all, and has done so to each once.
void break_target(scene& in) {
    in.target.set_script({{.status = 503}});
    in.begin();
    in.send(orders);
    in.wait_for("target", "failed", 3);
}

std::vector<stuck_state> stuck_states() {
    return {
        {"nothing_to_do", [](scene& in) { in.begin(); }},
        {"a_target_that_is_down", break_target},
        {"a_target_that_is_down_and_replays_of_what_waits",
         [](scene& in) {
             break_target(in);
             in.replay_all();
         }},
        {"a_few_that_wait_and_replays_of_them",
         [](scene& in) {
             in.target.set_script({{.status = 503}, {.status = 503}, {}});
             in.begin();
             in.send(orders);
             in.wait_for("target", "pending", 2);
             in.target.set_script({{.act = answer::action::hang}});
             in.replay_all();
         }},
        {"a_paused_sink_and_replays",
         [](scene& in) {
             in.begin();
             in.send(orders);
             EXPECT_EQ(in.ask("POST", "/api/sinks/target/pause").status, 200U);
             in.send(orders);
             in.replay_all();
         }},
        {"a_target_that_is_down_and_paused",
         [](scene& in) {
             break_target(in);
             EXPECT_EQ(in.ask("POST", "/api/sinks/target/pause").status, 200U);
             in.replay_all();
         }},
        {"a_target_that_hangs",
         [](scene& in) {
             in.target.set_script({{.act = answer::action::hang}});
             in.begin();
             in.send(3 * orders);
             (void)in.target.wait_for(2);
             in.replay_all();
         }},
        {"a_target_that_never_ends_its_answer",
         [](scene& in) {
             in.target.set_script({{.act = answer::action::promise_more}});
             in.begin();
             in.send(3 * orders);
             (void)in.target.wait_for(2);
         }},
        {"a_fifo_without_a_reader",
         [](scene& in) {
             ::mkfifo(in.place.events().c_str(), 0640);
             in.begin();
             in.send(orders);
             in.wait_for("file", "failed", 1);
             in.replay_all();
         }},
        {"a_clock_that_went_back",
         [](scene& in) {
             in.clock.step_to(1h);
             break_target(in);
             in.clock.step_to(0h);
             in.replay_all();
         }},
        {"a_clock_that_went_ahead_a_year",
         [](scene& in) {
             in.begin();
             in.send(orders);
             in.clock.step_to(24h * 366);
             in.send(orders);
         }},
        {"an_inbox_that_cannot_grow",
         [](scene& in) {
             in.begin();
             in.send(orders);
             in.running->limit_file_size(4096);
             (void)in.running->send(usaepay_request("none"));
             EXPECT_NE(in.ask("POST", "/api/sinks/target/pause").status, 0U);
         }},
        {"a_sink_that_left_the_configuration_while_it_failed",
         [](scene& in) {
             break_target(in);
             in.place.write_config({.server = "drain_timeout = \"2s\"", .operated = true});
             const auto from = in.running->log_lines();
             in.running->signal(SIGHUP);
             (void)in.running->wait_for_log({"reloaded"}, from);
             in.send(orders);
         }},
    };
}

class a_daemon_that_waits : public ::testing::TestWithParam<stuck_state> {};

TEST_P(a_daemon_that_waits, uses_no_cpu_and_still_answers_and_stops) {
    scene in;
    GetParam().reach(in);
    // What was begun a moment ago ends first.
    EXPECT_TRUE(eventually([&] { return cpu_time_over(in.running->id(), 500ms) <= 50ms; })) << "it is busy";
    const auto used = cpu_time_over(in.running->id(), 1s);
    EXPECT_LE(used, 100ms);

    const auto begun = steady::now();
    EXPECT_EQ(in.ask("GET", "/api/sinks").status, 200U);
    EXPECT_EQ(in.ask("GET", "/healthz").status, 200U);
    EXPECT_LE(steady::now() - begun, 2s);

    in.running->signal(SIGTERM);
    EXPECT_TRUE(in.running->ends_within(5s)) << "it does not stop";
}

INSTANTIATE_TEST_SUITE_P(states, a_daemon_that_waits, ::testing::ValuesIn(stuck_states()),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace shopbell::test
