#include "confined_fixture.hpp"
#include "support/eventually.hpp"
#include "support/http_peer.hpp"
#include "support/localhost.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>
#include <signal.h>

// The daemon as config/systemd/shopbell.service confines it: system calls, address families, namespaces and
// memory by seccomp, no capabilities, no privileges, no user of its own. What a service manager does besides
// (mounts, devices) takes one.

namespace shopbell::test {
namespace {

TEST_F(confined, what_the_unit_forbids_is_refused) {
    constexpr std::string_view refused =
        "chown EPERM\nsetpriority EPERM\nnetlink EAFNOSUPPORT\ninet ok\nmprotect EPERM\nmmap EPERM\n"
        "ptrace EPERM\nunshare EPERM\nchroot EPERM\n";
    EXPECT_EQ(probe_confinement(rules_).output, refused);
}

TEST_F(confined, and_only_because_the_unit_forbids_it) {
    const auto free = probe_confinement("").output;
    for (const auto* const name : {"chown", "setpriority", "netlink", "inet", "mprotect", "mmap", "ptrace"})
        EXPECT_NE(free.find(std::string(name) + " ok\n"), std::string::npos) << free;
}

TEST_F(confined, a_daemon_does_all_that_it_is_there_for) {
    SKIP_WITHOUT_LOCALHOST();
    const http_peer crm;
    const auto programs_own = place_.file("of-the-program.jsonl");
    const auto configure = [&](std::string_view more) {
        place_.write_config(
            {.admin = "listen = \"unix:" + place_.file("admin.sock") + "\"",
             .log = std::string(more),
             .sinks =
                 place_.file_and_log() +
                 forward_sink("crm", "http://localhost:" + std::to_string(crm.port())) +
                 "[[sink]]\nname = \"program\"\ntype = \"exec\"\ncommand = [\"/bin/sh\", \"-c\", \"cat >> " +
                 programs_own + "\"]\n[[route]]\nevents = [\"**\"]\nsinks = [\"program\"]\n"});
    };
    configure("");
    daemon running(serve_confined());
    const auto status = read_file("/proc/" + std::to_string(running.id()) + "/status");
    for (const auto* const line : {"\nCapEff:\t0000000000000000\n", "\nNoNewPrivs:\t1\n", "\nSeccomp:\t2\n"})
        EXPECT_NE(status.find(line), std::string::npos) << status;

    const auto id = running.send(jumpseller_request("order_paid", jumpseller_order(1))).id;
    for (const auto& path : {place_.events(), programs_own}) {
        const auto events = wait_for_events(path, 1);
        ASSERT_EQ(events.size(), 1U) << path;
        EXPECT_EQ(events[0]["id"], id) << path;
    }
    EXPECT_NE(crm.wait_for(1).at(0).body.find(id), std::string::npos);

    configure("level = \"debug\"");
    running.signal(SIGHUP);
    (void)running.wait_for_log({"\"reloaded\""});
    EXPECT_EQ(running.send(ejunkie_request("T1")).status, 200U);
    (void)wait_for_events(place_.events(), 2);
    (void)wait_for_events(programs_own, 2);
    EXPECT_EQ(running.stop().code, 0);
    EXPECT_EQ(running.written().find("not permitted"), std::string::npos) << running.written();
}

}  // namespace
}  // namespace shopbell::test
