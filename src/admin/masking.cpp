#include "masking.hpp"

#include <shopbell/core/text.hpp>
#include <shopbell/stores/form.hpp>

#include <algorithm>
#include <array>
#include <span>

namespace shopbell {

namespace {

constexpr std::string_view mask = "\u2022";
constexpr std::string_view mask_in_json = "\"\u2022\"";
constexpr std::string_view mask_in_form = "%E2%80%A2";
/// Of shorter values only the whole is looked for: "Ana" stands in many words.
constexpr std::size_t shortest_part = 4;

/// Members whose names, without marks and case, end so are personal wherever they stand.
constexpr std::array<std::string_view, 17> personal_endings = {
    "email",    "mail",       "phone",     "phonenumber", "mobile",     "firstname",
    "lastname", "fullname",   "surname",   "nickname",    "street",     "address1",
    "address2", "cardholder", "ipaddress", "licensekey",  "licensekeys"};
/// Members of exactly these names as well.
constexpr std::array<std::string_view, 16> personal_names = {
    "ip",          "browserip",    "clientip",     "custom",       "fax", "address",
    "addressname", "businessname", "company",      "taxid",        "vat", "latitude",
    "longitude",   "licencekeys",  "streetnumber", "invoicecustom"};
/// Members that are, or hold, a person: there a name is a person's.
constexpr std::array<std::string_view, 13> persons = {
    "customer", "buyer",    "payer",          "contact",         "recipient", "user",      "person",
    "billing",  "shipping", "billingaddress", "shippingaddress", "client",    "subscriber"};

/// A member's name in lower case, without what separates its words.
std::string plain_name(std::string_view name) {
    std::string plain;
    for (const char c : to_lower(name)) {
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            plain += c;
    }
    return plain;
}

bool is_one_of(std::string_view word, std::span<const std::string_view> all) {
    return std::ranges::find(all, word) != all.end();
}

bool names_personal_data(std::string_view member, bool of_person) {
    const auto name = plain_name(member);
    return (of_person && name == "name") || is_one_of(name, personal_names) ||
           std::ranges::any_of(personal_endings, [&](auto ending) { return name.ends_with(ending); });
}

/// Whether a personal name covers all that is in the value. Of an address it does not: there the members
/// tell.
bool covers(std::string_view member, const json::value& value) {
    return !value.is_object() || plain_name(member) == "custom";
}

bool names_person(std::string_view member) {
    return is_one_of(plain_name(member), persons);
}

bool is_address_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == '+' || c == '%' || static_cast<unsigned char>(c) >= 0x80;
}

/// Where an e-mail address begins and ends, from `from` on; npos where there is none.
std::pair<std::size_t, std::size_t> find_address(std::string_view text, std::size_t from) {
    for (auto at = text.find('@', from); at != std::string_view::npos; at = text.find('@', at + 1)) {
        auto begin = at;
        auto end = at + 1;
        while (begin > from && is_address_character(text[begin - 1]))
            --begin;
        while (end < text.size() && is_address_character(text[end]))
            ++end;
        if (begin < at && text.substr(at, end - at).find('.') != std::string_view::npos)
            return {begin, end};
    }
    return {std::string_view::npos, std::string_view::npos};
}

bool holds_address(std::string_view text) {
    return find_address(text, 0).first != std::string_view::npos;
}

/// As UTF-8: what is none is taken for Latin-1.
std::string readable(std::string text) {
    if (is_utf8(text))
        return text;
    std::string wide;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            wide += c;
        } else {
            wide += static_cast<char>(0xC0 | (byte >> 6));
            wide += static_cast<char>(0x80 | (byte & 0x3F));
        }
    }
    return wide;
}

masked_text nothing_shown(std::string_view body) {
    if (body.empty())
        return {};
    return {std::string(mask), 1};
}

}  // namespace

personal_data::personal_data(const event& content) : content_(content) {
    if (const auto document = json::document::parse(content.document)) {
        if (const auto* const data = document->root().find("data"))
            collect(*data, "", false);
    }
}

void personal_data::remember(std::string_view text) {
    auto value = to_lower(trim(text));
    if (value.size() > 1)
        values_.insert(std::move(value));
}

void personal_data::collect_leaves(const json::value& value) {
    if (value.is_string() || value.is_number())
        remember(value.text());
    for (const auto& element : value.elements())
        collect_leaves(element);
    for (const auto& [name, content] : value.members())
        collect_leaves(content);
}

void personal_data::collect(const json::value& value, std::string_view name, bool of_person) {
    const bool by_name = names_personal_data(name, of_person);
    if (by_name && covers(name, value))
        return collect_leaves(value);
    const bool person = of_person || by_name || names_person(name);
    for (const auto& element : value.elements())
        collect(element, name, of_person);
    for (const auto& [member, content] : value.members())
        collect(content, member, person);
}

