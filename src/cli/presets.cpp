#include <shopbell/cli/presets.hpp>

#include <shopbell/cli/choice.hpp>
#include <shopbell/cli/exit_status.hpp>
#include <shopbell/cli/text_table.hpp>
#include <shopbell/core/json_writer.hpp>
#include <shopbell/stores/preset.hpp>
#include <shopbell/stores/registry.hpp>

#include <vector>

namespace shopbell {

namespace {

void print_line(const stores::preset& one, std::ostream& out) {
    json_writer line;
    line.begin_object().field("name", one.name()).field("title", one.title());
    if (!one.docs().empty())
        line.field("docs", one.docs());
    line.end_object();
    out << line.text() << '\n';
}

void print_list(bool json, std::ostream& out) {
    text_table table({"PRESET", "STORE", "DOCUMENTATION"});
    for (const auto name : stores::preset_names()) {
        const auto& one = *stores::find_preset(name);
        if (json)
            print_line(one, out);
        else
            table.add({one.name(), one.title(), one.docs()});
    }
    if (!json)
        table.print(out);
}

void print_preset(const stores::preset& one, bool json, std::ostream& out) {
    const auto toml = stores::to_toml(one);
    if (!json) {
        out << toml;
        return;
    }
    json_writer document;
    document.begin_object().field("name", one.name()).field("title", one.title());
    if (!one.docs().empty())
        document.field("docs", one.docs());
    document.field("toml", toml).end_object();
    out << document.text() << '\n';
}

}  // namespace

int presets(const std::string& name, bool json, std::ostream& out, std::ostream& err) {
    if (name.empty()) {
        print_list(json, out);
        return exit_done;
    }
    if (find_provider(name) != nullptr) {
        err << "shopbell presets: " << name
            << " is no preset but a store with keys of its own: see shopbell.toml(5)\n";
        return exit_usage;
    }
    if (const auto* const known = stores::find_preset(name)) {
        print_preset(*known, json, out);
        return exit_done;
    }
    const auto names = stores::preset_names();
    err << "shopbell presets: there is no preset \"" << name << '"'
        << did_you_mean(name, {names.begin(), names.end()}) << "; `shopbell presets` lists them\n";
    return exit_usage;
}

}  // namespace shopbell
