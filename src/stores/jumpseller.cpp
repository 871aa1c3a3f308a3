#include <shopbell/stores/jumpseller.hpp>

#include "jumpseller_parts.hpp"
#include "signature_diagnosis.hpp"
#include <shopbell/stores/webhook_parts.hpp>

#include <shopbell/core/clock.hpp>
#include <shopbell/core/text.hpp>
#include <shopbell/crypto/digest.hpp>
#include <shopbell/crypto/encoding.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace shopbell::jumpseller {
namespace {

/// The MAC that the delivery carries, or why it carries none.
result<sha256_digest> read_signature(const headers& fields) {
    const auto text = single_value(fields, signature_header);
    if (!text)
        return text.error();
    const auto bytes = base64_decode(*text);
    sha256_digest mac{};
    if (!bytes || bytes->size() != mac.size())
        return failure{errc::unauthorized,
                       "the " + std::string(signature_header) + " header is not the base64 of 32 bytes"};
    std::ranges::transform(*bytes, mac.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
    return mac;
}

/// "2025-01-01 10:18:51.829 UTC"
std::string triggered_at(time_point when) {
    auto text = to_rfc3339(when);
    std::ranges::replace(text, 'T', ' ');
    text.pop_back();
    return text + " UTC";
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

constexpr signing_scheme scheme = {
    "Jumpseller",
    signature_header,
    "base64",
    "hooks_token",
    "in its admin panel under Config > Notifications / Webhooks (the hooks token, "
    "not the API's)",
    ""};

constexpr std::array<std::string_view, 4> marks = {event_header, store_header, signature_header, time_header};

constexpr std::array<std::string_view, 5> kept = {"Content-Type", event_header, store_header,
                                                  signature_header, time_header};

}  // namespace

dialect::dialect(settings chosen) : settings_(std::move(chosen)), signing_keys_(settings_.hooks_tokens) {}

std::optional<refusal> dialect::authenticate(const webhook& one) const {
    if (settings_.unsigned_ok)
        return std::nullopt;
    const auto mac = read_signature(one.fields);
    const bool fits = signing_keys_.verify(one.body, mac ? *mac : sha256_digest{});
    if (!mac)
        return refusal{401, mac.error().reason};
    if (!fits)
        return refusal{401, "the signature is not that of this body under any configured hooks_token"};
    return std::nullopt;
}

std::variant<accepted, refusal> dialect::identify(const webhook& one) const {
    auto named = name_delivery(one);
    // Host names know no case, and a store code is one.
    if (settings_.store.empty() || iequals(named.store, settings_.store))
        return named;
    const auto got = named.store.empty() ? std::string("names no store") : "is for the store " + named.store;
    return refusal{403,
                   "genuine, but the delivery " + got + ", and this endpoint takes only " + settings_.store};
}

likely_cause dialect::diagnose(const webhook& refused) const {
    if (authenticate(refused))
        return diagnose_signature(scheme, settings_.hooks_tokens, refused);
    return {"The delivery is of another store than \"" + settings_.store +
                "\", the only one that this endpoint takes: give the other store an endpoint and an address "
                "of its own, or take `store` out of this one.",
            demands_proof(), "other_store"};
}

signed_webhook dialect::make_signed(std::string_view event, std::string body, signing how,
                                    time_point happened) const {
    headers fields = {{"Content-Type", "application/json"}};
    if (!event.empty())
        fields.push_back({std::string(event_header), std::string(event)});
    fields.push_back({std::string(store_header), settings_.store.empty() ? "mystore" : settings_.store});
    fields.push_back({std::string(time_header), triggered_at(happened)});
    if (!settings_.hooks_tokens.empty()) {
        const auto mac = hmac_sha256(settings_.hooks_tokens.front().reveal(), body);
        auto text = base64_encode(as_text(mac));
        if (how == signing::broken)
            text = with_one_wrong_character(std::move(text));
        fields.push_back({std::string(signature_header), std::move(text)});
    }
    return {std::move(fields), std::move(body)};
}

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
                                         8,
                                         jumpseller::marks};
    return entry;
}

}  // namespace shopbell
