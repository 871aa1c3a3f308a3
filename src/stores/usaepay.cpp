#include <shopbell/stores/usaepay.hpp>

#include "usaepay_parts.hpp"
#include <shopbell/stores/webhook_parts.hpp>

#include <shopbell/core/text.hpp>
#include <shopbell/crypto/digest.hpp>
#include <shopbell/crypto/encoding.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace shopbell::usaepay {
namespace {

failure unauthorized(std::string reason) {
    return {errc::unauthorized, std::move(reason)};
}

/// The MAC that the delivery carries, or why it carries none.
result<sha256_digest> read_signature(const headers& fields) {
    const auto text = single_value(fields, signature_header);
    if (!text)
        return text.error();
    const auto bytes = hex_decode(*text);
    sha256_digest mac{};
    if (!bytes || bytes->size() != mac.size())
        return unauthorized("the " + std::string(signature_header) + " header is not 64 hex digits");
    std::ranges::transform(*bytes, mac.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
    return mac;
}

}  // namespace

result<secret> read_basic(const headers& fields) {
    constexpr std::string_view scheme = "Basic";
    const auto value = single_value(fields, basic_header);
    if (!value)
        return value.error();
    const auto space = std::min(value->find(' '), value->size());
    if (!iequals(value->substr(0, space), scheme))
        return unauthorized("the " + std::string(basic_header) + " header is not of the scheme Basic");
    auto credentials = base64_decode(trim(value->substr(space)));
    if (!credentials || credentials->find(':') == std::string::npos)
        return unauthorized("the " + std::string(basic_header) +
                            " header does not hold user:password in base64");
    return secret(*std::move(credentials));
}

namespace {

std::optional<refusal> refuse(std::string reason) {
    return refusal{401, std::move(reason)};
}

constexpr std::array<std::string_view, 1> marks = {signature_header};

constexpr std::array<std::string_view, 2> kept = {"Content-Type", signature_header};

constexpr std::string_view where_to_find =
    "in USAePay's merchant console under Settings > Webhooks, in the dialog of the webhook";

void check_basic(config::reader& keys, bool has_user, bool has_password) {
    if (has_user && !has_password)
        keys.error("basic_user",
                   "basic_user without basic_password: set basic_password_file (or "
                   "basic_password_env, basic_password_credential, basic_password) as well");
    if (has_password && !has_user)
        keys.error("basic_password", "basic_password without basic_user: set basic_user as well");
}

std::unique_ptr<const provider> make(config::reader& keys, bool auth_none) {
    const bool has_key = keys.has_secret("signature_key");
    const bool has_user = keys.has("basic_user");
    const bool has_password = keys.has_secret("basic_password");
    settings chosen;
    chosen.signature_keys = keys.secret("signature_key", config::secret_kind::token);
    if (has_user)
        chosen.basic_user = keys.required_string("basic_user");
    chosen.basic_passwords = keys.secret("basic_password");
    chosen.unsigned_ok = auth_none;

    check_basic(keys, has_user, has_password);
    if (chosen.basic_user.find(':') != std::string::npos)
        keys.error("basic_user",
                   "basic_user must not hold a colon: HTTP Basic ends the user's name at the first one");
    const bool has_any = has_key || has_user || has_password;
    if (!has_any && !auth_none)
        keys.error("signature_key",
                   "no signature_key: set signature_key_file (or signature_key_env, "
                   "signature_key_credential, signature_key) to the Signature Key or Source Key "
                   "shown " +
                       std::string(where_to_find) +
                       ", or basic_user and basic_password to what is entered there");
    if (has_any && auth_none)
        keys.error(has_key    ? "signature_key"
                   : has_user ? "basic_user"
                              : "basic_password",
                   "credentials contradict auth = \"none\": remove one of the two");
    return std::make_unique<const dialect>(std::move(chosen));
}

}  // namespace

dialect::dialect(settings chosen) : settings_(std::move(chosen)), signing_keys_(settings_.signature_keys) {}

std::optional<refusal> dialect::authenticate(const webhook& one) const {
    if (settings_.unsigned_ok)
        return std::nullopt;
    if (!wants_signature() && !wants_basic())
        return refuse("the endpoint has no credentials");
    // Always both: neither the answer nor its time tells which of them was wrong.
    const auto signature_fits = check_signature(one);
    const auto basic_fits = check_basic(one.fields);
    if (!signature_fits)
        return refuse(signature_fits.error().reason);
    if (!basic_fits)
        return refuse(basic_fits.error().reason);
    if (!*signature_fits && !*basic_fits)
        return refuse("neither the signature nor the HTTP Basic credentials are right");
    if (!*signature_fits)
        return refuse("the signature is not that of this body under any configured signature_key");
    if (!*basic_fits)
        return refuse("HTTP Basic: wrong user or password");
    return std::nullopt;
}

result<bool> dialect::check_signature(const webhook& one) const {
    if (!wants_signature())
        return true;
    const auto mac = read_signature(one.fields);
    const bool fits = signing_keys_.verify(one.body, mac ? *mac : sha256_digest{});
    if (!mac)
        return mac.error();
    return fits;
}

result<bool> dialect::check_basic(const headers& fields) const {
    if (!wants_basic())
        return true;
    const auto given = read_basic(fields);
    const bool fits = basic_matches(given ? *given : secret(":"));
    if (!given)
        return given.error();
    return fits;
}

bool dialect::basic_matches(const secret& credentials) const noexcept {
    const auto text = credentials.reveal();
    const auto colon = text.find(':');
    const bool user_fits = equal_in_constant_time(settings_.basic_user, text.substr(0, colon));
    const bool password_fits = any_equals(settings_.basic_passwords, text.substr(colon + 1));
    return user_fits && password_fits;
}

std::variant<accepted, refusal> dialect::identify(const webhook& one) const {
    return name_delivery(one.body);
}

std::string dialect::basic_realm() const {
    return wants_basic() ? "shopbell" : "";
}

signed_webhook dialect::make_signed(std::string_view, std::string body, signing how, time_point) const {
    headers fields = {{"Content-Type", "application/json"}};
    if (wants_signature()) {
        auto text = hex_encode(as_text(hmac_sha256(settings_.signature_keys.front().reveal(), body)));
        if (how == signing::broken)
            text = with_one_wrong_character(std::move(text));
        fields.push_back({std::string(signature_header), std::move(text)});
    }
    if (wants_basic())
        fields.push_back({std::string(basic_header), basic_credentials(how)});
    return {std::move(fields), std::move(body)};
}

std::string dialect::basic_credentials(signing how) const {
    std::string password(settings_.basic_passwords.front().reveal());
    // Another of the accepted passwords may differ from this one in just that character.
    if (how == signing::broken) {
        do {
            password.front() = static_cast<char>(password.front() == '~' ? '!' : password.front() + 1);
        } while (any_equals(settings_.basic_passwords, password));
    }
    return "Basic " + base64_encode(settings_.basic_user + ":" + password);
}

}  // namespace shopbell::usaepay

namespace shopbell {

const provider_entry& usaepay_entry() noexcept {
    static const provider_entry entry = {"usaepay",     usaepay::make,    usaepay::describe,
                                         usaepay::kept, usaepay::samples, usaepay::probe,
                                         nullptr,       nullptr,          0,
                                         usaepay::marks};
    return entry;
}

}  // namespace shopbell
