#include <shopbell/cli/sinks.hpp>

#include <shopbell/cli/exit_status.hpp>
#include <shopbell/cli/text_table.hpp>

namespace shopbell {

namespace {

using action = sinks_options::action;

struct verb {
    std::string_view name;  ///< as on the command line and in the path
    std::string_view done;
};

verb verb_of(action what) {
    switch (what) {
        case action::pause:
            return {"pause", "paused"};
        case action::resume:
            return {"resume", "resumed"};
        case action::forget:
            return {"forget", "forgot"};
        default:
            return {};
    }
}

/// A number's digits, or "-" where the daemon does not run to say it.
std::string cell(const json::value& one, std::string_view name) {
    const auto text = text_of(one, name);
    return text.empty() ? "-" : std::string(text);
}

std::vector<std::string> row_of(const json::value& one) {
    std::vector<std::string> cells;
    for (const auto* const name : {"name", "type", "state"})
        cells.push_back(cell(one, name));
    if (const auto holder = text_of(one, "held_by"); !holder.empty())
        cells.back().append(" (").append(holder).append(")");
    if (const auto* const lag = one.find("lag"); lag != nullptr)
        cells.push_back(cell(*lag, "events") + " (" + cell(*lag, "seconds") + "s)");
    else
        cells.emplace_back("-");
    for (const auto* const name : {"in_flight", "pending", "queued", "dead", "delivered", "failed"})
        cells.push_back(cell(one, name));
    cells.push_back(cell(one, "rate"));
    const auto error = text_of(one, "last_error");
    const auto at = text_of(one, "last_error_at");
    cells.push_back(at.empty() ? std::string(error) : to_seconds(at) + " " + std::string(error));
    return cells;
}

result<int> list(operator_client& from, const command_output& to) {
    const auto answer = ask_json(from, "GET", api_path({"sinks"}));
    if (!answer)
        return answer.error();
    text_table table({"NAME", "TYPE", "STATE", "LAG", "IN-FLIGHT", "PENDING", "QUEUED", "DEAD", "DELIVERED",
                      "FAILED", "RATE", "LAST-ERROR"});
    if (const auto* const all = answer->root().find("sinks"); all != nullptr) {
        for (const auto& one : all->elements()) {
            if (to.json)
                to.out << one.raw() << '\n';
            else
                table.add(row_of(one));
        }
    }
    table.print(to.out);
    if (!to.json && !table.has_rows())
        to.err << "no sinks\n";
    if (const auto way = from.way_to_page(); to.terminal && !to.json && !way.empty())
        to.out << "\nThe same in a browser: " << way << '\n';
    return exit_done;
}

result<int> decide(operator_client& from, const sinks_options& options, const command_output& to) {
    const auto [name, done] = verb_of(options.what);
    const auto answer = ask_json(from, "POST", api_path({"sinks", options.name, name}));
    if (!answer)
        return answer.error();
    if (to.json)
        to.out << answer->root().raw() << '\n';
    else
        to.out << done << ' ' << options.name << '\n';
    return exit_done;
}

}  // namespace

int sinks(const std::string& config_path, const sinks_options& options, const command_output& to) {
    if (options.what == action::list)
        return run_operator_command(config_path, "sinks", operator_access::reading, to,
                                    [&](operator_client& from) { return list(from, to); });
    const auto name = "sinks " + std::string(verb_of(options.what).name);
    return run_operator_command(config_path, name, operator_access::changing, to,
                                [&](operator_client& from) { return decide(from, options, to); });
}

}  // namespace shopbell
