#include <shopbell/core/headers.hpp>
#include <shopbell/core/text.hpp>

#include <algorithm>

namespace shopbell {

std::size_t count(const headers& fields, std::string_view name) noexcept {
    return static_cast<std::size_t>(std::count_if(
        fields.begin(), fields.end(), [&](const header& one) { return iequals(one.name, name); }));
}

std::string_view value_of(const headers& fields, std::string_view name) noexcept {
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [&](const header& one) { return iequals(one.name, name); });
    return found == fields.end() ? std::string_view() : std::string_view(found->value);
}

std::string pack_headers(const headers& fields) {
    std::string lines;
    std::size_t size = 0;
    for (const auto& one : fields)
        size += one.name.size() + one.value.size() + std::string_view(": \n").size();
    lines.reserve(size);
    for (const auto& one : fields)
        lines.append(one.name).append(": ").append(one.value).append(1, '\n');
    return lines;
}

headers unpack_headers(std::string_view lines) {
    headers fields;
    while (!lines.empty()) {
        const auto line = lines.substr(0, lines.find('\n'));
        lines.remove_prefix(std::min(line.size() + 1, lines.size()));
        if (const auto colon = line.find(": "); colon != std::string_view::npos)
            fields.push_back({std::string(line.substr(0, colon)), std::string(line.substr(colon + 2))});
    }
    return fields;
}

}  // namespace shopbell
