#include <shopbell/cli/replay.hpp>

#include <shopbell/cli/exit_status.hpp>
#include <shopbell/cli/text_table.hpp>
#include <shopbell/core/json_writer.hpp>

namespace shopbell {

namespace {

struct totals {
    std::uint64_t events = 0;
    std::uint64_t deliveries = 0;

    void add(const json::value& answer) {
        events += number_of(answer, "events");
        deliveries += number_of(answer, "deliveries");
    }
};

void print(const totals& done, const command_output& to) {
    if (!to.json) {
        to.out << "replayed " << counted(done.events, "event") << ": "
               << counted(done.deliveries, "delivery", "deliveries") << '\n';
        return;
    }
    json_writer out;
    out.begin_object().key("events").integer(static_cast<long long>(done.events));
    out.key("deliveries").integer(static_cast<long long>(done.deliveries)).end_object();
    to.out << out.text() << '\n';
}

result<void> replay_ids(operator_client& from, const replay_options& options, totals& done) {
    for (const auto& id : options.ids) {
        auto target = api_path({"events", id, "replay"});
        add_parameter(target, "sink", options.sink);
        const auto answer = ask_json(from, "POST", target);
        if (!answer)
            return answer.error();
        done.add(answer->root());
    }
    return {};
}

result<void> replay_chosen(operator_client& from, const replay_options& options, totals& done) {
    auto target = api_path({"replay"});
    if (auto added = add_choice(target, options.which); !added)
        return added.error();
    add_parameter(target, "sink", options.sink);
    return ask_through(from, "POST", target, {}, [&done](const json::value& answer) {
        done.add(answer);
        return true;
    });
}

/// What was done before a failure is told too: it stays done.
result<int> carry_out(operator_client& from, const replay_options& options, const command_output& to) {
    totals done;
    const auto finished =
        options.ids.empty() ? replay_chosen(from, options, done) : replay_ids(from, options, done);
    if (finished || done.events > 0)
        print(done, to);
    if (!finished)
        return finished.error();
    return exit_done;
}

}  // namespace

int replay(const std::string& config_path, const replay_options& options, const command_output& to) {
    if (options.ids.empty() == options.which.empty()) {
        to.err << "shopbell replay: say which events: either their ids, or --type, --endpoint, --subject, "
                  "--since, --until\nTry: shopbell replay --help\n";
        return exit_usage;
    }
    return run_operator_command(config_path, "replay", operator_access::changing, to,
                                [&](operator_client& from) { return carry_out(from, options, to); });
}

}  // namespace shopbell
