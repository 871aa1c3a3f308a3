#include <shopbell/core/json_writer.hpp>
#include <shopbell/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <iterator>

namespace shopbell {

namespace {

constexpr auto escaped_bytes = [] {
    std::array<bool, 256> table{};
    for (std::size_t c = 0; c < ' '; ++c)
        table[c] = true;
    table['"'] = table['\\'] = true;
    return table;
}();

constexpr bool needs_escape(char c) noexcept {
    return escaped_bytes[static_cast<unsigned char>(c)];
}

/// Whether all of it is ASCII that stands for itself in a JSON string, as nearly all that is written is.
/// Looks at eight bytes at a time: a bit of `marks` is set for each byte that is not plain.
bool is_plain(std::string_view text) noexcept {
    constexpr std::uint64_t each = 0x0101010101010101;
    constexpr std::uint64_t marks = each * 0x80;
    std::uint64_t bytes = 0;
    for (; text.size() >= sizeof bytes; text.remove_prefix(sizeof bytes)) {
        std::memcpy(&bytes, text.data(), sizeof bytes);
        const auto quotes = (bytes ^ (each * '"')) - each;
        const auto backslashes = (bytes ^ (each * '\\')) - each;
        const auto controls = bytes - each * ' ';
        if (((bytes | controls | quotes | backslashes) & marks) != 0)
            return false;
    }
    return std::ranges::none_of(text, [](char c) { return (c & 0x80) != 0 || needs_escape(c); });
}

void append_escape(std::string& out, char c) {
    switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    }
}

/// Appends whole runs of plain characters: nearly every text is one.
void append_escaped(std::string& out, std::string_view text) {
    while (true) {
        const auto plain = static_cast<std::size_t>(
            std::ranges::find_if(text, [](char c) { return needs_escape(c); }) - text.begin());
        out.append(text.substr(0, plain));
        if (plain == text.size())
            return;
        append_escape(out, text[plain]);
        text.remove_prefix(plain + 1);
    }
}

}  // namespace

void json_writer::separate() {
    if (needs_comma_)
        text_ += ',';
    needs_comma_ = true;
}

json_writer& json_writer::begin_object() {
    separate();
    text_ += '{';
    needs_comma_ = false;
    return *this;
}

json_writer& json_writer::end_object() {
    text_ += '}';
    needs_comma_ = true;
    return *this;
}

json_writer& json_writer::begin_array() {
    separate();
    text_ += '[';
    needs_comma_ = false;
    return *this;
}

json_writer& json_writer::end_array() {
    text_ += ']';
    needs_comma_ = true;
    return *this;
}

json_writer& json_writer::key(std::string_view name) {
    string(name);
    text_ += ':';
    needs_comma_ = false;
    return *this;
}

json_writer& json_writer::string(std::string_view text) {
    separate();
    text_ += '"';
    if (is_plain(text))
        text_ += text;
    else if (is_utf8(text))
        append_escaped(text_, text);
    else
        append_escaped(text_, to_utf8_lossy(text));
    text_ += '"';
    return *this;
}

json_writer& json_writer::boolean(bool value) {
    return raw(value ? "true" : "false");
}

json_writer& json_writer::integer(long long value) {
    return raw(fmt::format_int(value).c_str());
}

json_writer& json_writer::raw(std::string_view json) {
    separate();
    text_ += json;
    return *this;
}

json_writer& json_writer::field(std::string_view name, std::string_view text) {
    return key(name).string(text);
}

}  // namespace shopbell
