#include "nearest_path.hpp"

#include <shopbell/core/text.hpp>
#include <shopbell/providers/form.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace shopbell {

namespace {

/// A slip of the pen is looked for in time that grows with the product of both lengths.
constexpr std::size_t longest = 256;

/// Decoded, in lower case, without slashes that say nothing.
std::string plain(std::string_view path) {
    std::string text;
    for (const char c : to_lower(form_decode(path))) {
        if (c != '/' || !text.ends_with('/'))
            text += c;
    }
    if (text.size() > 1 && text.ends_with('/'))
        text.pop_back();
    return text;
}

/// One is the end of the other, at a slash.
bool ends_alike(std::string_view a, std::string_view b) {
    return a.size() > 1 && b.size() > 1 && (a.ends_with(b) || b.ends_with(a));
}

}  // namespace

const endpoint* nearest_path(const endpoints& all, std::string_view path) {
    if (path.size() > longest)
        return nullptr;
    const auto asked = plain(path);
    std::vector<std::string_view> paths;
    for (const auto& one : all) {
        if (ends_alike(asked, plain(one.path)))
            return &one;
        paths.push_back(one.path);
    }
    const auto close = closest(asked, paths);
    if (!close)
        return nullptr;
    return &*std::ranges::find(all, *close, &endpoint::path);
}

}  // namespace shopbell
