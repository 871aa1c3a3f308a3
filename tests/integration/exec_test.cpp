#include "support/daemon.hpp"
#include "support/eventually.hpp"
#include "support/places.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

// A program of the owner's as a sink, run by the real daemon.

namespace shopbell::test {
namespace {

namespace fs = std::filesystem;

class exec_shop : public ::testing::Test {
protected:
    /// A sink that runs that shell script.
    void configure(const std::string& script, const std::string& more = {}) {
        const auto path = place.file("script");
        write_file(path, "#!/bin/sh\n" + script);
        fs::permissions(path, fs::perms::owner_all);
        place.write_config({.operated = true,
                            .sinks = place.file_and_log() +
                                     "[[sink]]\nname = \"script\"\ntype = \"exec\"\ncommand = [\"" + path +
                                     "\", \"an argument; with $(sh) in it\"]\n"
                                     "retry = { initial = \"20ms\", max = \"100ms\" }\n" +
                                     more + "\n[[route]]\nevents = [\"**\"]\nsinks = [\"script\"]\n"});
    }

    shop place;
};

TEST_F(exec_shop, gets_the_event_and_its_name_and_nothing_of_ours) {
    const auto out = place.file("out"), about = place.file("about");
    configure("cat >> " + out + "\n(echo \"$1\"; env; ls /proc/self/fd) > " + about + "\n");
    ::setenv("SHOPBELL_TEST_SECRET", "never to be seen", 1);
    const daemon running(place.config());
    ::unsetenv("SHOPBELL_TEST_SECRET");
    const auto id = running.send(jumpseller_request("order_paid", jumpseller_order(7))).id;
    const auto events = wait_for_events(out, 1);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0]["id"], id);
    wait_for_text(about, "SHOPBELL_EVENT_SUBJECT");
    EXPECT_TRUE(eventually([&] { return read_file(about).ends_with("\n2\n3\n"); })) << read_file(about);
    const auto text = read_file(about);
    EXPECT_TRUE(text.starts_with("an argument; with $(sh) in it\n")) << text;
    EXPECT_NE(text.find("SHOPBELL_EVENT_ID=" + id), text.npos);
    EXPECT_NE(text.find("SHOPBELL_EVENT_TYPE=jumpseller.order.paid"), text.npos);
    EXPECT_NE(text.find("SHOPBELL_EVENT_ENDPOINT=jumpseller"), text.npos);
    EXPECT_NE(text.find("SHOPBELL_EVENT_SUBJECT=order/7"), text.npos);
    EXPECT_EQ(text.find("never to be seen"), text.npos);
    // 3 is the folder that `ls` itself reads.
    EXPECT_NE(text.find("\n0\n1\n2\n3\n"), text.npos) << text;
}

TEST_F(exec_shop, ends_as_its_exit_status_says_and_keeps_what_it_printed) {
    configure(
        "case $SHOPBELL_EVENT_TYPE in usaepay.*) echo broken data >&2; exit 65;; esac\n"
        "[ -e " +
        place.file("tried") +
        " ] && exit 0\n"
        "touch " +
        place.file("tried") + "; echo not yet; exit 1\n");
    const daemon running(place.config());
    const auto later = running.send(jumpseller_request("order_paid", jumpseller_order(7))).id;
    const auto refused = running.send(usaepay_request("e1")).id;
    (void)running.wait_for_log({"\"dead letter\"", refused});
    EXPECT_TRUE(eventually([&] {
        for (const auto& one : place.ask({"sinks"})) {
            if (one["name"] == "script")
                return one["lag"]["events"] == 0 && one["dead"] == 1;
        }
        return false;
    }));
    const auto history = [&](const std::string& id) {
        const auto shown = place.ask({"show", id}).at(0);
        for (const auto& one : shown["deliveries"]) {
            if (one["sink"] == "script")
                return one["history"];
        }
        return nlohmann::json();
    };
    const auto first = history(later);
    ASSERT_EQ(first.size(), 2U) << first;
    EXPECT_EQ(first[0]["what"], "failed");
    EXPECT_EQ(first[0]["response"], "not yet\n");
    EXPECT_EQ(first[1]["what"], "delivered");
    const auto second = history(refused);
    ASSERT_EQ(second.size(), 1U) << second;
    EXPECT_EQ(second[0]["what"], "dead");
    EXPECT_EQ(second[0]["response"], "broken data\n");
}

