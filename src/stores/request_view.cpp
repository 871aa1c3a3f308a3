#include "request_view.hpp"

#include "multipart.hpp"

#include <shopbell/core/text.hpp>
#include <shopbell/crypto/encoding.hpp>
#include <shopbell/crypto/hmac_keys.hpp>
#include <shopbell/stores/store_json.hpp>

#include <algorithm>
#include <utility>

namespace shopbell::stores {

namespace {

constexpr std::string_view content_type = "Content-Type";
constexpr std::string_view multipart_type = "multipart/form-data";

found_value one(std::string_view text) noexcept {
    return {found_value::outcome::one, text};
}

std::string_view media_type(std::string_view header) noexcept {
    return trim(header.substr(0, header.find(';')));
}

bool begins_like_json(std::string_view body) noexcept {
    const auto text = trim(body);
    return text.starts_with('{') || text.starts_with('[');
}

}  // namespace

bool is_form_type(std::string_view header) {
    const auto type = media_type(header);
    return iequals(type, "application/x-www-form-urlencoded") || iequals(type, multipart_type);
}

request_view::request_view(const webhook& sent, const view_settings& of) : sent_(sent), settings_(of) {}

found_value request_view::find(const source& from) const {
    switch (from.where) {
        case place::header:
        case place::header_group:
            return find_header(from.name);
        case place::json:
            return find_json(element(), from.name);
        case place::member:
            if (is_form())
                return find_field(fields(), std::string_view(from.name).substr(from.name.empty() ? 0 : 1));
            return find_json(order_root_, from.name);
        case place::form:
            return find_field(fields(), from.name);
        case place::query:
            return find_field(query(), from.name);
        case place::entry:
            return find_entry(from.name);
        case place::entry_number:
            return from.number <= entries_.size() ? one(entries_[from.number - 1]) : found_value();
        case place::body:
            return one(sent_.body);
        case place::url:
            return one(settings_.public_url);
        case place::method:
            return one(sent_.method);
        case place::timestamp:
            return timestamp_ ? one(*timestamp_) : found_value();
        case place::secret:
            return secret_ ? one(*secret_) : found_value();
        case place::form_fields: {
            if (!is_form())
                return {};
            auto sorted = fields().fields();
            std::ranges::stable_sort(sorted, {}, &form_field::name);
            std::string text;
            for (const auto& field : sorted)
                text.append(field.name).append(field.value);
            return one(keep(joined_fields_, std::move(text)));
        }
        case place::sha256:
            if (sha256_.empty())
                sha256_ = hex_encode(as_text(shopbell::sha256(sent_.body)));
            return one(sha256_);
        case place::user:
            return one(settings_.user);
        case place::mac:
            return find_mac(from);
    }
    return {};
}

const json::value* request_view::json_at(const source& from) const {
    const auto* const under = from.where == place::member ? order_root_
                              : from.where == place::json ? element()
                                                          : nullptr;
    return under == nullptr ? nullptr : under->at(from.name);
}

std::string_view request_view::keep(std::string& in, std::string text) const {
    return in = std::move(text);
}

found_value request_view::find_header(std::string_view name) const {
    found_value found;
    for (const auto& field : sent_.fields) {
        if (!iequals(field.name, name))
            continue;
        if (found.is_one())
            return {found_value::outcome::repeated};
        found = one(trim(field.value));
    }
    return found.text.empty() ? found_value() : found;
}

std::vector<std::string_view> request_view::header_group(std::string_view prefix) const {
    std::vector<std::string_view> all;
    for (const auto& field : sent_.fields) {
        if (iequals(std::string_view(field.name).substr(0, prefix.size()), prefix))
            all.push_back(trim(field.value));
    }
    return all;
}

found_value request_view::find_json(const json::value* under, std::string_view pointer) const {
    const auto* const value = under == nullptr ? nullptr : under->at(pointer);
    if (value == nullptr || value->is_null() || value->is_object() || value->is_array())
        return {};
    return one(value->text());
}

found_value request_view::find_field(const form& in, std::string_view name) {
    found_value found;
    for (const auto& field : in.fields()) {
        if (field.name != name)
            continue;
        if (found.is_one())
            return {found_value::outcome::repeated};
        found = one(field.value);
    }
    return found;
}

found_value request_view::find_entry(std::string_view key) const {
    found_value found;
    for (const auto entry : entries_) {
        const auto equals = entry.find('=');
        if (equals == std::string_view::npos || entry.substr(0, equals) != key)
            continue;
        if (found.is_one())
            return {found_value::outcome::repeated};
        found = one(entry.substr(equals + 1));
    }
    return found;
}

found_value request_view::find_mac(const source& from) const {
    const auto value = find(*from.inner);
    if (!value.is_one() || mac_key_.empty())
        return {};
    secrets key;
    key.emplace_back(std::string(mac_key_));
    const auto mac = hmac_keys(key, from.by).mac(0, value.text);
    return one(keep(mac_, std::string(mac.text())));
}

bool request_view::is_form() const {
    if (!is_form_) {
        const auto type = value_of(sent_.fields, content_type);
        // Where no key looks for a field, the type may be a client's default over JSON.
        is_form_ = settings_.expects_form ? is_form_type(type) || trim(type).empty()
                                          : is_form_type(type) && !begins_like_json(sent_.body);
    }
    return *is_form_;
}

const json::value* request_view::root() const {
    if (is_form())
        return nullptr;
    if (!document_)
        document_ = outline_body(sent_.body, settings_.json_levels);
    return *document_ ? &(*document_)->root() : nullptr;
}

const form& request_view::fields() const {
    if (fields_)
        return *fields_;
    fields_.emplace();
    if (!is_form())
        return *fields_;
    const auto type = value_of(sent_.fields, content_type);
    if (!iequals(media_type(type), multipart_type)) {
        fields_ = form::parse(sent_.body);
    } else if (auto parts = parse_multipart(sent_.body, type)) {
        fields_ = *std::move(parts);
    } else {
        form_is_malformed_ = true;
    }
    return *fields_;
}

bool request_view::readable_form() const {
    (void)fields();
    return !form_is_malformed_;
}

const form& request_view::query() const {
    if (!query_)
        query_ = form::parse(sent_.query);
    return *query_;
}

}  // namespace shopbell::stores
