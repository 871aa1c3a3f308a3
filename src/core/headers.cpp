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

}  // namespace shopbell
