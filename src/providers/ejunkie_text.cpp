#include <shopbell/core/text.hpp>
#include <shopbell/providers/ejunkie_documents.hpp>

#include <utility>

namespace shopbell::ejunkie {
namespace {

constexpr std::size_t longest_quoted_name = 64;

/// Nothing where it is not supported.
std::optional<charset> declared_charset(std::string_view charset_name) {
    const auto name = trim(charset_name);
    return name.empty() ? charset::utf_8 : find_charset(name);
}

struct read_value {
    std::string text;
    bool fell_back;
};

read_value read(std::string_view bytes, std::optional<charset> declared) {
    if (auto text = to_utf8(bytes, declared.value_or(charset::windows_1252)))
        return {*std::move(text), false};
    return {to_utf8(bytes, charset::windows_1252).value_or(""), true};
}

}  // namespace

form read_text(form bytes, field_problems& problems) {
    const auto declared = declared_charset(bytes.first("charset").value_or(""));
    if (!declared)
        problems.add("charset", "not one that is supported; the text was read as windows-1252");
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
