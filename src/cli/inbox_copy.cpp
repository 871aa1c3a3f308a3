#include <shopbell/cli/inbox_copy.hpp>

#include "progress_line.hpp"

#include <shopbell/cli/exit_status.hpp>
#include <shopbell/cli/load.hpp>
#include <shopbell/cli/text_table.hpp>
#include <shopbell/core/json_writer.hpp>
#include <shopbell/setup/engine.hpp>
#include <shopbell/setup/operator_settings.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace shopbell {

namespace {

constexpr std::string_view file_prefix = "sqlite:";

std::uint64_t rows_of(const contents::outline& copied, std::string_view table) {
    const auto* const at = std::ranges::find(contents::table_names, table);
    return copied.rows.at(static_cast<std::size_t>(at - contents::table_names.begin()));
}

/// What people know the tables by.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> told = {{
    {"events", "event"},
    {"sinks", "sink"},
    {"deliveries", "unfinished delivery"},
    {"history", "attempt"},
    {"codes", "code"},
}};

void print(const inbox_copy_options& what, const std::string& place, const contents::outline& copied,
           const command_output& to) {
    if (to.json) {
        json_writer out;
        out.begin_object().field("from", what.from).field("to", place);
        for (const auto& [table, word] : told)
            out.key(table).integer(static_cast<long long>(rows_of(copied, table)));
        out.end_object();
        to.out << out.text() << '\n';
        return;
    }
    to.out << "copied ";
    for (const auto& [table, word] : told) {
        const auto many = word == "unfinished delivery" ? "unfinished deliveries" : "";
        to.out << (table == told.front().first ? "" : ", ") << counted(rows_of(copied, table), word, many);
    }
    to.out << " to " << place << "; the file stays as it was\n";
}

}  // namespace

std::string refuse_copy_source(const std::string& from) {
    if (from.starts_with(file_prefix) && from.size() > file_prefix.size())
        return {};
    return "expects sqlite:PATH, got " + from;
}

int inbox_copy(const std::string& config_path, const inbox_copy_options& what, const command_output& to) {
    config::problems found(config_path);
    const auto all = load(config_path, found);
    if (found.has_errors()) {
        report(found, config::severity::error, to.err);
        return exit_configuration;
    }
    const auto* const engine = std::get_if<postgres_settings>(&all.inbox);
    if (engine == nullptr) {
        to.err << "shopbell inbox copy: " << config_path
               << R"( has the inbox in a file: set [inbox] engine = "postgres" and its table first)" << '\n';
        return exit_configuration;
    }
    result<contents::outline> copied = contents::outline();
    {
        progress_line shown(to.err);
        copied = copy_inbox(what.from.substr(file_prefix.size()), *engine,
                            [&shown](std::uint64_t done, std::uint64_t total) {
                                shown.tell(done, total, "events", ", waiting for the standby");
                            });
    }
    if (!copied) {
        to.err << "shopbell inbox copy: " << copied.error().reason << '\n';
        return exit_failed;
    }
    print(what, describe_place(all.inbox), *copied, to);
    return exit_done;
}

}  // namespace shopbell
