#include "configured_store.hpp"

#include "wording.hpp"

#include <shopbell/core/text.hpp>
#include <shopbell/core/uuid.hpp>
#include <shopbell/crypto/encoding.hpp>
#include <shopbell/stores/webhook_parts.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <utility>

namespace shopbell::stores {

namespace {

constexpr std::size_t most_elements = 1000;
constexpr std::size_t longest_event = 200;
constexpr std::size_t longest_subject = 256;

/// Types that Shopbell gives itself; a request must not be able to claim one.
constexpr std::string_view reserved_events[] = {"unparsed", "unknown"};

bool is_fit_for_subject(std::string_view text) noexcept {
    return !text.empty() && text.size() <= longest_subject && std::ranges::none_of(text, is_control) &&
           is_utf8(text);
}

secret first_key(const scheme& configured) {
    if (configured.how != proof::mac || configured.given.empty())
        return secret(configured.given.empty() ? std::string()
                                               : std::string(configured.given.front().reveal()));
    for (const auto form : configured.key_encodings) {
        if (auto key = derive_key(configured.given.front().reveal(), form, configured.key_prefix))
            return *std::move(key);
    }
    return secret({});
}

/// Whether what tells deliveries apart is a header or a parameter of the URL that is not signed itself.
bool has_unsigned_id(const store_settings& of) {
    const auto is_signed = [&of](const source& one) {
        return std::ranges::all_of(of.proof_of_sender.texts, [&one](const text_template& text) {
            return std::ranges::any_of(text.sources(), [&one](const source* from) {
                return from->where == one.where && iequals(from->name, one.name);
            });
        });
    };
    return std::ranges::any_of(of.id, [&](const text_template& id) {
        return std::ranges::any_of(id.sources(), [&](const source* from) {
            return (from->where == place::header || from->where == place::query) && !is_signed(*from);
        });
    });
}

failure unauthorized(std::string reason) {
    return {errc::unauthorized, std::move(reason)};
}

refusal refuse(finding why) {
    return {why.is == finding::outcome::unreadable ? 400U : 401U, std::move(why.reason)};
}

}  // namespace

result<secret> read_basic(const headers& fields) {
    const auto value = single_value(fields, "Authorization");
    if (!value)
        return value.error();
    const auto space = std::min(value->find(' '), value->size());
    if (!iequals(value->substr(0, space), "Basic"))
        return unauthorized("the Authorization header is not of the scheme Basic");
    auto credentials = base64_decode(trim(value->substr(space)));
    if (!credentials || credentials->find(':') == std::string::npos)
        return unauthorized("the Authorization header does not hold user:password in base64");
    return secret(*std::move(credentials));
}

std::string plain_event_name(std::string_view sent) {
    std::string name = to_lower(trim(sent));
    for (auto& c : name) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
        if (c == '/' || c == ':')
            c = '.';
        else if (!is_plain)
            c = '_';
    }
    const bool is_reserved =
        std::ranges::find(reserved_events, std::string_view(name)) != std::end(reserved_events);
    return name.size() > longest_event || is_reserved ? std::string() : name;
}

configured_store::configured_store(store_settings settings)
    : settings_(std::move(settings)),
      verifier_(settings_.proof_of_sender),
      reader_(std::make_shared<const configured_reader>(settings_.reading)),
      methods_(settings_.methods.begin(), settings_.methods.end()),
      mac_key_(first_key(settings_.proof_of_sender)),
      has_unsigned_id_(has_unsigned_id(settings_)) {}

std::string configured_store::verified_by() const {
    if (settings_.unsigned_ok)
        return {};
    std::string keys;
    const auto how = settings_.proof_of_sender.how;
    if (how != proof::basic)
        keys = how == proof::public_key ? "public_key" : settings_.secret_key;
    if (!settings_.basic_passwords.empty())
        keys.append(keys.empty() ? "" : ", ").append("basic_password");
    return keys;
}

bool configured_store::holds_secret(std::string_view text) const noexcept {
    return any_within(settings_.proof_of_sender.given, text) || any_within(settings_.basic_passwords, text) ||
           any_within(settings_.verify_tokens, text);
}

