#include <shopbell/cli/dead.hpp>

#include "event_text.hpp"

#include <shopbell/cli/exit_status.hpp>
#include <shopbell/cli/text_table.hpp>
#include <shopbell/core/json_writer.hpp>
#include <shopbell/core/text.hpp>

#include <algorithm>
#include <limits>
#include <set>

namespace shopbell {

namespace {

using action = dead_options::action;

std::string_view name_of(action what) {
    constexpr std::string_view names[] = {"dead list", "dead show", "dead retry", "dead drop"};
    return names[static_cast<std::size_t>(what)];
}

/// Whether the id, or the beginning or the end of one, stands for that event's; as for `show` and `replay`.
bool stands_for(std::string_view given, std::string_view id) {
    constexpr std::size_t shortest = 4;
    const auto part = to_lower(given);
    return id == part || (part.size() >= shortest && (id.starts_with(part) || id.ends_with(part)));
}

bool is_chosen(const dead_options& options, const json::value& letter) {
    const auto id = text_of(letter, "id");
    return options.ids.empty() ||
           std::ranges::any_of(options.ids, [id](const auto& given) { return stands_for(given, id); });
}

/// Calls `visit` with the chosen dead letters as they come, part by part.
result<void> walk(operator_client& from, const dead_options& options,
                  const std::function<void(std::vector<const json::value*>)>& visit) {
    auto target = api_path({"dead"});
    add_parameter(target, "sink", options.sink);
    constexpr auto all = std::numeric_limits<std::size_t>::max();
    return list_through(from, target, "dead", all, [&](std::span<const json::value> items) {
        std::vector<const json::value*> chosen;
        for (const auto& one : items) {
            if (is_chosen(options, one))
                chosen.push_back(&one);
        }
        visit(std::move(chosen));
    });
}

std::vector<std::string> row_of(const json::value& one) {
    std::vector<std::string> cells{to_seconds(text_of(one, "died_at"))};
    for (const auto* const name : {"sink", "id", "type", "subject", "attempts", "error"})
        cells.emplace_back(text_of(one, name));
    return cells;
}

result<int> list(operator_client& from, const dead_options& options, const command_output& to) {
    text_table table({"DIED", "SINK", "ID", "TYPE", "SUBJECT", "ATTEMPTS", "ERROR"});
    const auto done = walk(from, options, [&](const std::vector<const json::value*>& letters) {
        for (const auto* const one : letters) {
            if (to.json)
                to.out << one->raw() << '\n';
            else
                table.add(row_of(*one));
        }
        table.print(to.out);
    });
    if (!done)
        return done.error();
    if (!to.json && !table.has_rows())
        to.err << "no dead letters\n";
    return exit_done;
}

/// A dead letter's place.
struct letter {
    std::string sink;
    std::string id;
};

/// What is wrong with an id that was given: it stands for no dead letter's event, or for more than one's.
result<void> check_id(const std::string& given, const std::vector<letter>& found,
                      const dead_options& options) {
    std::set<std::string> meant;
    for (const auto& one : found) {
        if (stands_for(given, one.id))
            meant.insert(one.id);
    }
    if (meant.empty())
        return failure{errc::unavailable,
                       (options.sink.empty() ? "no sink" : "sink \"" + options.sink + "\"") + " has" +
                           (options.sink.empty() ? " a" : " no") + " dead letter of the event " + given};
    if (meant.size() == 1)
        return {};
    std::string list;
    for (const auto& id : meant)
        list += (list.empty() ? "" : ", ") + id;
    return failure{errc::unavailable,
                   "the id " + given + " is ambiguous: " + list + "; give more of the one that you mean"};
}

result<std::vector<letter>> find_letters(operator_client& from, const dead_options& options) {
    std::vector<letter> found;
    const auto done = walk(from, options, [&](const std::vector<const json::value*>& letters) {
        for (const auto* const one : letters)
            found.push_back({std::string(text_of(*one, "sink")), std::string(text_of(*one, "id"))});
    });
    if (!done)
        return done.error();
    for (const auto& id : options.ids) {
        if (auto checked = check_id(id, found, options); !checked)
            return checked.error();
    }
    return found;
}

result<void> show_letter(operator_client& from, const letter& one, bool first, const command_output& to) {
    const auto answer = ask_json(from, "GET", api_path({"events", one.id}));
    if (!answer)
        return answer.error();
    const auto& root = answer->root();
    const auto* const deliveries = root.find("deliveries");
    const auto all = deliveries == nullptr ? std::span<const json::value>() : deliveries->elements();
    const auto at =
        std::ranges::find_if(all, [&](const auto& each) { return text_of(each, "sink") == one.sink; });
    if (at == all.end())
        return {};
    if (to.json) {
        json_writer out;
        out.begin_object().field("id", one.id).key("event").raw(root.find("event")->raw());
        out.key("delivery").raw(at->raw()).end_object();
        to.out << out.text() << '\n';
        return {};
    }
    to.out << (first ? "" : "\n");
    print_envelope(to.out, root);
    to.out << "\nDelivery\n";
    print_delivery(to.out, *at);
    print_data(to.out, root);
    return {};
}

result<int> show(operator_client& from, const dead_options& options, const command_output& to) {
    const auto letters = find_letters(from, options);
    if (!letters)
        return letters.error();
    bool first = true;
    for (const auto& one : *letters) {
        if (auto shown = show_letter(from, one, std::exchange(first, false), to); !shown)
            return shown.error();
    }
    if (letters->empty() && !to.json)
        to.err << "no dead letters\n";
    return exit_done;
}

/// The sinks that have dead letters.
result<std::vector<std::string>> sinks_with_letters(operator_client& from) {
    const auto answer = ask_json(from, "GET", api_path({"sinks"}));
    if (!answer)
        return answer.error();
    std::vector<std::string> names;
    if (const auto* const all = answer->root().find("sinks"); all != nullptr) {
        for (const auto& one : all->elements()) {
            if (number_of(one, "dead") > 0)
                names.emplace_back(text_of(one, "name"));
        }
    }
    return names;
}

/// What to POST to: single dead letters where events are named, else whole sinks.
result<std::vector<std::string>> targets_of(operator_client& from, const dead_options& options) {
    const std::string_view verb = options.what == action::retry ? "retry" : "drop";
    std::vector<std::string> targets;
    if (!options.ids.empty()) {
        const auto letters = find_letters(from, options);
        if (!letters)
            return letters.error();
        for (const auto& one : *letters)
            targets.push_back(api_path({"dead", one.sink, one.id, verb}));
        return targets;
    }
    if (!options.sink.empty())
        return std::vector{api_path({"dead", options.sink, verb})};
    const auto names = sinks_with_letters(from);
    if (!names)
        return names.error();
    for (const auto& name : *names)
        targets.push_back(api_path({"dead", name, verb}));
    return targets;
}

void print_count(std::uint64_t count, action what, const command_output& to) {
    if (to.json)
        to.out << "{\"count\":" << count << "}\n";
    else
        to.out << (what == action::retry ? "retrying " : "dropped ") << counted(count, "dead letter") << '\n';
}

/// What was done before a failure is told too: it stays done.
result<int> decide(operator_client& from, const dead_options& options, const command_output& to) {
    const auto targets = targets_of(from, options);
    if (!targets)
        return targets.error();
    std::uint64_t count = 0;
    for (const auto& target : *targets) {
        const auto answer = ask_json(from, "POST", target);
        if (!answer) {
            if (count > 0)
                print_count(count, options.what, to);
            return answer.error();
        }
        count += number_of(answer->root(), "count");
    }
    print_count(count, options.what, to);
    return exit_done;
}

result<int> carry_out(operator_client& from, const dead_options& options, const command_output& to) {
    switch (options.what) {
        case action::list:
            return list(from, options, to);
        case action::show:
            return show(from, options, to);
        default:
            return decide(from, options, to);
    }
}

}  // namespace

int dead(const std::string& config_path, const dead_options& options, const command_output& to) {
    if (options.what == action::drop && options.ids.empty() && options.sink.empty()) {
        to.err << "shopbell dead drop: say which: event ids, or --sink NAME for all of a sink's\n"
                  "Try: shopbell dead drop --help\n";
        return exit_usage;
    }
    const bool changes = options.what == action::retry || options.what == action::drop;
    return run_operator_command(config_path, name_of(options.what),
                                changes ? operator_access::changing : operator_access::reading, to,
                                [&](operator_client& from) { return carry_out(from, options, to); });
}

}  // namespace shopbell
