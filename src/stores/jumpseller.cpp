#include <shopbell/stores/jumpseller.hpp>

#include "configured_store.hpp"
#include "jumpseller_parts.hpp"
#include "signature_diagnosis.hpp"
#include <shopbell/stores/webhook_parts.hpp>

#include <shopbell/core/clock.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace shopbell::jumpseller {
namespace {

const stores::preset& file() {
    return *stores::find_preset("jumpseller");
}

/// "2025-01-01 10:18:51.829 UTC"
std::string triggered_at(time_point when) {
    auto text = to_rfc3339(when);
    std::ranges::replace(text, 'T', ' ');
    text.pop_back();
    return text + " UTC";
}

headers make_fields(std::string_view event, std::string_view store, time_point happened) {
    headers fields = {{"Content-Type", "application/json"}};
    if (!event.empty())
        fields.push_back({std::string(event_header), std::string(event)});
    fields.push_back({std::string(store_header), store.empty() ? "mystore" : std::string(store)});
    fields.push_back({std::string(time_header), triggered_at(happened)});
    return fields;
}

constexpr signing_scheme scheme = {
    "Jumpseller",
    signature_header,
    "base64",
    "hooks_token",
    "in its admin panel under Config > Notifications / Webhooks (the hooks token, "
    "not the API's)",
    ""};

likely_cause explain(const stores::store_settings& by, const webhook& refused, bool, bool) {
    return diagnose_signature(scheme, by.proof_of_sender.given, refused);
}

constexpr stores::store_hooks hooks = {name_delivery, make_fields, explain};

std::shared_ptr<const provider> make_engine(settings chosen) {
    auto made = stores::plain_settings("jumpseller", &file(), chosen.unsigned_ok);
    made.hooks = &hooks;
    made.secret_key = "hooks_token";
    made.proof_of_sender.given = std::move(chosen.hooks_tokens);
    made.store = std::move(chosen.store);
    return std::make_shared<const stores::configured_store>(std::move(made));
}

std::unique_ptr<const provider> make(config::reader& keys, bool auth_none) {
    settings chosen;
    const bool has_token = keys.has_secret("hooks_token");
    chosen.hooks_tokens = keys.secret("hooks_token", config::secret_kind::token);
    chosen.store = keys.string("store", "");
    chosen.unsigned_ok = auth_none;
    if (!has_token && !auth_none)
        keys.error(
            "hooks_token",
            "no hooks_token: set hooks_token_file (or hooks_token_env, hooks_token_credential, hooks_token) "
            "to the hooks token that Jumpseller's admin panel shows under Config > Notifications > "
            "Webhooks");
    if (has_token && auth_none)
        keys.error("hooks_token", "hooks_token contradicts auth = \"none\": remove one of the two");
    if (!chosen.store.empty() && !is_plain_code(chosen.store))
        keys.error("store",
                   "store must be a store code such as \"mystore\" (the name before .jumpseller.com): "
                   "1 to 64 of the characters A-Z a-z 0-9 . _ -");
    return std::make_unique<const dialect>(std::move(chosen));
}

constexpr std::array<std::string_view, 4> marks = {event_header, store_header, signature_header, time_header};

constexpr std::array<std::string_view, 5> kept = {"Content-Type", event_header, store_header,
                                                  signature_header, time_header};

}  // namespace

std::vector<sample> samples() {
    return stores::samples_of(file(), [](const auto& one) {
        const auto* const event = find_event(one.event);
        return event == nullptr ? "jumpseller." + one.event : std::string(event->type);
    });
}

sample probe(std::string_view mark, std::size_t padding) {
    return {"shopbell_probe", "jumpseller.shopbell_probe",
            "{\"probe\":" + probe_object(mark, padding) + "}\r\n", "/probe/id"};
}

dialect::dialect(settings chosen) : preset_provider(make_engine(std::move(chosen))) {}

}  // namespace shopbell::jumpseller

namespace shopbell {

const provider_entry& jumpseller_entry() noexcept {
    static const provider_entry entry = {"jumpseller",
                                         jumpseller::make,
                                         jumpseller::describe,
                                         jumpseller::kept,
                                         jumpseller::samples,
                                         jumpseller::probe,
                                         nullptr,
                                         nullptr,
                                         jumpseller::file().pauses_after(),
                                         jumpseller::marks};
    return entry;
}

}  // namespace shopbell
