#include "fuzz.hpp"

#include <shopbell/core/json.hpp>

#include <string>

namespace {

using namespace shopbell;

/// A pointer that leads to the member of that name.
std::string escaped(std::string_view name) {
    std::string token = "/";
    for (const char c : name) {
        if (c == '~' || c == '/')
            token += c == '~' ? "~0" : "~1";
        else
            token += c;
    }
    return token;
}

void walk(const json::value& one, std::size_t depth) {
    fuzz::require(depth <= json::document::max_depth, "nesting stays within the limit");
    fuzz::require(!one.raw().empty(), "every value knows its bytes");
    if (one.is_number())
        fuzz::require(json::is_number(one.raw()) && one.text() == one.raw(), "a number's text is its token");
    for (std::size_t i = 0; i < one.elements().size(); ++i) {
        const auto& element = one.elements()[i];
        fuzz::require(one.at("/" + std::to_string(i)) == &element, "a pointer finds every element");
        walk(element, depth + 1);
    }
    for (const auto& member : one.members()) {
        fuzz::require(one.at(escaped(member.name)) == one.find(member.name),
                      "a pointer finds what a name finds");
        walk(member.content, depth + 1);
    }
    if (one.is_object() || one.is_array())
        fuzz::require(json::document::parse(one.raw()).has_value(), "a value's bytes are JSON by themselves");
}

}  // namespace

// First line: a JSON Pointer. Rest: the document.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto [pointer, text] = fuzz::split_line(fuzz::as_text(data, size));
    // Re-reading each container is quadratic; that is this target's cost, not the parser's.
    constexpr std::size_t longest = 4096;
    const auto parsed = json::document::parse(text.substr(0, longest));
    const auto outline = json::document::outline(text.substr(0, longest), 1);
    fuzz::require(parsed.has_value() == outline.has_value(), "an outline is there where the whole is");
    if (!parsed)
        return 0;
    fuzz::require(parsed->root().members().size() == outline->root().members().size() &&
                      parsed->root().elements().size() == outline->root().elements().size(),
                  "the first level is the same");
    walk(parsed->root(), 0);
    if (const auto* found = parsed->root().at(pointer))
        fuzz::require(!found->raw().empty(), "what a pointer finds is a value");
    return 0;
}
