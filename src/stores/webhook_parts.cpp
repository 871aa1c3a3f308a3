#include <shopbell/stores/webhook_parts.hpp>

#include <shopbell/core/json_writer.hpp>
#include <shopbell/core/text.hpp>
#include <shopbell/stores/json_fields.hpp>

#include <algorithm>
#include <charconv>
#include <limits>

namespace shopbell {

result<std::string_view> single_value(const headers& fields, std::string_view name) {
    const auto times = count(fields, name);
    if (times == 0)
        return failure{errc::unauthorized, "the " + std::string(name) + " header is missing"};
    if (times > 1)
        return failure{errc::unauthorized, "the " + std::string(name) + " header is there " +
                                               std::to_string(times) + " times, it must be there once"};
    const auto value = trim(value_of(fields, name));
    if (value.empty())
        return failure{errc::unauthorized, "the " + std::string(name) + " header is empty"};
    return value;
}

std::string join_identity(std::initializer_list<std::string_view> parts) {
    constexpr std::size_t longest_prefix = std::numeric_limits<std::size_t>::digits10 + 2;
    std::size_t size = 0;
    for (const auto part : parts)
        size += longest_prefix + part.size();
    std::string joined;
    joined.reserve(size);
    for (const auto part : parts)
        joined.append(std::to_string(part.size())).append(1, ':').append(part);
    return joined;
}

std::string join_given(std::string first, std::string_view separator, std::string_view second) {
    if (!first.empty() && !second.empty())
        first += separator;
    return first.append(second);
}

bool is_plain_code(std::string_view text) noexcept {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
               c == '_' || c == '-';
    };
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, plain);
}

std::string plain_id(const json::value* object, std::string_view member) {
    constexpr std::size_t longest = 256;
    const auto* id = object == nullptr ? nullptr : object->find(member);
    if (id == nullptr || id->text().size() > longest)
        return {};
    if (id->is_number() && is_integer(id->text()))
        return std::string(id->text());
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (!id->is_string() || std::ranges::any_of(id->text(), is_control))
        return {};
    return std::string(id->text());
}

std::uint64_t locality_of(std::string_view id) noexcept {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
    constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
    const bool whole = error == std::errc() && end == id.data() + id.size();
    return whole && number <= largest ? number : 0;
}

std::string on_one_line(std::string_view json) {
    std::string line(json);
    std::ranges::replace_if(
        line, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return line;
}

std::string as_json_string(std::string_view bytes) {
    json_writer out;
    out.string(bytes);
    return out.take();
}

std::string probe_object(std::string_view mark, std::size_t padding) {
    return R"({"id":")" + std::string(mark) +
           R"(","note":"sent by shopbell doctor; it tells of nothing","escaped":"\u00e9\/\t","plain":"é/",)"
           R"( "numbers" : [ 1.10, 12345678901234567890 ],"padding":")" +
           std::string(padding, 'x') + "\"}";
}

std::string with_one_wrong_character(std::string text) {
    if (!text.empty())
        text.front() = text.front() == '0' ? '1' : '0';
    return text;
}

}  // namespace shopbell