bool personal_data::is_personal(std::string_view text) const {
    const auto value = to_lower(trim(text));
    if (value.empty())
        return false;
    if (values_.contains(value) || holds_address(text))
        return true;
    return std::ranges::any_of(values_, [&](const std::string& known) {
        return known.size() >= shortest_part && value.find(known) != std::string::npos;
    });
}

/// The raw texts of all values that are to be masked, in their order.
void personal_data::find(const json::value& value, std::string_view name, bool of_person,
                         std::vector<std::string_view>& into) const {
    const bool by_name = names_personal_data(name, of_person) && covers(name, value);
    const bool has_text = (value.is_string() && !value.text().empty()) || value.is_number();
    const bool known = value.is_string() || value.text().size() >= shortest_part;
    if (has_text && (by_name || (known && is_personal(value.text()))))
        into.push_back(value.raw());
    const bool person = of_person || names_person(name) || names_personal_data(name, of_person);
    for (const auto& element : value.elements())
        find(element, name, of_person, into);
    for (const auto& [member, content] : value.members())
        find(content, by_name ? name : member, person, into);
}

masked_text personal_data::mask_json(const json::value& root, const json::value& from) const {
    std::vector<std::string_view> personal;
    find(from, "", false, personal);
    masked_text made;
    made.masked = personal.size();
    const auto whole = root.raw();
    const char* done = whole.data();
    for (const auto raw : personal) {
        made.text.append(done, raw.data());
        made.text += mask_in_json;
        done = raw.data() + raw.size();
    }
    made.text.append(done, whole.data() + whole.size());
    return made;
}

masked_text personal_data::mask_document() const {
    const auto document = json::document::parse(content_.document);
    if (!document)
        return nothing_shown(content_.document);
    const auto* const data = document->root().find("data");
    auto made = mask_json(document->root(), data == nullptr ? document->root() : *data);
    const auto subject = mask_subject(content_.subject);
    if (subject == content_.subject)
        return made;
    const auto quoted = json::document::parse(made.text);
    const auto* const shown = quoted ? quoted->root().find("subject") : nullptr;
    if (shown == nullptr)
        return nothing_shown(content_.document);
    const auto offset = static_cast<std::size_t>(shown->raw().data() - quoted->root().raw().data());
    made.text.replace(offset, shown->raw().size(), mask_in_json);
    ++made.masked;
    return made;
}

masked_text personal_data::mask_form(std::string_view body) const {
    masked_text made;
    while (!body.empty()) {
        const auto end = std::min(body.find('&'), body.size());
        const auto field = body.substr(0, end);
        const auto equals = std::min(field.find('='), field.size());
        const auto parsed = form::parse(field);
        bool personal = false;
        for (const auto& [name, value] : parsed.fields())
            personal =
                !trim(value).empty() && (names_personal_data(name, false) || is_personal(readable(value)));
        made.text += personal ? field.substr(0, std::min(equals + 1, field.size())) : field;
        if (personal) {
            made.text += mask_in_form;
            ++made.masked;
        }
        made.text += body.substr(end, 1);
        body.remove_prefix(std::min(end + 1, body.size()));
    }
    return made;
}

masked_text personal_data::mask_original(std::string_view body) const {
    if (const auto document = json::document::parse(body))
        return mask_json(document->root(), document->root());
    const auto type = to_lower(value_of(content_.original_headers, "Content-Type"));
    const bool is_form = type.find("x-www-form-urlencoded") != std::string::npos;
    return is_form ? mask_form(body) : nothing_shown(body);
}

masked_text personal_data::mask_text(std::string_view text) const {
    masked_text made;
    for (std::size_t at = 0; at < text.size();) {
        const auto lower = to_lower(text.substr(at));
        auto begin = std::string::npos;
        std::size_t size = 0;
        const auto note = [&](std::size_t where, std::size_t length) {
            if (where < begin || (where == begin && length > size)) {
                begin = where;
                size = length;
            }
        };
        for (const auto& known : values_) {
            if (known.size() < shortest_part)
                continue;
            if (const auto found = lower.find(known); found != std::string::npos)
                note(found, known.size());
        }
        if (const auto [from, to] = find_address(text.substr(at), 0); from != std::string_view::npos)
            note(from, to - from);
        if (begin == std::string::npos) {
            made.text += text.substr(at);
            break;
        }
        made.text += text.substr(at, begin);
        made.text += mask;
        ++made.masked;
        at += begin + size;
    }
    return made;
}

std::string mask_subject(const std::string& subject) {
    return subject.find('@') == std::string::npos ? subject : std::string(mask);
}

}  // namespace shopbell
