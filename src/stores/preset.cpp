#include <shopbell/stores/preset.hpp>

#include "compiled_presets.hpp"

#include <shopbell/stores/registry.hpp>

#include <algorithm>
#include <map>
#include <mutex>

namespace shopbell::stores {

namespace {

constexpr std::string_view endpoint_line = "[[endpoint]]";
constexpr std::string_view sample_line = "[[sample]]";

/// Where a line that begins so begins; the text's size where there is none.
std::size_t find_line(std::string_view text, std::string_view beginning, std::size_t from = 0) {
    for (auto at = text.find(beginning, from); at != std::string_view::npos;
         at = text.find(beginning, at + 1)) {
        if (at == 0 || text[at - 1] == '\n')
            return at;
    }
    return text.size();
}

/// The [[endpoint]] and what belongs to it, up to the samples and the comments in front of them.
std::string endpoint_part(std::string_view text) {
    const auto begin = find_line(text, endpoint_line);
    auto part = text.substr(begin, find_line(text, sample_line, begin) - begin);
    while (!part.empty() && (part.back() == '\n' || part.back() == ' '))
        part.remove_suffix(1);
    return std::string(part) + "\n";
}

preset_sample read_sample(config::reader& table) {
    preset_sample made;
    made.event = table.required_string("event");
    made.fresh = table.string("fresh", "");
    made.body = table.string("body", "");
    made.content_type = table.string("content_type", "application/json");
    made.query = table.string("query", "");
    made.fields = table.string_table("headers");
    (void)table.string("method", "POST");
    return made;
}

refusal_reasons read_reasons(config::reader table) {
    return {table.string("unreadable", ""), table.string("wrong", "")};
}

std::string canonical(std::string_view name) {
    std::string text(name);
    std::ranges::replace(text, '-', '_');
    return text;
}

}  // namespace

preset preset::parse(std::string_view name, std::string_view text, config::problems& found) {
    preset made;
    made.name_ = name;
    const auto file = config::file::from_text(text, found);
    auto root = file.root();
    {
        auto about = root.table("preset");
        made.title_ = about.required_string("title");
        made.docs_ = about.string("docs", "");
        made.secret_name_ = about.string("secret", "");
        made.secret_place_ = about.string("where", "");
        made.advice_ = about.texts("advice");
        made.reasons_ = read_reasons(about.table("reasons"));
        made.pauses_after_ = static_cast<unsigned>(about.integer("pauses_after", 0, 0, 1'000'000));
    }
    auto endpoints = root.tables("endpoint");
    if (endpoints.size() > 1)
        root.error("a preset has one [[endpoint]]");
    for (auto& one : endpoints)
        one.ignore_unknown();
    for (auto& one : root.tables("sample"))
        made.samples_.push_back(read_sample(one));
    made.keys_ = endpoint_part(text);
    return made;
}

std::span<const std::string_view> preset_names() noexcept {
    static const auto names = [] {
        std::vector<std::string_view> all;
        for (const auto& one : compiled_presets()) {
            if (find_provider(one.name) == nullptr)
                all.push_back(one.name);
        }
        std::ranges::sort(all);
        return all;
    }();
    return names;
}

const preset* find_preset(std::string_view name) {
    // Read when somebody asks: a configuration names a few of many.
    static std::mutex guard;
    static std::map<std::string, preset, std::less<>> read;
    const auto wanted = canonical(name);
    const auto all = compiled_presets();
    const auto found = std::ranges::find(all, std::string_view(wanted), &compiled_preset::name);
    if (found == all.end())
        return nullptr;
    const std::lock_guard lock(guard);
    const auto known = read.find(wanted);
    if (known != read.end())
        return &known->second;
    config::problems unseen(wanted);
    return &read.emplace(wanted, preset::parse(wanted, found->text, unseen)).first->second;
}

std::vector<sample> samples_of(const preset& known,
                               const std::function<std::string(const preset_sample& one)>& type_of) {
    std::vector<sample> all;
    for (const auto& one : known.samples())
        all.push_back({one.event, type_of(one), one.body, one.fresh});
    return all;
}

std::string to_toml(const preset& of) {
    auto text = std::string(of.keys_as_written());
    std::string own = "\nname = \"" + of.name() + "\"\npath = \"/hooks/" + of.name() + "\"\nprovider = \"" +
                      of.name() + "\"";
    const auto algorithm = of.with_keys([](config::reader& keys) { return keys.string("algorithm", ""); });
    const bool has_public_key =
        algorithm == "ed25519" || algorithm.starts_with("ecdsa") || algorithm.starts_with("rsa");
    if (algorithm == "basic")
        own += "\nbasic_user = \"store\"\nbasic_password_file = \"/etc/shopbell/secrets/" + of.name() + "\"";
    else if (has_public_key)
        own += "\npublic_key = \"...\"";
    else
        own += "\nsecret_file = \"/etc/shopbell/secrets/" + of.name() + "\"";
    if (!of.secret_name().empty())
        own += "  # " + of.secret_name() + (of.secret_place().empty() ? "" : ", " + of.secret_place());
    return text.insert(endpoint_line.size(), own);
}

}  // namespace shopbell::stores