verdict configured_store::examine(const webhook& one) const {
    request_view from(one, reader_->settings().view);
    from.set_mac_key(mac_key_.reveal());
    if (auto answer = answer_probe(settings_.unsigned_requests, from, false))
        return *std::move(answer);
    if (one.method != "POST" && settings_.challenges.empty())
        return refusal{401, "a " + std::string(one.method) + " that is no probe of the store's"};
    if (auto refused = authenticate(from))
        return *std::move(refused);
    if (auto answer = answer_probe(settings_.challenges, from, true))
        return *std::move(answer);
    if (one.method != "POST")
        return refusal{401, "a " + std::string(one.method) + " that is no probe of the store's"};
    return name_delivery(from);
}

std::optional<refusal> configured_store::authenticate(request_view& from) const {
    using outcome = finding::outcome;
    if (settings_.unsigned_ok)
        return std::nullopt;
    if (!wants_basic() && !wants_signature())
        return refusal{401, "the endpoint has no credentials"};
    // Always both: neither the answer nor its time tells which of them was wrong.
    auto by_signature = wants_signature() ? check_signature(from) : finding{outcome::genuine};
    auto by_basic = wants_basic() ? check_basic(from.sent().fields) : finding{outcome::genuine};
    if (by_signature.is == outcome::genuine && by_basic.is == outcome::genuine)
        return std::nullopt;
    if (by_signature.is == outcome::wrong && by_basic.is == outcome::wrong)
        return refusal{401, "neither the signature nor the HTTP Basic credentials are right"};
    const bool can_be_read = by_signature.is == outcome::genuine || by_signature.is == outcome::wrong;
    const bool tells_basic =
        by_signature.is == outcome::genuine || (can_be_read && by_basic.is == outcome::missing);
    return refuse(std::move(tells_basic ? by_basic : by_signature));
}

bool configured_store::signs_elements() const noexcept {
    return settings_.reading.items && settings_.proof_of_sender.signature.where == place::json;
}

finding configured_store::check_signature(request_view& from) const {
    if (!signs_elements())
        return verifier_.check(from);
    const auto elements = elements_of(from);
    if (elements.empty())
        return verifier_.check(from);
    for (const auto* element : elements) {
        request_view part(from.sent(), reader_->settings().view);
        part.set_element(*element);
        if (auto found = verifier_.check(part); found.is != finding::outcome::genuine)
            return found;
    }
    return {finding::outcome::genuine};
}

finding configured_store::check_basic(const headers& fields) const {
    const auto given = read_basic(fields);
    const auto& credentials = given ? *given : secret(":");
    const auto text = credentials.reveal();
    const auto colon = text.find(':');
    const bool user_fits = equal_in_constant_time(settings_.basic_user, text.substr(0, colon));
    const bool password_fits = any_equals(settings_.basic_passwords, text.substr(colon + 1));
    if (!given)
        return {finding::outcome::missing, given.error().reason};
    if (!user_fits || !password_fits)
        return {finding::outcome::wrong, "HTTP Basic: wrong user or password"};
    return {finding::outcome::genuine};
}

std::optional<reply> configured_store::answer_probe(const std::vector<probe_answer>& all, request_view& from,
                                                    bool proven) const {
    for (const auto& one : all) {
        const auto asked = one.when.method().empty() ? std::string_view("POST") : one.when.method();
        if (from.sent().method != asked || !one.when.holds(from, settings_.verify_tokens))
            continue;
        if (auto answer = one.answer.fill(from, proven))
            return answer;
    }
    return std::nullopt;
}

std::vector<const json::value*> configured_store::elements_of(const request_view& from) const {
    const auto& items = settings_.reading.items;
    const auto* const root = from.root();
    if (!items || root == nullptr)
        return {};
    std::vector<const json::value*> all;
    for (const auto* array : find_all(*root, *items)) {
        for (const auto& element : array->elements())
            all.push_back(&element);
    }
    return all;
}

verdict configured_store::name_delivery(request_view& from) const {
    if (settings_.hooks != nullptr) {
        auto named = settings_.hooks->name(from.sent());
        if (auto refused = check_store(named.store))
            return *std::move(refused);
        return named;
    }
    const auto elements = elements_of(from);
    if (elements.empty() || elements.size() > most_elements) {
        auto named = name_event(from, std::nullopt);
        if (auto* const refused = std::get_if<refusal>(&named))
            return std::move(*refused);
        return std::get<accepted>(std::move(named));
    }
    batch all;
    all.parts.reserve(elements.size());
    for (std::size_t i = 0; i < elements.size(); ++i) {
        from.set_element(*elements[i]);
        auto named = name_event(from, i);
        if (auto* const refused = std::get_if<refusal>(&named))
            return std::move(*refused);
        all.parts.push_back({std::get<accepted>(std::move(named)), std::string(elements[i]->raw())});
    }
    if (elements.size() > 1)
        return all;
    // What came is kept whole where that is the same event.
    return std::move(all.parts.front().what);
}

