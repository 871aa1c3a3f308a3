#include <shopbell/stores/ejunkie.hpp>

#include "ejunkie_parts.hpp"
#include <shopbell/stores/webhook_parts.hpp>

#include <shopbell/core/text.hpp>
#include <shopbell/stores/ejunkie_documents.hpp>
#include <shopbell/stores/preset.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace shopbell {
namespace {

using ejunkie::form_type;
using ejunkie::handshake_field;

constexpr std::array<std::string_view, 1> kept_fields = {"Content-Type"};

/// Compared where none was sent, for the time that it takes.
constexpr std::string_view no_handshake = "--------------------------------";

bool same_text(std::string_view a, std::string_view b) {
    return trim(a) == trim(b);
}
bool same_word(std::string_view a, std::string_view b) {
    return iequals(trim(a), trim(b));
}
/// 199 and 199.00 are one amount.
bool same_amount(std::string_view a, std::string_view b) {
    const auto first = decimal::parse(trim(a));
    const auto second = decimal::parse(trim(b));
    return first && second ? *first == *second : same_text(a, b);
}

/// Fields that decide what a request means; two values would let each reader see another order.
struct decisive_field {
    std::string_view name;
    form_scan::comparison same;
};
constexpr decisive_field decisive_fields[] = {
    {"txn_id", same_text}, {"mc_gross", same_amount}, {"payment_status", same_word}};

bool is_handshake(std::string_view text) noexcept {
    constexpr std::size_t md5_digits = 32;
    return text.size() == md5_digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool cannot_be_a_form(std::string_view content_type) {
    const auto media_type = to_lower(trim(content_type.substr(0, content_type.find(';'))));
    return media_type.starts_with("multipart/") || media_type == "application/json" ||
           media_type.ends_with("+json");
}

std::optional<refusal> refuse_other_media(const headers& fields) {
    if (!ejunkie::says_other_media(fields))
        return std::nullopt;
    return refusal{400, "the Content-Type is not that of an E-junkie form (" + std::string(form_type) + ")"};
}

std::string_view why_wrong(const std::optional<std::string>& sent) {
    if (!sent)
        return "the body has no handshake field";
    return sent->empty() ? "the handshake field is empty" : "the handshake is not the one configured";
}

std::optional<refusal> refuse_contradictions(const form_scan& body) {
    for (const auto& [name, same] : decisive_fields) {
        if (body.contradicts_itself(name, same))
            return refusal{400, "the field " + std::string(name) + " is repeated with different values"};
    }
    return std::nullopt;
}

/// A field's value without the space around it; empty where there is none.
std::string value_in(const form_scan& body, std::string_view name) {
    return std::string(trim(body.first(name).value_or("")));
}

/// The last digits of an id: most processors count upwards there.
std::uint64_t last_number(std::string_view id) {
    constexpr std::string_view digits = "0123456789";
    constexpr std::size_t most_digits = 18;
    const auto end = id.find_last_of(digits);
    if (end == std::string_view::npos)
        return 0;
    id = id.substr(0, end + 1);
    const auto before = id.find_last_not_of(digits);
    id.remove_prefix(before == std::string_view::npos ? 0 : before + 1);
    if (id.size() > most_digits)
        id.remove_prefix(id.size() - most_digits);
    std::uint64_t number = 0;
    std::from_chars(id.data(), id.data() + id.size(), number);
    return number;
}

struct transaction {
    std::string_view field;  ///< which of the ids it is
    std::string id;          ///< empty: none is there
};

transaction transaction_of(const form_scan& body) {
    for (const std::string_view name : {"txn_id", "ej_txn_id", "invoice"}) {
        if (auto id = value_in(body, name); !id.empty())
            return {name, std::move(id)};
    }
    return {};
}

/// Pending, completed and refunded of one transaction are three events.
void identify_by(const transaction& which, const form_scan& body, accepted& named) {
    const auto client = value_in(body, "client_id");
    auto position = value_in(body, "item_cart_position");
    if (position.empty())
        position = "order";
    auto status = to_lower(value_in(body, "payment_status"));
    if (status.empty())
        status = "completed";
    const bool is_cash = iequals(value_in(body, "txn_type"), "cash");
    named.identity = join_identity({client, which.field, which.id, position, status, is_cash ? "cash" : ""});
    named.former_identity = join_identity({client, which.field, which.id, position});
}

/// The value as a CloudEvents attribute can carry it: short and without control characters, else left out.
std::string attribute_of(const form_scan& body, std::string_view value) {
    constexpr std::size_t longest = 256;
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (value.size() > longest || std::ranges::any_of(value, is_control))
        return {};
    return ejunkie::read_text(value, value_in(body, "charset"));
}

accepted identify(const webhook& one, const form_scan& body) {
    const auto which = transaction_of(body);
    accepted taken;
    taken.store = attribute_of(body, value_in(body, "client_id"));
    if (which.id.empty()) {
        const auto mark = attribute_of(body, value_in(body, ejunkie::probe_field));
        taken.type = mark.empty() ? "ejunkie.unparsed" : "ejunkie.shopbell_probe";
        if (!mark.empty())
            taken.subject = "probe/" + mark;
        taken.identity = one.body;
        return taken;
    }
    taken.type = ejunkie::event_type(value_in(body, "payment_status"), value_in(body, "txn_type"));
    if (const auto id = attribute_of(body, which.id); !id.empty())
        taken.subject = "order/" + id;
    identify_by(which, body, taken);
    taken.locality = last_number(which.id);
    return taken;
}

class ejunkie_provider final : public provider {
public:
    ejunkie_provider(secrets handshakes, bool auth_none)
        : handshakes_(std::move(handshakes)), auth_none_(auth_none) {}

    [[nodiscard]] likely_cause diagnose(const webhook& refused) const override {
        return ejunkie::diagnose_handshake(handshakes_, refused);
    }
    [[nodiscard]] bool demands_proof() const noexcept override { return !auth_none_; }
    [[nodiscard]] std::string verified_by() const override { return auth_none_ ? "" : "handshake"; }
    [[nodiscard]] bool holds_secret(std::string_view text) const noexcept override {
        return any_within(handshakes_, text);
    }

private:
    [[nodiscard]] signed_webhook make_signed(std::string_view event, std::string body, signing how,
                                             time_point happened) const override;
    [[nodiscard]] std::optional<refusal> screen_fields(const headers& fields) const override {
        return refuse_other_media(fields);
    }
    [[nodiscard]] verdict examine(const webhook& one) const override;
    [[nodiscard]] std::optional<refusal> authenticate(const webhook& one, const form_scan& body) const;
    [[nodiscard]] std::optional<refusal> check_handshake(const form_scan& body) const;

    const secrets handshakes_;
    const bool auth_none_;
};

signed_webhook ejunkie_provider::make_signed(std::string_view, std::string body, signing how,
                                             time_point) const {
    signed_webhook made;
    made.fields.push_back({"Content-Type", std::string(form_type)});
    made.body = std::move(body);
    if (handshakes_.empty())
        return made;
    std::string handshake(handshakes_.front().reveal());
    if (how == signing::broken)
        handshake = with_one_wrong_character(std::move(handshake));
    made.body = with_form_field(made.body, handshake_field, handshake);
    return made;
}

verdict ejunkie_provider::examine(const webhook& one) const {
    const form_scan body(one.body);
    if (auto refused = authenticate(one, body))
        return *std::move(refused);
    return identify(one, body);
}

std::optional<refusal> ejunkie_provider::authenticate(const webhook& one, const form_scan& body) const {
    if (auto refused = refuse_other_media(one.fields))
        return refused;
    if (!auth_none_) {
        if (auto refused = check_handshake(body))
            return refused;
    }
    return refuse_contradictions(body);
}

std::optional<refusal> ejunkie_provider::check_handshake(const form_scan& body) const {
    const auto sent = body.first(handshake_field);
    const std::string_view text = sent && !sent->empty() ? std::string_view(*sent) : no_handshake;
    const bool repeated = body.contradicts_itself(handshake_field);
    const bool right = any_equals(handshakes_, text);
    if (repeated)
        return refusal{400, "the handshake field is repeated with different values"};
    if (!right)
        return refusal{401, std::string(why_wrong(sent))};
    return std::nullopt;
}

std::unique_ptr<const provider> make_ejunkie(config::reader& keys, bool auth_none) {
    const bool given = keys.has_secret(handshake_field);
    auto handshakes = keys.secret(handshake_field, config::secret_kind::token);
    if (auth_none && given)
        keys.error(handshake_field,
                   "auth = \"none\" and handshake contradict each other: remove one of them");
    if (!auth_none && !given)
        keys.error(
            handshake_field,
            "handshake is missing: give handshake_file (make its content with: shopbell handshake --email "
            "ADDRESS), or say auth = \"none\"");
    const auto is_wrong = [](const secret& one) { return !is_handshake(one.reveal()); };
    if (std::ranges::any_of(handshakes, is_wrong))
        keys.error(
            handshake_field,
            "handshake is not 32 lower-case hexadecimal digits: make it with: shopbell handshake --email "
            "ADDRESS");
    return std::make_unique<ejunkie_provider>(std::move(handshakes), auth_none);
}

std::string blank_handshake(std::string body) {
    return with_blank_form_field(body, handshake_field);
}

/// The first stands for all: more than one is let in only where they are the same.
std::string handshake_in(std::string_view body) {
    return form_scan(body).first(handshake_field).value_or("");
}

}  // namespace

bool ejunkie::says_other_media(const headers& fields) {
    return std::ranges::any_of(fields, [](const header& one) {
        return iequals(one.name, "Content-Type") && cannot_be_a_form(one.value);
    });
}

std::vector<sample> ejunkie::samples() {
    return stores::samples_of(*stores::find_preset("ejunkie"), [](const auto& one) {
        const form_scan body(one.body);
        return event_type(value_in(body, "payment_status"), value_in(body, "txn_type"));
    });
}

sample ejunkie::probe(std::string_view mark, std::size_t padding) {
    const std::string field(probe_field);
    // Spellings of space, plus and letters that somebody who takes a form apart and puts it together again
    // would make alike, and a field without a value.
    return {"shopbell_probe", "ejunkie.shopbell_probe",
            field + "=" + std::string(mark) +
                "&note=sent+by%20shopbell+doctor%3B%20it+tells%20of%20nothing&escaped=%c3%a9%C3%A9%2b%61&"
                "empty=&bare&"
                "padding=" +
                std::string(padding, 'x'),
            "/" + field};
}

const provider_entry& ejunkie_entry() noexcept {
    static const provider_entry entry{
        "ejunkie",         make_ejunkie,    ejunkie::describe, kept_fields, ejunkie::samples,
        ejunkie::probe,    blank_handshake, handshake_in,      0,           {},
        ejunkie::read_sale};
    return entry;
}

}  // namespace shopbell
