#include <shopbell/cli/doctor.hpp>

#include "doctor_clock.hpp"
#include "doctor_daemon.hpp"
#include "doctor_files.hpp"
#include "doctor_postgres.hpp"
#include "doctor_probe.hpp"
#include "doctor_report.hpp"

#include <shopbell/cli/exit_status.hpp>
#include <shopbell/cli/load.hpp>
#include <shopbell/cli/text_table.hpp>
#include <shopbell/core/permission.hpp>
#include <shopbell/setup/engine.hpp>

#include <unistd.h>

#include <chrono>
#include <memory>
#include <utility>

namespace shopbell {

namespace {

constexpr std::chrono::seconds integrity_patience{30};

std::string mend(const config::problem& one, const std::string& file) {
    if (one.severity == config::severity::warning)
        return {};  // says it itself
    if (!permission_advice(file, R_OK).empty())
        return {};
    if (one.kind == config::problem_kind::no_credentials_directory)
        return "run this with the daemon's: CREDENTIALS_DIRECTORY=/run/credentials/shopbell.service shopbell "
               "doctor";
    return "correct it, then see: shopbell check";
}

findings judge_configuration(const config::problems& found, const configuration& all) {
    findings said;
    for (const auto& one : found.sorted()) {
        const bool is_error = one.severity == config::severity::error;
        const auto place = found.file() + (one.where.line > 0 ? ":" + std::to_string(one.where.line) + ":" +
                                                                    std::to_string(one.where.column)
                                                              : "");
        said.push_back({is_error ? grade::fail : grade::warn, "configuration", place, one.message,
                        mend(one, found.file())});
    }
    if (!said.empty())
        return said;
    return {{grade::ok, "configuration", "",
             found.file() + ": " + counted(all.endpoints.size(), "endpoint") + ", " +
                 counted(all.sinks.size(), "sink") + ", " + counted(all.routes.size(), "route"),
             ""}};
}

/// What the files that the daemon lives on look like from here.
void examine_files(const configuration& all, const sqlite_settings& inbox, doctor_report& report) {
    const auto& path = inbox.path;
    const auto seen = look_at_inbox_file(path);
    if (!seen) {
        report.add({grade::fail, "inbox", "", seen.error().reason, permission_advice(path, R_OK)});
        return;
    }
    const auto us = static_cast<unsigned>(::geteuid());
    report.add(judge_user(us, *seen));
    report.add(
        judge_secrets(look_at_secrets(all.secret_files), look_up_user(seen->exists ? seen->owner : us)));
    report.add(judge_inbox_file(path, *seen));
    report.add(judge_inbox_space(*seen, inbox.min_free, all.server.max_body));
    report.add(judge_inbox_sync(measure_sync(path)));
    if (seen->exists)
        report.add(
            judge_inbox_integrity(path, check_inbox_integrity(path, integrity_patience), integrity_patience));
}

/// The same where the inbox is elsewhere.
void examine_servers(const configuration& all, const postgres_settings& inbox, doctor_report& report) {
    report.add(judge_secrets(look_at_secrets(all.secret_files), look_up_user(::geteuid())));
    report.add(judge_database(examine_hosts(inbox), inbox));
}

/// Who can be asked for events and progress: the daemon, or its inbox; null where neither.
std::unique_ptr<operator_client> open_stored(const configuration& all) {
    operator_settings settings;
    settings.admin = all.admin;
    settings.inbox = all.inbox;
    settings.routes = all.routes;
    for (const auto& one : all.sinks)
        settings.sinks.push_back({one.name, one.type, one.path});
    auto opened = open_operator_client(settings, operator_access::reading, [](const std::string&) {});
    return opened ? *std::move(opened) : nullptr;
}

std::string announcement(const configuration& all, const probe_target& target) {
    if (!target.at->source->can_sign())
        return target.text + ": sending forged probes, which the daemon refuses: only the store can sign";
    const auto type = target.at->kind->probe("x", 0).type;
    const auto sinks = sinks_of_probe(all, target);
    std::string names;
    for (const auto& one : sinks)
        names += (names.empty() ? "" : ", ") + one;
    return target.text + ": sending a signed probe; it is stored as " + type + " and " +
           (sinks.empty() ? "goes to no sink" : "may go to " + names) +
           "; then a forged one, which the daemon refuses";
}

void examine(const configuration& all, const std::vector<probe_target>& targets, doctor_report& report) {
    if (const auto* const file = std::get_if<sqlite_settings>(&all.inbox))
        examine_files(all, *file, report);
    else
        examine_servers(all, std::get<postgres_settings>(all.inbox), report);
    report.add(judge_clock(look_at_clock()));
    report.add(examine_daemon(all.admin));
    report.add(judge_admin(all.admin));
    if (all.server.tls)
        report.add(judge_own_certificate(*all.server.tls, now()));
    report.add(examine_listeners(all.server));
    report.add(examine_sinks(all.sinks));
    const auto stored = open_stored(all);
    report.add(examine_attention(stored.get()));
    for (const auto& one : targets) {
        report.note(announcement(all, one));
        report.add(examine_way(all, one, stored.get()));
    }
}

/// The address of the daemon itself.
std::string own_address(const http::server_settings& server) {
    for (const auto& at : server.listen) {
        if (at.unix_path.empty())
            return (server.tls ? "https://" : "http://") + at.to_string();
    }
    return {};
}

checkup_entry to_entry(const finding& found) {
    using enum checkup_entry::state;
    const auto how = found.how == grade::ok ? ok : found.how == grade::warn ? warn : bad;
    return {found.check + (found.subject.empty() ? "" : " " + found.subject), how, found.text, found.advice};
}

}  // namespace

result<std::vector<checkup_entry>> check_up(const std::string& config_path, const checkup_request& what) {
    config::problems found(config_path);
    const auto all = load(config_path, found);
    doctor_report report;
    report.add(judge_configuration(found, all));
    if (!found.has_errors()) {
        doctor_options options;
        options.endpoint = what.endpoint;
        if (!what.endpoint.empty())
            options.url = own_address(all.server);
        const auto targets = choose_targets(all, options);
        if (!targets)
            return targets.error();
        examine(all, *targets, report);
    }
    std::vector<checkup_entry> entries;
    for (const auto& one : report.kept())
        entries.push_back(to_entry(one));
    return entries;
}

int doctor(const std::string& config_path, const doctor_options& options, const command_output& to) {
    config::problems found(config_path);
    const auto all = load(config_path, found);
    doctor_report report(to);
    if (found.has_errors()) {
        report.add(judge_configuration(found, all));
        report.finish();
        return exit_configuration;
    }
    const auto targets = choose_targets(all, options);
    if (!targets) {
        to.err << "shopbell doctor: " << targets.error().reason << '\n';
        return exit_usage;
    }
    report.add(judge_configuration(found, all));
    examine(all, *targets, report);
    report.finish();
    return report.has_failed() ? exit_failed : exit_done;
}

}  // namespace shopbell
