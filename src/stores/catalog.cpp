#include <shopbell/stores/catalog.hpp>

#include "configured_store.hpp"

#include <shopbell/core/json_writer.hpp>
#include <shopbell/stores/form.hpp>
#include <shopbell/stores/preset.hpp>
#include <shopbell/stores/webhook_parts.hpp>

#include <algorithm>
#include <mutex>

namespace shopbell {

namespace {

constexpr std::string_view generic_name = "generic";
constexpr std::string_view probe_event = "shopbell_probe";

std::unique_ptr<const provider> make_store(config::reader& own, bool auth_none, const std::string& name,
                                           const stores::preset* known) {
    if (known == nullptr)
        return std::make_unique<const stores::configured_store>(
            stores::read_settings({own, nullptr}, name, nullptr, auth_none));
    return known->with_keys([&](config::reader& keys) -> std::unique_ptr<const provider> {
        return std::make_unique<const stores::configured_store>(
            stores::read_settings({own, &keys}, name, known, auth_none));
    });
}

std::string type_of_sample(const stores::preset& known, const stores::preset_sample& one) {
    const auto event = stores::plain_event_name(one.event);
    return known.name() + "." + (event.empty() ? "unknown" : event);
}

/// `text` as the value at the pointer's end: "{"event":{"type":TEXT}" and no closing brace, to be followed by
/// more.
std::string opened_object(std::string_view pointer, const std::string& text) {
    std::string open;
    std::string closed;
    for (auto rest = pointer; !rest.empty();) {
        const auto end = std::min(rest.find('/', 1), rest.size());
        open += "{" + as_json_string(rest.substr(1, end - 1)) + ":";
        closed += end < rest.size() ? "}" : "";
        rest.remove_prefix(end);
    }
    return open + text + closed;
}

/// A body whose event is `probe_event` where the preset names its events in the body; a form where it reads
/// forms.
std::string probe_body(const stores::preset* known, std::string_view mark, std::size_t padding) {
    const auto text_of = [known](std::string_view key, std::string_view fallback) {
        if (known == nullptr)
            return std::string(fallback);
        return known->with_keys([&](config::reader& keys) {
            const auto all = keys.texts(key);
            return all.empty() ? std::string(fallback) : all.front();
        });
    };
    constexpr std::string_view in_json = "json:/";
    constexpr std::string_view in_form = "form:";
    const auto event = text_of("event", "json:/type");
    if (event.starts_with(in_form))
        return form_encode(event.substr(in_form.size())) + "=" + std::string(probe_event) +
               "&id=" + std::string(mark) + "&padding=" + std::string(padding, 'x');
    auto body = probe_object(mark, padding);
    if (event.starts_with(in_json))
        body =
            opened_object(std::string_view(event).substr(in_json.size() - 1), as_json_string(probe_event)) +
            "," + body.substr(1);
    if (const auto items = text_of("items", ""); !items.empty() && items.find('*') == std::string::npos)
        body = opened_object(items, "[" + body + "]") + "}";
    return body;
}

/// An entry with what its views point to.
struct data_store {
    data_store(std::string named, const stores::preset* preset_of)
        : name(std::move(named)),
          known(preset_of),
          reader(std::make_shared<const stores::configured_reader>(
              stores::plain_settings(name, known, true).reading)) {
        entry.name = name;
        entry.make = [this](config::reader& keys, bool auth_none) {
            return make_store(keys, auth_none, name, known);
        };
        entry.describe = [this](const stored_webhook& one) { return reader->describe(one); };
        entry.keeps = reader->keeps();
        entry.samples = [this] {
            if (known == nullptr)
                return std::vector<sample>();
            return stores::samples_of(*known,
                                      [this](const auto& one) { return type_of_sample(*known, one); });
        };
        entry.probe = [this](std::string_view mark, std::size_t padding) {
            return sample{std::string(probe_event), name + "." + std::string(probe_event),
                          probe_body(known, mark, padding), "/id"};
        };
        if (known != nullptr) {
            entry.pauses_after = known->pauses_after();
            if (auto header = mark_of(*known); !header.empty()) {
                mark = std::move(header);
                mark_view = mark;
                entry.marks = {&mark_view, 1};
            }
        }
    }
    data_store(data_store&&) = delete;

