#include <shopbell/stores/json_fields.hpp>

#include <algorithm>
#include <utility>

namespace shopbell {

void field_problems::add(std::string_view place, std::string_view what) {
    if (++count_ > most)
        return;
    if (!text_.empty())
        text_ += "; ";
    text_.append(place).append(": ").append(what);
}

std::string field_problems::text() const {
    if (count_ <= most)
        return text_;
    return text_ + "; and " + std::to_string(count_ - most) + " more";
}

json_fields::json_fields(const json::value& object, std::string path, field_problems& problems)
    : object_(&object), path_(std::move(path)), problems_(&problems) {}

std::string json_fields::text(std::string_view name) const {
    const auto* value = find_given(name);
    if (value == nullptr)
        return {};
    if (value->is_string())
        return std::string(value->text());
    expected(name, "a string", *value);
    return {};
}

std::string json_fields::id(std::string_view name) const {
    const auto* value = find_given(name);
    if (value == nullptr)
        return {};
    if (value->is_string() || (value->is_number() && is_integer(value->text())))
        return std::string(value->text());
    if (value->is_number())
        problem(name, "expected an integer, got another number");
    else
        expected(name, "an integer or a string", *value);
    return {};
}

std::string json_fields::scalar(std::string_view name) const {
    const auto* value = find_given(name);
    if (value == nullptr)
        return {};
    if (!value->is_object() && !value->is_array())
        return std::string(value->text());
    expected(name, "a string, a number or a boolean", *value);
    return {};
}

std::optional<decimal> json_fields::number(std::string_view name) const {
    const auto* value = find_given(name);
    if (value == nullptr)
        return std::nullopt;
    if (!value->is_number() && !value->is_string()) {
        expected(name, "a number", *value);
        return std::nullopt;
    }
    auto amount = decimal::parse(value->text());
    if (!amount)
        problem(name, value->is_number() ? "the number is too long" : "expected a number, got another text");
    return amount;
}

std::optional<bool> json_fields::boolean(std::string_view name) const {
    const auto* value = find_given(name);
    if (value == nullptr)
        return std::nullopt;
    if (value->is_boolean())
        return value->text() == "true";
    expected(name, "a boolean", *value);
    return std::nullopt;
}

std::string json_fields::array_as_sent(std::string_view name) const {
    const auto* value = find_given(name);
    if (value == nullptr)
        return {};
    if (value->is_array())
        return value->elements().empty() ? std::string() : std::string(value->raw());
    expected(name, "an array", *value);
    return {};
}

std::string json_fields::as_sent(std::string_view name) const {
    const auto* value = find_given(name);
    if (value == nullptr || (value->is_array() && value->elements().empty()) ||
        (value->is_object() && value->members().empty()))
        return {};
    return std::string(value->raw());
}

void json_fields::check(std::span<const documented_members> all) const {
    for (const auto& one : all) {
        for (auto rest = one.names; !rest.empty();) {
            const auto end = std::min(rest.find(' '), rest.size());
            check(one, rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
}

void json_fields::check(const documented_members& one, std::string_view name) const {
    switch (one.kind) {
        case member_kind::text:
            static_cast<void>(text(name));
            return;
        case member_kind::id:
            static_cast<void>(id(name));
            return;
        case member_kind::scalar:
            static_cast<void>(scalar(name));
            return;
        case member_kind::number:
            static_cast<void>(number(name));
            return;
        case member_kind::boolean:
            static_cast<void>(boolean(name));
            return;
        case member_kind::array:
            static_cast<void>(array_as_sent(name));
            return;
        case member_kind::object:
            if (const auto* const object = find_object(name))
                json_fields(*object, place(name), *problems_).check(one.inside);
            return;
        case member_kind::objects:
            for (const auto& element : find_objects(name, one.wrapper))
                element.check(one.inside);
            return;
    }
}

void json_fields::problem(std::string_view name, std::string_view what) const {
    problems_->add(place(name), what);
}

std::string json_fields::place(std::string_view name) const {
    return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

const json::value* json_fields::find_given(std::string_view name) const noexcept {
    const auto* value = object_->find(name);
    if (value == nullptr || value->is_null() || (value->is_string() && value->text().empty()))
        return nullptr;
    return value;
}

const json::value* json_fields::find_object(std::string_view name) const {
    const auto* value = find_given(name);
    if (value == nullptr || (value->is_array() && value->elements().empty()))
        return nullptr;
    if (value->is_object())
        return value;
    expected(name, "an object", *value);
    return nullptr;
}

std::vector<json_fields> json_fields::find_objects(std::string_view name, std::string_view wrapper) const {
    std::vector<json_fields> found;
    const auto* list = find_given(name);
    if (list == nullptr)
        return found;
    if (!list->is_array()) {
        expected(name, "an array", *list);
        return found;
    }
    std::size_t index = 0;
    for (const auto& element : list->elements()) {
        const auto where = std::string(name) + "[" + std::to_string(index++) + "]";
        const auto* inner = wrapper.empty() ? nullptr : element.find(wrapper);
        if (inner != nullptr && inner->is_object())
            found.emplace_back(*inner, place(where), *problems_);
        else if (element.is_object())
            found.emplace_back(element, place(where), *problems_);
        else if (!element.is_null())
            expected(where, "an object", element);
    }
    return found;
}

void json_fields::expected(std::string_view name, std::string_view what, const json::value& got) const {
    problem(name, "expected " + std::string(what) + ", got " + std::string(kind_in_words(got)));
}

std::string_view kind_in_words(const json::value& value) noexcept {
    switch (value.type()) {
        case json::kind::null:
            return "null";
        case json::kind::boolean:
            return "a boolean";
        case json::kind::number:
            return "a number";
        case json::kind::string:
            return "a string";
        case json::kind::array:
            return "an array";
        case json::kind::object:
            return "an object";
    }
    return "something else";
}

bool is_integer(std::string_view text) noexcept {
    if (text.starts_with('-'))
        text.remove_prefix(1);
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace shopbell
