#include <shopbell/stores/form.hpp>

#include <algorithm>
#include <numeric>

namespace shopbell {
namespace {

constexpr int not_a_digit = -1;

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return not_a_digit;
}

/// Calls `visit` with every non-empty text between two "&", as it was sent, until it returns false.
template <class Visit>
void for_each_part(std::string_view body, Visit visit) {
    while (!body.empty()) {
        const std::string_view part = body.substr(0, body.find('&'));
        if (!part.empty() && !visit(part))
            return;
        body.remove_prefix(std::min(part.size() + 1, body.size()));
    }
}

/// How many bytes the byte order mark has that the text begins with, as it is or escaped; 0: it has none.
std::size_t mark_length(std::string_view text) noexcept {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    std::size_t length = 0;
    for (const char wanted : mark) {
        const auto rest = text.substr(length);
        const auto byte = static_cast<unsigned char>(wanted);
        const bool escaped = rest.size() > 2 && rest.front() == '%' &&
                             hex_value(rest[1]) == static_cast<int>(byte >> 4U) &&
                             hex_value(rest[2]) == static_cast<int>(byte & 0xFU);
        if (!escaped && !rest.starts_with(wanted))
            return 0;
        length += escaped ? 3 : 1;
    }
    return length;
}

/// What stands around a form and is none of it: empty fields, byte order marks and line ends.
struct form_frame {
    std::string_view before, fields, behind;
};

form_frame frame_of(std::string_view body) noexcept {
    auto fields = body;
    while (const auto length = fields.starts_with('&') ? std::size_t{1} : mark_length(fields))
        fields.remove_prefix(length);
    const auto before = body.substr(0, body.size() - fields.size());
    const auto last = fields.find_last_not_of("\r\n");
    const auto size = last == std::string_view::npos ? 0 : last + 1;
    return {before, fields.substr(0, size), fields.substr(size)};
}

std::string_view name_part(std::string_view part) noexcept {
    return part.substr(0, part.find('='));
}

std::string_view value_part(std::string_view part) noexcept {
    const auto equals = part.find('=');
    return equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1);
}

/// Whether the part's name is that one, once its escapes are undone.
bool has_name(std::string_view part, std::string_view name) {
    const auto sent = name_part(part);
    // Undoing escapes only makes it shorter, and most names have none.
    if (sent.size() < name.size())
        return false;
    if (sent.find('%') == std::string_view::npos && sent.find('+') == std::string_view::npos)
        return sent == name;
    return form_decode(sent) == name;
}

bool stays_as_is(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '*' ||
           c == '-' || c == '.' || c == '_';
}

void append_part(std::string& body, std::string_view part) {
    if (!body.empty())
        body += '&';
    body += part;
}

}  // namespace

form form::parse(std::string_view body) {
    std::vector<form_field> fields;
    for_each_part(frame_of(body).fields, [&fields](std::string_view part) {
        fields.push_back({form_decode(name_part(part)), form_decode(value_part(part))});
        return true;
    });
    return form(std::move(fields));
}

std::optional<std::string_view> form::first(std::string_view name) const noexcept {
    const auto found = std::ranges::find(fields_, name, &form_field::name);
    if (found == fields_.end())
        return std::nullopt;
    return found->value;
}

form_scan::form_scan(std::string_view body) noexcept : fields_(frame_of(body).fields) {}

std::optional<std::string> form_scan::first(std::string_view name) const {
    std::optional<std::string> found;
    for_each_part(fields_, [&](std::string_view part) {
        if (has_name(part, name))
            found = form_decode(value_part(part));
        return !found;
    });
    return found;
}

bool form_scan::contradicts_itself(std::string_view name) const {
    return contradicts_itself(name, [](std::string_view a, std::string_view b) { return a == b; });
}

bool form_scan::contradicts_itself(std::string_view name, comparison same) const {
    std::optional<std::string> expected;
    bool all_same = true;
    for_each_part(fields_, [&](std::string_view part) {
        if (!has_name(part, name))
            return true;
        auto value = form_decode(value_part(part));
        if (expected)
            all_same = same(value, *expected);
        else
            expected = std::move(value);
        return all_same;
    });
    return !all_same;
}

form_index::form_index(const form& of) : fields_(of.fields()), order_(fields_.size()) {
    std::iota(order_.begin(), order_.end(), std::uint32_t{0});
    std::ranges::stable_sort(order_, {},
                             [this](std::uint32_t at) { return std::string_view(fields_[at].name); });
}

std::span<const std::uint32_t> form_index::positions(std::string_view name) const noexcept {
    const auto found = std::ranges::equal_range(
        order_, name, {}, [this](std::uint32_t at) { return std::string_view(fields_[at].name); });
    return {found.begin(), found.end()};
}

std::string_view form_index::first(std::string_view name) const noexcept {
    const auto found = positions(name);
    return found.empty() ? std::string_view{} : std::string_view(fields_[found.front()].value);
}

std::string form_decode(std::string_view text) {
    std::string bytes;
    bytes.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '%' && at + 2 < text.size()) {
            const int high = hex_value(text[at + 1]);
            const int low = hex_value(text[at + 2]);
            if (high != not_a_digit && low != not_a_digit) {
                bytes += static_cast<char>(high * 16 + low);
                at += 2;
                continue;
            }
        }
        bytes += c == '+' ? ' ' : c;
    }
    return bytes;
}

std::string form_encode(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string text;
    text.reserve(bytes.size());
    for (const char c : bytes) {
        if (stays_as_is(c)) {
            text += c;
        } else if (c == ' ') {
            text += '+';
        } else {
            const auto byte = static_cast<unsigned char>(c);
            text += '%';
            text += digits[byte >> 4U];
            text += digits[byte & 0x0FU];
        }
    }
    return text;
}

std::string form_body(std::span<const form_field> fields) {
    std::string body;
    for (const auto& field : fields)
        append_part(body, form_encode(field.name) + '=' + form_encode(field.value));
    return body;
}

std::string with_form_field(std::string_view body, std::string_view name, std::string_view value) {
    const auto [before, fields, behind] = frame_of(body);
    const std::string wanted = form_encode(name) + '=' + form_encode(value);
    std::string changed;
    bool placed = false;
    for_each_part(fields, [&](std::string_view part) {
        if (!has_name(part, name)) {
            append_part(changed, part);
        } else if (!placed) {
            append_part(changed, wanted);
            placed = true;
        }
        return true;
    });
    if (!placed)
        append_part(changed, wanted);
    return std::string(before).append(changed).append(behind);
}

std::string with_blank_form_field(std::string_view body, std::string_view name) {
    auto [before, fields, behind] = frame_of(body);
    std::string blanked;
    blanked.reserve(body.size());
    blanked += before;
    for (;;) {
        const auto part = fields.substr(0, fields.find('&'));
        const auto equals = part.find('=');
        const bool hides = equals != std::string_view::npos && has_name(part, name);
        blanked += hides ? part.substr(0, equals + 1) : part;
        if (part.size() == fields.size())
            return blanked.append(behind);
        blanked += '&';
        fields.remove_prefix(part.size() + 1);
    }
}

}  // namespace shopbell
