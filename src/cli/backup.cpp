#include <shopbell/cli/backup.hpp>

#include "progress_line.hpp"

#include <shopbell/cli/exit_status.hpp>
#include <shopbell/cli/load.hpp>
#include <shopbell/cli/text_table.hpp>
#include <shopbell/core/json_writer.hpp>
#include <shopbell/inbox/sqlite/backup.hpp>
#include <shopbell/setup/operator_settings.hpp>

namespace shopbell {

namespace {

void print(const std::string& file, const backup_summary& made, const command_output& to) {
    if (!to.json) {
        to.out << "backed up " << counted(made.events, "event") << " (" << made.bytes << " bytes) to " << file
               << '\n';
        return;
    }
    json_writer out;
    out.begin_object().field("file", file);
    out.key("events").integer(static_cast<long long>(made.events));
    out.key("bytes").integer(static_cast<long long>(made.bytes)).end_object();
    to.out << out.text() << '\n';
}

}  // namespace

int backup(const std::string& config_path, const std::string& file, const command_output& to) {
    config::problems found(config_path);
    const auto settings = read_operator_settings(config_path, found);
    if (found.has_errors()) {
        report(found, config::severity::error, to.err);
        return exit_configuration;
    }
    const auto* const inbox = std::get_if<sqlite_settings>(&settings.inbox);
    if (inbox == nullptr) {
        to.err << "shopbell backup: the inbox is in " << describe_place(settings.inbox)
               << "; back it up there, with pg_basebackup or pg_dump\n";
        return exit_failed;
    }
    result<backup_summary> made = backup_summary();
    {
        progress_line shown(to.err);
        made = back_up_inbox(inbox->path, file, [&shown](std::uint64_t done, std::uint64_t total) {
            constexpr std::uint64_t mebibyte = 1024UL * 1024;
            shown.tell(done / mebibyte, total / mebibyte, "MiB", ", checking");
        });
    }
    if (made) {
        print(file, *made, to);
        return exit_done;
    }
    to.err << "shopbell backup: " << made.error().reason << '\n';
    return made.error().code == errc::malformed ? exit_usage : exit_failed;
}

}  // namespace shopbell
