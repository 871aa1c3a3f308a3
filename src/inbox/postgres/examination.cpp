#include <shopbell/inbox/postgres/examination.hpp>

#include "hosts.hpp"

#include <shopbell/core/clock.hpp>

#include <string_view>

namespace shopbell {

namespace {

using namespace postgres;

deadline examination_deadline() {
    constexpr std::chrono::seconds patience{4};
    return std::chrono::steady_clock::now() + patience;
}

answer<void> examine_primary(connection& database, postgres_host& into) {
    const auto found = database.run_all(
        {{"SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8),"
          " current_setting('synchronous_standby_names'),"
          " to_regclass('shopbell.meta') IS NOT NULL,"
          " has_database_privilege(current_database(), 'CREATE')",
          {}},
         {"SELECT application_name, coalesce(sync_state, '') FROM pg_stat_replication ORDER BY 1", {}},
         make_guard()},
        examination_deadline());
    if (!found)
        return found.error();
    const auto& about = found->at(0);
    into.timeline = about.bytes(0, 0);
    into.standby_names = about.bytes(0, 1);
    into.has_tables = about.number(0, 2) != 0;
    into.may_make_tables = about.number(0, 3) != 0;
    const auto& standbys = found->at(1);
    for (std::size_t row = 0; row < standbys.size(); ++row)
        into.standbys.push_back({std::string(standbys.bytes(row, 0)), std::string(standbys.bytes(row, 1))});
    into.waits_for_standby = check_guard(database, found->at(2)).has_value();
    return {};
}

answer<void> examine_server(connection& database, postgres_host& into) {
    const auto product = database.run("SELECT version(), pg_backend_pid()", {}, examination_deadline());
    if (!product)
        return product.error();
    if (is_foreign(product->bytes(0, 0))) {
        into.what = postgres_host::kind::foreign;
        return {};
    }
    if (product->number(0, 1) != database.server_process()) {
        into.what = postgres_host::kind::pooler;
        return {};
    }
    const auto before = now();
    const auto about = database.run(
        "SELECT current_setting('server_version'), current_setting('server_version_num')::integer,"
        " pg_is_in_recovery(), clock_timestamp()",
        {}, examination_deadline());
    if (!about)
        return about.error();
    const auto here = before + (now() - before) / 2;
    constexpr std::int64_t oldest = 150'000;
    const auto version = about->bytes(0, 0);
    into.version = version.substr(0, version.find(' '));
    into.is_outdated = about->number(0, 1) < oldest;
    into.clock_ahead = about->time(0, 3) - here;
    if (about->number(0, 2) != 0) {
        into.what = postgres_host::kind::standby;
        return {};
    }
    into.what = postgres_host::kind::primary;
    return examine_primary(database, into);
}

postgres_host examine_host(const postgres_settings& settings, const std::string& host) {
    postgres_host seen;
    seen.host = host;
    auto at = server_of(settings, host);
    at.may_be_standby = true;
    auto opened = connection::open(at, examination_deadline());
    if (!opened) {
        seen.reason = opened.error().reason;
        return seen;
    }
    if (auto examined = examine_server(*opened, seen); !examined) {
        seen.what = postgres_host::kind::unreached;
        seen.reason = examined.error().reason;
    }
    return seen;
}

}  // namespace

std::vector<postgres_host> examine_postgres(const postgres_settings& settings) {
    std::vector<postgres_host> all;
    for (const auto& host : settings.hosts)
        all.push_back(examine_host(settings, host));
    return all;
}

}  // namespace shopbell
