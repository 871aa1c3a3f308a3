#include "rows_fixture.hpp"
#include "support/eventually.hpp"

#include <shopbell/inbox/postgres/examination.hpp>

#include <memory>
#include <string>
#include <vector>

namespace shopbell::test {
namespace {

using kind = postgres_host::kind;

postgres_settings settings_of(const postgres_server& server, std::vector<std::string> hosts) {
    postgres_settings chosen;
    chosen.hosts = std::move(hosts);
    chosen.port = server.port();
    chosen.database = "shop";
    chosen.user = "shop";
    return chosen;
}

TEST(examination_of_postgres, tells_the_primary_its_standby_and_who_is_not_there) {
    if (!postgres_server::is_installed())
        GTEST_SKIP() << "PostgreSQL 15 is not installed";
    const postgres_server primary;
    const postgres_server standby(postgres_server::standby_of{primary});
    (void)primary.ask("GRANT pg_monitor TO shop");
    // Not before there is one: what prepares the server would wait for it.
    (void)primary.ask("ALTER SYSTEM SET synchronous_standby_names = 'standby'");
    (void)primary.ask("SELECT pg_reload_conf()");
    const auto is_synchronous = [&] {
        return primary.ask("SELECT sync_state FROM pg_stat_replication") == "sync";
    };
    ASSERT_TRUE(eventually(is_synchronous));
    const auto seen =
        examine_postgres(settings_of(primary, {primary.address(), standby.address(), "127.0.0.3"}));
    ASSERT_EQ(seen.size(), 3U);

    EXPECT_EQ(seen[0].what, kind::primary) << seen[0].reason;
    EXPECT_TRUE(seen[0].version.starts_with("15.")) << seen[0].version;
    EXPECT_EQ(seen[0].timeline, "00000001");
    EXPECT_TRUE(seen[0].waits_for_standby);
    EXPECT_EQ(seen[0].standby_names, "standby");
    ASSERT_EQ(seen[0].standbys.size(), 1U);
    EXPECT_EQ(seen[0].standbys[0].name, "standby");
    EXPECT_EQ(seen[0].standbys[0].sync, "sync");
    EXPECT_FALSE(seen[0].has_tables);
    EXPECT_LT(std::chrono::abs(seen[0].clock_ahead), 1000ms) << "the clock is the same";

    EXPECT_EQ(seen[1].what, kind::standby) << seen[1].reason;
    EXPECT_EQ(seen[2].what, kind::unreached);
    EXPECT_NE(seen[2].reason, "");
}

TEST(examination_of_postgres, says_what_a_user_may_not_see_and_what_is_not_demanded) {
    if (!postgres_server::is_installed())
        GTEST_SKIP() << "PostgreSQL 15 is not installed";
    const postgres_server server;
    const auto seen = examine_postgres(settings_of(server, {"127.0.0.1"}));
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].what, kind::primary);
    EXPECT_FALSE(seen[0].waits_for_standby);
    EXPECT_TRUE(seen[0].standbys.empty());
    EXPECT_TRUE(seen[0].may_make_tables) << "its user owns the database";
    EXPECT_EQ(server.ask("SELECT count(*) FROM pg_namespace WHERE nspname = 'shopbell'"), "0")
        << "nothing is changed";
}

}  // namespace
}  // namespace shopbell::test
