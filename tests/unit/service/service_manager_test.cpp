// The fake service manager of the tests keeps to the protocol, seen by programs that are not ours.
#include "support/service_manager.hpp"

#include <gtest/gtest.h>

namespace shopbell::test {
namespace {

command shell(std::string script) {
    command one;
    one.arguments = {"/bin/sh", "-c", std::move(script)};
    return one;
}

TEST(a_service_manager, passes_its_socket_to_that_process_only) {
    const service_manager manager;
    const auto seen = run_command(
        manager.managed(shell("[ $LISTEN_PID = $$ ] && echo $LISTEN_FDS $LISTEN_FDNAMES $WATCHDOG_USEC;"
                              "readlink /proc/$$/fd/3; ls /proc/$$/fd"),
                        std::chrono::seconds(2)));
    EXPECT_EQ(seen.output.substr(0, 22), "1 http 2000000\nsocket:") << seen.output << seen.errors;
    EXPECT_EQ(seen.output.find("\n4\n"), seen.output.npos) << seen.output;
}

TEST(a_service_manager, passes_no_socket_where_none_is_wanted) {
    const service_manager manager;
    const auto seen = run_command(manager.notified(shell("echo \"${LISTEN_FDS-none} $NOTIFY_SOCKET\"")));
    EXPECT_EQ(seen.output, "none " + manager.heard().address() + "\n");
}

}  // namespace
}  // namespace shopbell::test