    /// The header by which a request looks like one of that store; several stores share the common ones.
    static std::string mark_of(const stores::preset& known) {
        constexpr std::string_view shared[] = {"header:Authorization", "header:X-Signature",
                                               "header:webhook-signature", "header:X-Hub-Signature-256",
                                               "header:X-Hub-Signature"};
        constexpr std::string_view kind = "header:";
        const auto signature =
            known.with_keys([](config::reader& keys) { return keys.string("signature", ""); });
        const bool is_own = signature.starts_with(kind) && !signature.ends_with('*') &&
                            std::ranges::find(shared, signature) == std::end(shared);
        return is_own ? signature.substr(kind.size()) : std::string();
    }

    std::string name;
    const stores::preset* known;
    std::shared_ptr<const stores::configured_reader> reader;
    std::string mark;
    std::string_view mark_view;
    provider_entry entry;
};

const provider_entry* find_data_store(std::string_view name) {
    static std::mutex guard;
    static std::map<std::string, data_store, std::less<>> made;
    const auto* const known = stores::find_preset(name);
    if (known == nullptr && name != generic_name)
        return nullptr;
    const std::string canonical = known == nullptr ? std::string(name) : known->name();
    const std::lock_guard lock(guard);
    return &made.try_emplace(canonical, canonical, known).first->second.entry;
}

}  // namespace

const provider_entry* find_store(std::string_view name) {
    const auto* const coded = find_provider(name);
    return coded != nullptr ? coded : find_data_store(name);
}

std::vector<std::string_view> store_names() {
    std::vector<std::string_view> all;
    for (const auto& one : providers())
        all.push_back(one.name);
    std::ranges::copy(stores::preset_names(), std::back_inserter(all));
    all.push_back(generic_name);
    return all;
}

std::shared_ptr<const delivery_reader> make_reader(config::reader& keys, std::string_view provider) {
    const auto* const entry = find_provider(provider) != nullptr ? nullptr : find_data_store(provider);
    if (entry == nullptr)
        return nullptr;
    return entry->make(keys, true)->reader();
}

std::shared_ptr<const delivery_reader> delivery_reading::find(std::string_view endpoint,
                                                              std::string_view provider) const {
    const auto all = readers_.get();
    const auto found = all->find({std::string(endpoint), std::string(provider)});
    return found == all->end() ? nullptr : found->second;
}

event_data delivery_reading::describe(std::string_view endpoint, std::string_view provider,
                                      const stored_webhook& one) const {
    if (const auto reader = find(endpoint, provider))
        return reader->describe(one);
    if (const auto* const entry = find_store(provider))
        return entry->describe(one);
    // A newer Shopbell, or one with more providers, took it in: the bytes must reach the sinks all the same.
    json_writer payload;
    payload.string(one.body);
    return {"", payload.take(), "this Shopbell does not know the provider \"" + std::string(provider) + "\""};
}

std::string delivery_reading::blank(std::string_view endpoint, std::string_view provider,
                                    const stored_webhook& one) const {
    if (const auto reader = find(endpoint, provider))
        return reader->blank(one);
    const auto* const entry = find_store(provider);
    return entry != nullptr && entry->blank ? entry->blank(std::string(one.body)) : std::string(one.body);
}

std::string delivery_reading::proof(std::string_view endpoint, std::string_view provider,
                                    const stored_webhook& one) const {
    if (const auto reader = find(endpoint, provider))
        return reader->proof(one);
    const auto* const entry = find_store(provider);
    return entry != nullptr && entry->proof ? entry->proof(one.body) : std::string();
}

}  // namespace shopbell
