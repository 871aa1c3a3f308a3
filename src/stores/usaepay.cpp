#include <shopbell/stores/usaepay.hpp>

#include "configured_store.hpp"
#include "usaepay_parts.hpp"
#include <shopbell/stores/webhook_parts.hpp>

#include <array>
#include <memory>
#include <utility>

namespace shopbell::usaepay {
namespace {

const stores::preset& file() {
    return *stores::find_preset("usaepay");
}

constexpr std::array<std::string_view, 1> marks = {signature_header};

constexpr std::array<std::string_view, 2> kept = {"Content-Type", signature_header};

constexpr std::string_view where_to_find =
    "in USAePay's merchant console under Settings > Webhooks, in the dialog of the webhook";

headers make_fields(std::string_view, std::string_view, time_point) {
    return {{"Content-Type", "application/json"}};
}

accepted name(const webhook& one) {
    return name_delivery(one.body);
}

constexpr stores::store_hooks hooks = {name, make_fields, explain};

std::shared_ptr<const provider> make_engine(settings chosen) {
    auto made = stores::plain_settings("usaepay", &file(), chosen.unsigned_ok);
    made.hooks = &hooks;
    made.secret_key = "signature_key";
    if (chosen.signature_keys.empty())
        made.proof_of_sender.how = stores::proof::basic;
    made.proof_of_sender.given = std::move(chosen.signature_keys);
    made.basic_user = std::move(chosen.basic_user);
    made.basic_passwords = std::move(chosen.basic_passwords);
    return std::make_shared<const stores::configured_store>(std::move(made));
}

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

std::vector<sample> samples() {
    return stores::samples_of(file(), [](const auto& one) { return "usaepay." + one.event; });
}

sample probe(std::string_view mark, std::size_t padding) {
    const std::string id(mark);
    return {
        "shopbell_probe", "usaepay.shopbell_probe",
        R"({"type":"event","event_type":"shopbell_probe","event_body":{"object":{"type":"probe","key":")" +
            id + R"("},"probe":)" + probe_object(mark, padding) + R"(},"event_id":")" + id + "\"}\r\n",
        "/event_id"};
}

dialect::dialect(settings chosen) : preset_provider(make_engine(std::move(chosen))) {}

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
