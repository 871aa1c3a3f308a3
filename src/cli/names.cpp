#include <shopbell/cli/names.hpp>

#include <shopbell/cli/exit_status.hpp>
#include <shopbell/cli/operator_client.hpp>
#include <shopbell/stores/preset.hpp>

#include <vector>

namespace shopbell {

namespace {

std::vector<std::string> sinks_left_behind(const operator_settings& settings) {
    const auto client = open_operator_client(settings, operator_access::reading, [](const std::string&) {});
    if (!client)
        return {};
    const auto answer = ask_json(**client, "GET", api_path({"sinks"}));
    const auto* const all = answer ? answer->root().find("sinks") : nullptr;
    if (all == nullptr)
        return {};
    std::vector<std::string> left;
    for (const auto& one : all->elements()) {
        if (text_of(one, "state") == "not configured")
            left.emplace_back(text_of(one, "name"));
    }
    return left;
}

std::vector<std::string> names_of(const operator_settings& settings, const std::string& kind) {
    if (kind == "endpoints")
        return settings.endpoints;
    if (kind == "presets")
        return {stores::preset_names().begin(), stores::preset_names().end()};
    if (kind == "forgettable-sinks")
        return sinks_left_behind(settings);
    std::vector<std::string> all;
    if (kind == "sinks") {
        for (const auto& one : settings.sinks)
            all.push_back(one.name);
    }
    return all;
}

}  // namespace

int names(const std::string& config_path, const std::string& kind, std::ostream& out) {
    config::problems ignored(config_path);
    const auto settings = read_operator_settings(config_path, ignored);
    for (const auto& name : names_of(settings, kind)) {
        if (!name.empty())
            out << name << '\n';
    }
    return exit_done;
}

}  // namespace shopbell
