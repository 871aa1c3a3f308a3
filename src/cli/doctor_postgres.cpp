#include "doctor_postgres.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>

namespace shopbell {

namespace {

using kind = postgres_host::kind;

constexpr std::chrono::milliseconds clock_tolerance{2'000};

std::string joined_names(const std::vector<postgres_standby>& all) {
    std::string names;
    for (const auto& each : all) {
        names += names.empty() ? "" : ", ";
        names += each.name;
        if (!each.sync.empty())
            names += " (" + each.sync + ")";
    }
    return names;
}

finding judge_host(const postgres_host& seen, bool is_primary_known) {
    finding about{grade::ok, "database", seen.host, "", ""};
    switch (seen.what) {
        case kind::unreached:
            about.how = is_primary_known ? grade::warn : grade::fail;
            about.text = seen.reason;
            about.advice =
                "see that the server runs and listens there (listen_addresses), that its pg_hba.conf admits "
                "this machine, and that [inbox.postgres] has the right port, database, user, password and "
                "ca_file";
            break;
        case kind::foreign:
            about.how = grade::fail;
            about.text = "it is no PostgreSQL but another product, which does not keep the order of events";
            about.advice = "use PostgreSQL 15 or later, or a service that runs it";
            break;
        case kind::pooler:
            about.how = grade::fail;
            about.text = "a pooler answers for it, and may change the server from one statement to the next";
            about.advice = "give the server's own name and port in [inbox.postgres]";
            break;
        case kind::primary:
        case kind::standby:
            about.text = seen.what == kind::primary ? "the primary" : "a standby";
            about.text += ", PostgreSQL " + seen.version;
            if (seen.is_outdated) {
                about.how = grade::warn;
                about.text += ", which is older than what Shopbell is made for";
                about.advice = "bring it to PostgreSQL 15 or later";
            }
            break;
    }
    return about;
}

finding judge_host_clock(const postgres_host& seen) {
    const bool is_ahead = seen.clock_ahead.count() >= 0;
    const auto difference = is_ahead ? seen.clock_ahead : -seen.clock_ahead;
    const auto text =
        std::to_string(difference.count()) + " ms " + (is_ahead ? "ahead of" : "behind") + " this machine's";
    if (difference <= clock_tolerance)
        return {grade::ok, "database-clock", seen.host, text, ""};
    return {grade::warn, "database-clock", seen.host, text + ": events carry the server's times",
            "let both follow the same time: apt-get install chrony"};
}

const postgres_host* find_primary(const std::vector<postgres_host>& all) {
    const auto found = std::ranges::find(all, kind::primary, &postgres_host::what);
    return found == all.end() ? nullptr : &*found;
}

}  // namespace

findings judge_database_hosts(const std::vector<postgres_host>& all) {
    findings said;
    for (const auto& each : all) {
        said.push_back(judge_host(each, find_primary(all) != nullptr));
        if (each.what == kind::primary || each.what == kind::standby)
            said.push_back(judge_host_clock(each));
    }
    return said;
}

finding judge_database_primary(const std::vector<postgres_host>& all) {
    std::string names;
    std::size_t count = 0;
    for (const auto& each : all) {
        if (each.what != kind::primary)
            continue;
        names += names.empty() ? "" : " and ";
        names += each.host + " (timeline " + each.timeline + ")";
        ++count;
    }
    if (count == 1)
        return {grade::ok, "database-primary", "", names, ""};
    if (count > 1)
        return {grade::fail, "database-primary", "", names + " both say that they are the primary",
                "stop all but the one with the highest timeline, and build each of them anew from that one "
                "(pg_basebackup) before it starts again"};
    const bool has_standby = std::ranges::find(all, kind::standby, &postgres_host::what) != all.end();
    return {grade::fail, "database-primary", "", "none of the hosts is a primary: stores get 503",
            has_standby ? "bring the primary back, or promote the standby that has most: pg_ctlcluster 15 "
                          "main promote"
                        : "see what is said of each host"};
}

finding judge_database_standbys(const postgres_host& primary, const postgres_settings& wanted) {
    const std::string check = "database-standby";
    const auto names = joined_names(primary.standbys);
    if (wanted.standby == standby_demand::none)
        return {grade::ok, check, "", R"(none is demanded (standby = "none"): events are on one disk)", ""};
    if (wanted.standby == standby_demand::provider)
        return {
            grade::ok, check, "",
            R"(the service replicates, as you have said (standby = "provider"): that cannot be seen here)",
            ""};
    if (!primary.waits_for_standby)
        return {
            grade::fail, check, "",
            primary.host + " does not wait for a standby, so that nothing is accepted there",
            "set synchronous_standby_names there, such as 'ANY 1 (db2, db3)', with synchronous_commit on, "
            "and reload it; or say standby = \"none\""};
    if (primary.standbys.empty())
        return {grade::fail, check, "",
                "no standby is connected to " + primary.host + ", which waits for one of " +
                    primary.standby_names + ": stores get 503",
                "start a standby, or see why it does not reach the primary"};
    const auto is_hidden = [](const postgres_standby& each) { return each.sync.empty(); };
    if (std::ranges::all_of(primary.standbys, is_hidden))
        return {grade::warn, check, "",
                names + "; whether they are synchronous is not shown to " + wanted.user,
                "GRANT pg_monitor TO " + wanted.user};
    const auto is_synchronous = [](const postgres_standby& each) {
        return each.sync == "sync" || each.sync == "quorum";
    };
    const auto synchronous = std::ranges::count_if(primary.standbys, is_synchronous);
    if (synchronous == 0)
        return {grade::fail, check, "",
                names + ": none of them is one of " + primary.standby_names + ", so that stores get 503",
                "give each standby its name by application_name in its primary_conninfo"};
    if (synchronous == 1)
        return {grade::ok, check, "", names + "; without it stores would get 503, and nothing would be lost",
                ""};
    return {grade::ok, check, "", names, ""};
}

finding judge_database_tables(const postgres_host& primary, const postgres_settings& wanted) {
    const std::string check = "database-tables";
    if (primary.has_tables)
        return {grade::ok, check, "", "the inbox is in the schema \"shopbell\"", ""};
    if (primary.may_make_tables)
        return {grade::ok, check, "", "there is no inbox yet; the first daemon makes it", ""};
    return {grade::fail, check, "", "there is no inbox yet, and " + wanted.user + " may not make it",
            "GRANT CREATE ON DATABASE " + wanted.database + " TO " + wanted.user};
}

findings judge_database(const std::vector<postgres_host>& all, const postgres_settings& wanted) {
    auto said = judge_database_hosts(all);
    said.push_back(judge_database_primary(all));
    for (const auto& each : all) {
        if (each.what != kind::primary)
            continue;
        said.push_back(judge_database_standbys(each, wanted));
        said.push_back(judge_database_tables(each, wanted));
    }
    return said;
}

}  // namespace shopbell
