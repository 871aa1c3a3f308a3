#include "multipart.hpp"

#include <shopbell/core/text.hpp>

#include <algorithm>
#include <vector>

namespace shopbell::stores {

namespace {

constexpr std::size_t most_fields = 1000;
constexpr std::size_t longest_boundary = 70;  // RFC 2046, section 5.1.1

/// The value of `NAME=value` or `NAME="value"` among the parameters behind a header's first ";"; empty where
/// there is none. A backslash escapes within quotes.
std::string parameter(std::string_view header, std::string_view name) {
    for (auto at = header.find(';'); at != std::string_view::npos;) {
        auto rest = trim(header.substr(at + 1));
        const auto equals = rest.find('=');
        if (equals == std::string_view::npos)
            return {};
        const bool is_it = iequals(trim(rest.substr(0, equals)), name);
        rest.remove_prefix(equals + 1);
        std::string value;
        std::size_t end = 0;
        if (rest.starts_with('"')) {
            for (end = 1; end < rest.size() && rest[end] != '"'; ++end) {
                if (rest[end] == '\\' && end + 1 < rest.size())
                    ++end;
                value += rest[end];
            }
        } else {
            end = std::min(rest.find(';'), rest.size());
            value = trim(rest.substr(0, end));
        }
        if (is_it)
            return value;
        const auto next = rest.find(';', end);
        at = next == std::string_view::npos ? next
                                            : static_cast<std::size_t>(rest.data() + next - header.data());
    }
    return {};
}

/// Of a part's header section, the field's name; nothing where the part is no field.
std::optional<std::string> field_name(std::string_view section) {
    while (!section.empty()) {
        const auto end = std::min(section.find("\r\n"), section.size());
        const auto line = section.substr(0, end);
        const auto colon = std::min(line.find(':'), line.size());
        if (iequals(trim(line.substr(0, colon)), "Content-Disposition"))
            return parameter(line, "name");
        section.remove_prefix(std::min(end + 2, section.size()));
    }
    return std::nullopt;
}

}  // namespace

std::optional<form> parse_multipart(std::string_view body, std::string_view content_type) {
    const auto boundary = parameter(content_type, "boundary");
    if (boundary.empty() || boundary.size() > longest_boundary)
        return std::nullopt;
    const auto first = "--" + boundary;
    const auto between = "\r\n" + first;
    auto begin = body.starts_with(first) ? 0 : body.find(between);
    if (begin == std::string_view::npos)
        return std::nullopt;
    begin += body.starts_with(first) ? first.size() : between.size();

    std::vector<form_field> fields;
    for (auto rest = body.substr(begin); !rest.starts_with("--");) {
        const auto line_end = rest.find("\r\n");
        const auto end = line_end == std::string_view::npos ? line_end : rest.find(between, line_end);
        if (end == std::string_view::npos || fields.size() == most_fields)
            return std::nullopt;
        const auto part = rest.substr(line_end, end - line_end);  // begins with the line end
        const auto blank = part.find("\r\n\r\n");
        if (blank == std::string_view::npos)
            return std::nullopt;
        const auto section = blank == 0 ? std::string_view() : part.substr(2, blank - 2);
        if (auto name = field_name(section))
            fields.push_back({*std::move(name), std::string(part.substr(blank + 4))});
        rest.remove_prefix(end + between.size());
    }
    return form(std::move(fields));
}

}  // namespace shopbell::stores