std::string configured_store::query_without_proof(std::string_view query) const {
    const auto& signature = settings_.proof_of_sender.signature;
    if (signature.where != place::query)
        return std::string(query);
    return with_blank_form_field(query, signature.name);
}

std::variant<accepted, refusal> configured_store::name_event(request_view& from,
                                                             std::optional<std::size_t> place) const {
    accepted named;
    named.store = store_of(from);
    if (auto refused = check_store(named.store))
        return *std::move(refused);
    if (auto refused = check_match(from))
        return *std::move(refused);
    const auto& provider_name = settings_.reading.provider;
    named.identity = identity_of(from, place);
    if (has_unsigned_id_ && !place)
        named.signed_content = from.signed_content();
    if (!from.is_readable()) {
        named.type = provider_name + ".unparsed";
    } else {
        const auto event = event_of(from);
        named.type = provider_name + "." + event;
        named.subject = subject_of(from, event);
    }
    if (settings_.reading.keeps_query)
        named.kept.push_back({std::string(query_field), query_without_proof(from.sent().query)});
    if (settings_.answer) {
        if (auto answer = settings_.answer->fill(from, true))
            named.answer = std::make_shared<const reply>(*std::move(answer));
        else
            named.answer = std::make_shared<const reply>(reply{.status = settings_.answer->status()});
    }
    return named;
}

std::string configured_store::event_of(const request_view& from) const {
    std::string storage;
    for (const auto& one : settings_.event) {
        const auto sent = one.render(from, storage);
        auto name = sent ? plain_event_name(*sent) : std::string();
        if (!name.empty())
            return name;
    }
    return "unknown";
}

std::string configured_store::subject_of(request_view& from, std::string_view event) const {
    std::string subject;
    if (settings_.subject) {
        std::string storage;
        subject = settings_.subject->render(from, storage).value_or("");
    } else if (const auto* const order = reader_->order_for(event);
               order != nullptr && order->enter(from, from.element())) {
        if (const auto id = order->id(from); !id.empty())
            subject = "order/" + id;
    }
    return is_fit_for_subject(subject) ? subject : std::string();
}

std::string configured_store::identity_of(const request_view& from, std::optional<std::size_t> place) const {
    if (settings_.never_repeats) {
        std::array<std::uint8_t, 16> unique{};
        random_bytes().fill(unique);
        return join_identity(
            {"delivery", hex_encode({reinterpret_cast<const char*>(unique.data()), unique.size()})});
    }
    const auto place_text = place ? std::to_string(*place) : std::string();
    std::string storage;
    for (const auto& one : settings_.id) {
        const auto id = one.render(from, storage);
        if (!id || id->empty())
            continue;
        const bool tells_elements_apart = one.uses(place::json) && !one.uses(place::sha256);
        return place && !tells_elements_apart ? join_identity({"id", *id, place_text})
                                              : join_identity({"id", *id});
    }
    return join_identity({"body", from.sent().body, place_text});
}

std::string configured_store::store_of(const request_view& from) const {
    if (!settings_.store_from)
        return {};
    const auto named = from.find(*settings_.store_from);
    return std::string(is_fit_for_subject(named.text) ? named.text : std::string_view());
}

std::optional<refusal> configured_store::check_store(std::string_view store) const {
    // Host names know no case, and a store's code is often one.
    if (settings_.store.empty() || iequals(store, settings_.store))
        return std::nullopt;
    const auto got = store.empty() ? std::string("names no store") : "is for the store " + std::string(store);
    return refusal{403,
                   "genuine, but the delivery " + got + ", and this endpoint takes only " + settings_.store};
}

std::optional<refusal> configured_store::check_match(const request_view& from) const {
    for (const auto& [where, value] : settings_.match) {
        const auto found = from.find(where);
        if (!found.is_one() || found.text != value)
            return refusal{403, "genuine, but " + in_words(where) + " is not what \"match\" demands"};
    }
    return std::nullopt;
}

}  // namespace shopbell::stores
