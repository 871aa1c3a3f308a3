#include <shopbell/setup/restart.hpp>

#include <gtest/gtest.h>

#include <functional>

namespace shopbell::test {
namespace {

struct restart_row {
    const char* key;
    std::function<void(configuration&)> edit;
};

TEST(keys_for_a_restart, names_what_a_running_daemon_cannot_take_up) {
    const restart_row rows[] = {
        {"[server] listen",
         [](configuration& one) {
             one.server.listen.push_back(*http::listen_address::parse("127.0.0.1:8081"));
         }},
        {"[server] trusted_proxies",
         [](configuration& one) {
             one.server.trusted_proxies.push_back(*http::network::parse("10.0.0.0/8"));
         }},
        {"[server] max_body", [](configuration& one) { one.server.max_body = 1; }},
        {"[server] max_connections_per_client",
         [](configuration& one) { one.server.max_connections_per_client = 7; }},
        {"[admin] listen",
         [](configuration& one) { one.admin.listen = http::listen_address::parse("unix:/run/a.sock"); }},
        {"[inbox] path",
         [](configuration& one) { std::get<sqlite_settings>(one.inbox).path = "/elsewhere"; }},
        {"[inbox] min_free", [](configuration& one) { std::get<sqlite_settings>(one.inbox).min_free = 7; }},
        {"[inbox] engine", [](configuration& one) { one.inbox = postgres_settings(); }},
        {"[log] format", [](configuration& one) { one.log.format = log_format::text; }},
    };
    for (const auto& row : rows) {
        configuration wanted;
        row.edit(wanted);
        EXPECT_EQ(keys_for_a_restart(configuration(), wanted), std::vector<std::string>{row.key});
    }
}

TEST(keys_for_a_restart, names_what_an_inbox_on_postgresql_cannot_take_up) {
    configuration running, wanted;
    running.inbox = postgres_settings();
    postgres_settings moved;
    moved.hosts = {"db2"};
    moved.password = secret("another");
    wanted.inbox = moved;
    const std::vector<std::string> keys{"[inbox.postgres] hosts", "[inbox.postgres] password"};
    EXPECT_EQ(keys_for_a_restart(running, wanted), keys);
}

TEST(keys_for_a_restart, leaves_out_what_a_reload_puts_in_force) {
    configuration wanted;
    wanted.log.level = log_level::debug;
    wanted.drain_timeout = std::chrono::seconds(1);
    wanted.admin.token.emplace_back("another");
    EXPECT_TRUE(keys_for_a_restart(configuration(), wanted).empty());
}

}  // namespace
}  // namespace shopbell::test
