#include <shopbell/sinks/path_template.hpp>

#include <algorithm>

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

path_template::placeholder path_template::find(std::string_view name) noexcept {
    if (name == "endpoint")
        return endpoint;
    if (name == "type")
        return type;
    return name == "date" ? date : none;
}

result<path_template> path_template::parse(std::string_view text) {
    if (text.find('\0') != std::string_view::npos)
        return failure{errc::malformed, "a path cannot hold a NUL"};
    if (text.empty() || text.ends_with('/'))
        return failure{errc::malformed, "the path names a directory; a file's name must follow"};
    path_template made;
    while (true) {
        const auto open = text.find_first_of("{}");
        if (open == std::string_view::npos) {
            if (!text.empty() || made.parts_.empty())
                made.parts_.push_back({std::string(text), none});
            return made;
        }
        const auto close = text.find('}', open);
        if (text[open] == '}' || close == std::string_view::npos)
            return failure{errc::malformed,
                           "a brace without its counterpart; placeholders are {endpoint}, {type} and {date}"};
        const std::string_view name = text.substr(open + 1, close - open - 1);
        const placeholder value = find(name);
        if (value == none)
            return failure{errc::malformed, "unknown placeholder {" + std::string(name) +
                                                "}; there are {endpoint}, {type} and {date}"};
        made.parts_.push_back({std::string(text.substr(0, open)), value});
        text.remove_prefix(close + 1);
    }
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
