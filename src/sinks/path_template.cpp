#include <shopbell/sinks/path_template.hpp>

#include "placeholders.hpp"

#include <algorithm>
#include <array>

namespace shopbell {
namespace {

/// Keeps a name with its suffixes (".12", of a rotation) below the 255 bytes of the usual file systems.
constexpr std::size_t longest_value = 120;

bool is_plain(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

std::string file_name_of(std::string_view value) {
    std::string name(value.substr(0, longest_value));
    std::ranges::replace_if(
        name, [](char c) { return !is_plain(c); }, '_');
    if (name.empty() || name.front() == '.')
        name.insert(0, 1, '_');
    return name;
}

}  // namespace

result<path_template> path_template::parse(std::string_view text) {
    if (text.find('\0') != std::string_view::npos)
        return failure{errc::malformed, "a path cannot hold a NUL"};
    if (text.empty() || text.ends_with('/'))
        return failure{errc::malformed, "the path names a directory; a file's name must follow"};
    constexpr std::array<std::string_view, 3> names{"endpoint", "type", "date"};  // as in `placeholder`
    auto pieces = split_at_placeholders(text, names);
    if (!pieces)
        return pieces.error();
    path_template parsed;
    for (auto& piece : *pieces) {
        const auto value = piece.placeholder ? static_cast<placeholder>(*piece.placeholder) : none;
        parsed.parts_.push_back({std::move(piece.text), value});
    }
    return parsed;
}

std::string path_template::expand(const event& about) const {
    std::string path;
    for (const part& piece : parts_) {
        path += piece.text;
        if (piece.value == endpoint)
            path += file_name_of(about.endpoint);
        else if (piece.value == type)
            path += file_name_of(about.type);
        else if (piece.value == date)
            path += to_date(about.accepted_at);
    }
    return path;
}

std::string path_template::fixed_directory() const {
    const std::string& start = parts_.front().text;
    const auto slash = start.rfind('/');
    if (slash == std::string::npos)
        return ".";
    return slash == 0 ? "/" : start.substr(0, slash);
}

}  // namespace shopbell
