#include <shopbell/cli/body_edit.hpp>
#include <shopbell/core/json.hpp>
#include <shopbell/core/json_writer.hpp>
#include <shopbell/core/text.hpp>
#include <shopbell/stores/form.hpp>

#include <utility>

namespace shopbell {

namespace {

failure refuse(std::string reason) {
    return {errc::malformed, std::move(reason)};
}

/// One reference token of a JSON Pointer with "~1" and "~0" undone.
std::string unescape(std::string_view token) {
    std::string plain;
    for (std::size_t i = 0; i < token.size(); ++i) {
        const bool is_escape =
            token[i] == '~' && i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1');
        plain += is_escape ? (token[++i] == '0' ? '~' : '/') : token[i];
    }
    return plain;
}

std::string json_string(std::string_view text) {
    json_writer out;
    out.string(text);
    return out.take();
}

/// The value's own characters where they are one JSON value, so that 10.50 stays 10.50.
std::string json_token(const std::string& value) {
    const auto wrapped = json::document::parse("[" + value + "]");
    if (wrapped && wrapped->root().elements().size() == 1)
        return std::string(wrapped->root().elements().front().raw());
    return json_string(value);
}

std::size_t offset_of(std::string_view part, std::string_view whole) {
    return static_cast<std::size_t>(part.data() - whole.data());
}

/// Adds a member to an object, or an element to an array at "-".
result<std::string> add(const json::value& root, const body_edit& edit, const std::string& token) {
    const auto slash = edit.pointer.rfind('/');
    const auto parent_pointer = edit.pointer.substr(0, slash);
    const auto name = unescape(edit.pointer.substr(slash + 1));
    const auto* parent = root.at(parent_pointer);
    if (parent == nullptr)
        return refuse("the body has no " + parent_pointer + " to set " + edit.pointer + " in");
    const bool appends =
        parent->is_array() && (name == "-" || name == std::to_string(parent->elements().size()));
    if (!parent->is_object() && !appends)
        return refuse(edit.pointer + " is not in the body and cannot be added to it");

    std::string text(root.raw());
    const bool is_first = parent->members().empty() && parent->elements().empty();
    const auto added = (is_first ? "" : ",") + (parent->is_object() ? json_string(name) + ":" : "") + token;
    text.insert(offset_of(parent->raw(), root.raw()) + parent->raw().size() - 1, added);
    return text;
}

bool is_json(std::string_view body) {
    const auto text = trim(body);
    return text.starts_with('{') || text.starts_with('[');
}

}  // namespace

result<body_edit> body_edit::parse(std::string_view text) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos || !text.starts_with('/'))
        return refuse("--set expects POINTER=VALUE such as /order/total=10.50, got " + std::string(text));
    return body_edit{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

result<std::string> edit_json(std::string_view body, const body_edit& edit) {
    const auto parsed = json::document::parse(body);
    if (!parsed)
        return refuse("the body is not JSON: " + parsed.error().reason);
    // A name or text that cannot stand in JSON would be another one there.
    if (!is_utf8(edit.pointer) || !is_utf8(edit.value))
        return refuse("the body is JSON, and what --set gives is not UTF-8");
    const auto& root = parsed->root();
    const auto token = json_token(edit.value);
    const auto* present = root.at(edit.pointer);
    if (present == nullptr)
        return add(root, edit, token);
    std::string text(root.raw());
    text.replace(offset_of(present->raw(), root.raw()), present->raw().size(), token);
    return text;
}

result<std::string> edit_form(std::string_view body, const body_edit& edit) {
    const auto name = edit.pointer.substr(1);
    if (name.empty() || name.find('/') != std::string::npos)
        return refuse("in a form, --set expects /FIELD=VALUE, got " + edit.pointer);
    return with_form_field(body, unescape(name), edit.value);
}

result<std::string> edit_body(std::string_view body, const body_edit& edit) {
    return is_json(body) ? edit_json(body, edit) : edit_form(body, edit);
}

result<std::string> make_distinct(std::string_view body, const std::string& pointer, std::uint64_t number) {
    const auto digits = std::to_string(number);
    const auto parsed = json::document::parse(body);
    const auto* present = parsed ? parsed->root().at(pointer) : nullptr;
    const bool is_text = parsed && (present == nullptr || present->is_string());
    return edit_body(body, {pointer, is_text ? json_string("send-" + digits) : digits});
}

}  // namespace shopbell
