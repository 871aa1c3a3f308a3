#include "configured_store.hpp"

#include <shopbell/core/json_writer.hpp>
#include <shopbell/core/text.hpp>
#include <shopbell/stores/ejunkie_documents.hpp>
#include <shopbell/stores/webhook_parts.hpp>

#include <algorithm>
#include <utility>

namespace shopbell::stores {

namespace {

bool is_field(const std::vector<source>& all, std::string_view name) {
    return std::ranges::any_of(
        all, [name](const source& one) { return one.where == place::form && one.name == name; });
}

/// A form's fields as an object: a string, or an array of strings where a field is repeated.
std::string form_payload(const form& from, const std::vector<source>& secret_fields) {
    const form_index by_name(from);
    json_writer out;
    out.begin_object();
    for (std::uint32_t i = 0; i < from.fields().size(); ++i) {
        const auto& name = from.fields()[i].name;
        const auto positions = by_name.positions(name);
        if (positions.front() != i || is_field(secret_fields, name))
            continue;
        out.key(name);
        if (positions.size() > 1)
            out.begin_array();
        for (const auto position : positions)
            out.string(from.fields()[position].value);
        if (positions.size() > 1)
            out.end_array();
    }
    return out.end_object().take();
}

/// The JSON with asterisks in the place of what proves a secret.
std::string json_payload(const json::value& element, const std::vector<source>& secret_fields) {
    std::string text(element.raw());
    for (const auto& one : secret_fields) {
        const auto* const value = one.where == place::json ? element.at(one.name) : nullptr;
        if (value == nullptr)
            continue;
        // All of the same length: the places of other values stay where they are.
        const auto at = static_cast<std::size_t>(value->raw().data() - element.raw().data());
        const auto size = value->raw().size();
        text.replace(at, size, size < 2 ? std::string(size, '0') : "\"" + std::string(size - 2, '*') + "\"");
    }
    return on_one_line(text);
}

void replace_all(std::string& text, std::string_view what) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at))
        text.erase(at, what.size());
}

}  // namespace

configured_reader::configured_reader(reading_settings settings)
    : settings_(std::move(settings)),
      whole_(settings_.view),
      keeps_(settings_.keeps.begin(), settings_.keeps.end()) {
    whole_.json_levels = json::document::max_depth;
}

const order_mapping* configured_reader::order_for(std::string_view event) const {
    const auto found =
        std::ranges::find_if(settings_.orders, [event](const auto& one) { return one.is_for(event); });
    return found == settings_.orders.end() ? nullptr : &*found;
}

event_data configured_reader::describe(const stored_webhook& one) const {
    const webhook sent{one.fields, one.body, "POST", value_of(one.fields, query_field)};
    request_view from(sent, whole_);
    if (from.is_form() && from.is_readable())
        return describe_form(one, from);
    if (from.root() != nullptr)
        return describe_json(one, from);
    event_data data;
    data.payload = as_json_string(one.body);
    if (one.body.empty())
        return data;
    data.problem = from.is_form() ? "the body cannot be read: it is no multipart/form-data"
                                  : "the body cannot be read: it is no JSON";
    return data;
}

event_data configured_reader::describe_form(const stored_webhook& one, request_view& from) const {
    event_data data;
    field_problems problems;
    auto fields = ejunkie::read_text(from.fields(), problems);
    data.payload = form_payload(fields, settings_.secret_fields);
    from.set_fields(std::move(fields));
    add_order(one, from, nullptr, problems, data);
    data.problem = problems.text();
    return data;
}

event_data configured_reader::describe_json(const stored_webhook& one, request_view& from) const {
    event_data data;
    field_problems problems;
    const auto* element = from.root();
    // A batch of one is kept whole, and of a larger one each event keeps its own part.
    if (settings_.items) {
        const auto arrays = find_all(*element, *settings_.items);
        const auto* const array = arrays.size() == 1 && arrays.front()->is_array() ? arrays.front() : nullptr;
        if (array != nullptr && array->elements().size() == 1)
            element = &array->elements().front();
    }
    from.set_element(*element);
    data.payload = json_payload(*element, settings_.secret_fields);
    add_order(one, from, element, problems, data);
    data.problem = problems.text();
    return data;
}

void configured_reader::add_order(const stored_webhook& one, request_view& from, const json::value* element,
                                  field_problems& problems, event_data& data) const {
    auto event = one.type;
    if (event.starts_with(settings_.provider) && event.size() > settings_.provider.size())
        event.remove_prefix(settings_.provider.size() + 1);
    const auto* const mapping = order_for(event);
    if (mapping == nullptr || !mapping->enter(from, element))
        return;
    json_writer out;
    write_json(out, mapping->fill(from, problems));
    data.order = out.take();
}

std::string configured_reader::blank(const stored_webhook& one) const {
    std::string body(one.body);
    if (const auto secret_text = proof(one); !secret_text.empty())
        replace_all(body, secret_text);
    const webhook sent{one.fields, one.body};
    const request_view from(sent, whole_);
    for (const auto& field : settings_.secret_fields) {
        // Where it stands escaped, the text of the secret has not been found.
        if (field.where == place::form && from.is_form() && from.find(field).is_one())
            body = with_blank_form_field(body, field.name);
    }
    return body;
}

std::string configured_reader::proof(const stored_webhook& one) const {
    const webhook sent{one.fields, one.body};
    request_view from(sent, whole_);
    for (const auto& field : settings_.secret_fields) {
        if (const auto found = from.find(field); found.is_one() && !found.text.empty())
            return std::string(found.text);
    }
    return {};
}

}  // namespace shopbell::stores
