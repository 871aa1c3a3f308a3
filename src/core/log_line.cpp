#include "log_line.hpp"

#include <shopbell/core/ascii.hpp>
#include <shopbell/core/clock.hpp>
#include <shopbell/core/json_writer.hpp>
#include <shopbell/core/text.hpp>

#include <fmt/format.h>
#include <spdlog/details/log_msg.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <type_traits>

namespace shopbell {
namespace {

/// Room for the line of a request.
constexpr std::size_t usual_size = 512;

void append_hex(std::string& out, std::string_view prefix, unsigned char byte) {
    constexpr std::string_view digits = "0123456789abcdef";
    out += prefix;
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
}

/// The C1 controls (U+0080 to U+009F) steer some terminals as ESC does; in UTF-8 they are C2 80 to C2 9F.
bool is_c1_control(std::string_view text, std::size_t at) noexcept {
    if (at + 1 >= text.size() || static_cast<unsigned char>(text[at]) != 0xC2)
        return false;
    const auto second = static_cast<unsigned char>(text[at + 1]);
    return second >= 0x80 && second <= 0x9F;
}

/// The controls that JSON takes as they are. In a JSON text they stand in strings only, a store's payload
/// included.
std::string with_escaped_controls(std::string json) {
    // Two searches for one byte each: find_first_of asks for every byte of the text in turn.
    if (json.find('\x7F') == std::string::npos && json.find('\xC2') == std::string::npos)
        return json;
    std::string escaped;
    for (std::size_t i = 0; i < json.size(); ++i) {
        if (is_c1_control(json, i))
            append_hex(escaped, "\\u00", static_cast<unsigned char>(json[++i]));
        else if (json[i] == '\x7F')
            escaped += "\\u007f";
        else
            escaped += json[i];
    }
    return escaped;
}

/// A tab that stands as it is in a JSON text stands between its tokens.
std::string with_spaces_for_tabs(std::string json) {
    std::ranges::replace(json, '\t', ' ');
    return json;
}

/// The members of an object, without its braces.
std::string json_payload(std::string_view message, const log_fields& fields) {
    json_writer members(usual_size);
    members.begin_object().field("message", message);
    for (const log_field& field : fields) {
        members.key(field.name);
        std::visit(
            [&members](const auto& value) {
                using type = std::decay_t<decltype(value)>;
                if constexpr (std::is_same_v<type, bool>)
                    members.boolean(value);
                else if constexpr (std::is_same_v<type, long long>)
                    members.integer(value);
                else if constexpr (std::is_same_v<type, raw_json>)
                    members.raw(with_spaces_for_tabs(value.text));
                else
                    members.string(value);
            },
            field.value);
    }
    auto object = with_escaped_controls(members.end_object().take());
    object.pop_back();
    return object.erase(0, 1);
}

void append_escaped(std::string& out, std::string_view text, bool quoted) {
    const std::string clean = to_utf8_lossy(text);
    for (std::size_t i = 0; i < clean.size(); ++i) {
        const auto byte = static_cast<unsigned char>(clean[i]);
        if (is_c1_control(clean, i))
            append_hex(out, "\\u00", static_cast<unsigned char>(clean[++i]));
        else if (byte == '\n')
            out += "\\n";
        else if (byte == '\r')
            out += "\\r";
        else if (byte == '\t')
            out += "\\t";
        else if (is_control(clean[i]))
            append_hex(out, "\\x", byte);
        else if (quoted && (byte == '"' || byte == '\\'))
            (out += '\\') += clean[i];
        else
            out += clean[i];
    }
}

bool needs_quotes(std::string_view value) noexcept {
    if (value.empty())
        return true;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char c = value[i];
        if (is_control(c) || is_c1_control(value, i) || c == ' ' || c == '"' || c == '\\' || c == '=')
            return true;
    }
    return false;
}

void append_value(std::string& out, std::string_view value) {
    if (!needs_quotes(value)) {
        append_escaped(out, value, false);
        return;
    }
    out += '"';
    append_escaped(out, value, true);
    out += '"';
}

std::string text_payload(std::string_view message, const log_fields& fields) {
    std::string line;
    append_escaped(line, message, false);
    for (const log_field& field : fields) {
        (line += ' ') += field.name;
        line += '=';
        std::visit(
            [&line](const auto& value) {
                using type = std::decay_t<decltype(value)>;
                if constexpr (std::is_same_v<type, bool>)
                    line += value ? "true" : "false";
                else if constexpr (std::is_same_v<type, long long>)
                    line += std::to_string(value);
                else if constexpr (std::is_same_v<type, raw_json>)
                    append_escaped(line, value.text, false);
                else
                    append_value(line, value);
            },
            field.value);
    }
    return line;
}

}  // namespace

std::string_view to_string(log_level level) noexcept {
    constexpr std::array<std::string_view, 6> names{"trace", "debug", "info", "warn", "error", "off"};
    return names[static_cast<std::size_t>(level)];
}

spdlog::level::level_enum to_spdlog(log_level level) noexcept {
    return level == log_level::off ? spdlog::level::off : static_cast<spdlog::level::level_enum>(level);
}

std::string format_payload(log_format format, std::string_view message, const log_fields& fields) {
    return format == log_format::text ? text_payload(message, fields) : json_payload(message, fields);
}

void line_formatter::format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& line) {
    const auto at = to_rfc3339(std::chrono::floor<time_point::duration>(message.time));
    const auto level = to_string(static_cast<log_level>(message.level));
    const auto out = std::back_inserter(line);
    if (format_ == log_format::text)
        fmt::format_to(out, "{} {} {}", at, level, message.payload);
    else
        fmt::format_to(out, R"({{"time":"{}","level":"{}",{}}})", at, level, message.payload);
}

std::unique_ptr<spdlog::formatter> line_formatter::clone() const {
    return std::make_unique<line_formatter>(format_);
}

}  // namespace shopbell
