#include <shopbell/cli/show.hpp>

#include "event_text.hpp"

#include <shopbell/cli/exit_status.hpp>

namespace shopbell {

namespace {

result<int> show_original(operator_client& from, const std::string& id, const command_output& to) {
    const auto answer = from.ask("GET", api_path({"events", id, "original"}));
    if (!answer)
        return answer.error();
    if (answer->status != 200)
        return refusal_of(*answer);
    to.out << answer->body << std::flush;
    return exit_done;
}

result<int> show_event(operator_client& from, const std::string& id, const command_output& to) {
    const auto answer = ask_json(from, "GET", api_path({"events", id}));
    if (!answer)
        return answer.error();
    const auto& root = answer->root();
    if (to.json) {
        to.out << root.raw() << '\n';
        return exit_done;
    }
    print_envelope(to.out, root);
    print_headers(to.out, root);
    if (const auto* const all = root.find("deliveries"); all != nullptr && !all->elements().empty()) {
        to.out << "\nDeliveries\n";
        for (const auto& one : all->elements())
            print_delivery(to.out, one);
    }
    print_data(to.out, root);
    return exit_done;
}

}  // namespace

int show(const std::string& config_path, const std::string& id, bool original, const command_output& to) {
    return run_operator_command(config_path, "show", operator_access::reading, to,
                                [&](operator_client& from) {
                                    return original ? show_original(from, id, to) : show_event(from, id, to);
                                });
}

}  // namespace shopbell
