#include <shopbell/cli/events.hpp>

#include <shopbell/cli/exit_status.hpp>
#include <shopbell/cli/text_table.hpp>

namespace shopbell {

namespace {

std::vector<std::string> row_of(const json::value& one) {
    std::vector<std::string> cells{to_seconds(text_of(one, "time"))};
    for (const auto* const name : {"id", "type", "endpoint", "subject", "state"})
        cells.emplace_back(text_of(one, name));
    return cells;
}

result<int> list(operator_client& from, const events_options& options, const command_output& to) {
    auto target = api_path({"events"});
    if (auto added = add_choice(target, options.which); !added)
        return added.error();
    add_parameter(target, "state", options.state);
    text_table table({"TIME", "ID", "TYPE", "ENDPOINT", "SUBJECT", "STATE"});
    const auto done =
        list_through(from, target, "events", options.limit, [&](std::span<const json::value> items) {
            for (const auto& one : items) {
                if (to.json)
                    to.out << one.raw() << '\n';
                else
                    table.add(row_of(one));
            }
            table.print(to.out);
        });
    if (!done)
        return done.error();
    if (!to.json && !table.has_rows())
        to.err << "no events\n";
    return exit_done;
}

}  // namespace

int events(const std::string& config_path, const events_options& options, const command_output& to) {
    return run_operator_command(config_path, "events", operator_access::reading, to,
                                [&](operator_client& from) { return list(from, options, to); });
}

}  // namespace shopbell
