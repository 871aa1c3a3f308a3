#include <shopbell/stores/store_json.hpp>

#include <shopbell/core/text.hpp>
#include <shopbell/stores/ejunkie_documents.hpp>

#include <utility>

namespace shopbell::ejunkie {
namespace {

constexpr std::size_t longest_quoted_name = 64;

/// Nothing where the name is not known.
std::optional<charset> declared_charset(std::string_view charset_name) {
    const auto name = trim(charset_name);
    return name.empty() ? charset::utf_8 : find_charset(name);
}

struct read_value {
    std::string text;
    bool fell_back;
};

/// Under a name that is not known, what can be UTF-8 is: hardly any other text looks like it by chance.
read_value read(std::string_view bytes, std::optional<charset> declared) {
    const auto from = declared.value_or(charset::utf_8);
    if (auto text = to_utf8(bytes, from))
        return {*std::move(text), false};
    if (const auto changed = without_surrogate_bytes(bytes); changed && from == charset::utf_8) {
        if (auto text = to_utf8(*changed, from))
            return {*std::move(text), false};
    }
    return {to_utf8(bytes, charset::windows_1252).value_or(""), declared.has_value()};
}

}  // namespace

form read_text(form bytes, field_problems& problems) {
    const auto declared = declared_charset(bytes.first("charset").value_or(""));
    if (!declared)
        problems.add("charset", "not one that is known; what is not UTF-8 was read as windows-1252");
    auto fields = std::move(bytes).fields();
    for (auto& field : fields) {
        auto name = read(field.name, declared);
        auto value = read(field.value, declared);
        if (name.fell_back || value.fell_back)
            problems.add(to_utf8_lossy(std::string_view(name.text).substr(0, longest_quoted_name)),
                         "not valid in the form's charset; it was read as windows-1252");
        field = {std::move(name.text), std::move(value.text)};
    }
    return form(std::move(fields));
}

std::string read_text(std::string_view value, std::string_view charset_name) {
    return read(value, declared_charset(charset_name)).text;
}

}  // namespace shopbell::ejunkie
