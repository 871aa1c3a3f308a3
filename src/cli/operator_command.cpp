#include <shopbell/cli/operator_command.hpp>

#include <shopbell/admin/moment.hpp>
#include <shopbell/cli/exit_status.hpp>
#include <shopbell/cli/load.hpp>

#include <algorithm>
#include <utility>

namespace shopbell {

namespace {

constexpr std::size_t most_of_a_page = 1000;

result<std::string> fixed_moment(std::string_view name, const std::string& text, time_point present) {
    if (text.empty())
        return text;
    const auto at = parse_moment(text, present);
    if (!at)
        return failure{errc::malformed,
                       "--" + std::string(name) + " " + text + ": " + std::string(moment_forms)};
    return to_rfc3339(*at);
}

}  // namespace

int run_operator_command(const std::string& config_path, std::string_view name, operator_access how,
                         const command_output& to, const std::function<result<int>(operator_client&)>& work) {
    config::problems found(config_path);
    const auto settings = read_operator_settings(config_path, found);
    if (found.has_errors()) {
        report(found, config::severity::error, to.err);
        return exit_configuration;
    }
    const auto tell = [&](const std::string& text) { to.err << "shopbell " << name << ": " << text << '\n'; };
    const auto refuse = [&](const failure& why) {
        tell(why.reason);
        return why.code == errc::malformed ? exit_usage : exit_failed;
    };
    const auto client = open_operator_client(settings, how, tell);
    if (!client)
        return refuse(client.error());
    const auto status = work(**client);
    return status ? *status : refuse(status.error());
}

result<void> ask_through(operator_client& from, const std::string& method, const std::string& target,
                         const std::string& body, const std::function<bool(const json::value&)>& visit) {
    std::string cursor;
    for (;;) {
        auto part = target;
        add_parameter(part, "cursor", cursor);
        const auto answer = ask_json(from, method, part, body);
        if (!answer)
            return answer.error();
        cursor = text_of(answer->root(), "next");
        if (!visit(answer->root()) || cursor.empty())
            return {};
    }
}

result<void> list_through(operator_client& from, const std::string& target, std::string_view key,
                          std::size_t most, const std::function<void(std::span<const json::value>)>& visit) {
    auto limited = target;
    add_parameter(limited, "limit", std::to_string(std::min(most, most_of_a_page)));
    std::size_t left = most;
    return ask_through(from, "GET", limited, {}, [&](const json::value& part) {
        const auto* const found = part.find(key);
        if (found == nullptr)
            return false;
        const auto items = found->elements().first(std::min(left, found->elements().size()));
        left -= items.size();
        visit(items);
        return left > 0;
    });
}

result<void> add_choice(std::string& target, const event_choice& chosen) {
    const auto present = now();
    const auto since = fixed_moment("since", chosen.since, present);
    if (!since)
        return since.error();
    const auto until = fixed_moment("until", chosen.until, present);
    if (!until)
        return until.error();
    add_parameter(target, "type", chosen.type);
    add_parameter(target, "endpoint", chosen.endpoint);
    add_parameter(target, "subject", chosen.subject);
    add_parameter(target, "since", *since);
    add_parameter(target, "until", *until);
    return {};
}

}  // namespace shopbell