TEST_F(exec_shop, that_hangs_is_killed_with_all_it_started_and_tried_again) {
    const auto pids = place.file("pids");
    configure("[ -e " + pids +
                  " ] && exit 0\n"
                  "sleep 600 & echo $$ $! > " +
                  pids + "\nsleep 600\n",
              "timeout = \"300ms\"\n");
    const daemon running(place.config());
    (void)running.send(usaepay_request("e1"));
    (void)running.wait_for_log({"\"delivery failed\"", "\"script\"", "killed after 300ms"});
    int script = 0, child = 0;
    ASSERT_EQ(std::sscanf(read_file(pids).c_str(), "%d %d", &script, &child), 2);
    EXPECT_TRUE(eventually([&] {
        return !fs::exists("/proc/" + std::to_string(script)) &&
               !fs::exists("/proc/" + std::to_string(child));
    }));
    EXPECT_TRUE(eventually([&] { return place.ask({"sinks"}).at(2)["lag"]["events"] == 0; }));
}

/// The only child of a process, or 0.
::pid_t child_of(::pid_t process) {
    const auto text =
        read_file("/proc/" + std::to_string(process) + "/task/" + std::to_string(process) + "/children");
    return text.empty() ? 0 : static_cast<::pid_t>(std::stol(text));
}

std::size_t count_zombies_of(::pid_t parent) {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator("/proc")) {
        if (entry.path().filename().string().find_first_not_of("0123456789") != std::string::npos)
            continue;
        std::ifstream in(entry.path() / "stat");
        std::string text((std::istreambuf_iterator<char>(in)), {});
        const auto name_end = text.rfind(')');
        if (name_end != std::string::npos &&
            text.substr(name_end + 1).starts_with(" Z " + std::to_string(parent) + " "))
            ++count;
    }
    return count;
}

TEST_F(exec_shop, as_the_first_process_reaps_what_programs_orphan_and_stops_as_told) {
    if (process({.arguments = {"/usr/bin/unshare", "--pid", "--fork", "true"}}).wait().code != 0)
        GTEST_SKIP() << "no namespaces for this user";
    const auto out = place.file("out");
    configure("(sleep 0.1; echo x >> " + out + ") >/dev/null 2>&1 &\n");
    daemon running(command{.arguments = {"/usr/bin/unshare", "--pid", "--fork", "--kill-child",
                                         shopbell_binary(), "--config", place.config(), "serve"}});
    const auto first = child_of(running.id());
    ASSERT_GT(first, 0);
    for (int i = 0; i < 3; ++i)
        (void)running.send(usaepay_request("e" + std::to_string(i)));
    EXPECT_TRUE(eventually([&] { return fs::exists(out) && read_file(out) == "x\nx\nx\n"; }));
    EXPECT_TRUE(eventually([&] { return count_zombies_of(first) == 0; }));
    EXPECT_EQ(::kill(first, SIGTERM), 0);
    EXPECT_EQ(running.wait().code, 0) << running.written();
}

TEST_F(exec_shop, leaves_work_in_the_background_to_its_end) {
    const auto out = place.file("out"), go = place.file("go");
    configure("(until [ -e " + go + " ]; do sleep 0.01; done; echo done > " + out + ") >/dev/null 2>&1 &\n");
    const daemon running(place.config());
    (void)running.send(usaepay_request("e1"));
    EXPECT_TRUE(eventually([&] { return place.ask({"sinks"}).at(2)["lag"]["events"] == 0; }));
    write_file(go, "");
    EXPECT_TRUE(eventually([&] { return fs::exists(out) && read_file(out) == "done\n"; }));
}

TEST_F(exec_shop, does_not_run_a_program_beside_the_one_that_a_killed_daemon_left) {
    const auto busy = place.file("busy"), twice = place.file("twice"), begun = place.file("begun"),
               go = place.file("go");
    configure("mkdir " + busy + " || echo twice >> " + twice + "\necho x >> " + begun + "\nuntil [ -e " + go +
              " ]; do sleep 0.01; done\nrmdir " + busy + "\n");
    {
        daemon first(place.config());
        (void)first.send(usaepay_request("e1"));
        EXPECT_TRUE(eventually([&] { return fs::exists(begun); }));
        first.kill();
    }
    const daemon second(place.config());
    const auto after = second.send(usaepay_request("e2")).id;
    wait_for_text(place.events(), after);  // deliveries have begun again
    EXPECT_FALSE(fs::exists(twice));
    write_file(go, "");
    EXPECT_TRUE(eventually([&] { return place.ask({"sinks"}).at(2)["lag"]["events"] == 0; }));
    EXPECT_FALSE(fs::exists(twice));
    EXPECT_EQ(read_file(begun), "x\nx\nx\n");
}

}  // namespace
}  // namespace shopbell::test
