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

/// What an outline of that many levels says of a value is what the exact reader says of it; below its last
/// level it may know no elements and members.
void require_same(const json::value& outlined, const json::value& exact, std::size_t levels) {
    fuzz::require(
        outlined.type() == exact.type() && outlined.raw() == exact.raw() && outlined.text() == exact.text(),
        "an outline's value is the exact reader's");
    const auto count = outlined.elements().size() + outlined.members().size();
    if (levels == 0 && count == 0)
        return;
    fuzz::require(count == exact.elements().size() + exact.members().size(), "an outline leaves nothing out");
    const auto below = levels == 0 ? 0 : levels - 1;
    for (std::size_t i = 0; i < exact.elements().size(); ++i)
        require_same(outlined.elements()[i], exact.elements()[i], below);
    for (std::size_t i = 0; i < exact.members().size(); ++i) {
        fuzz::require(outlined.members()[i].name == exact.members()[i].name,
                      "an outline's members have their names");
        require_same(outlined.members()[i].content, exact.members()[i].content, below);
    }
}

void require_outlines(std::string_view text, const result<json::document>& exact) {
    for (std::size_t levels = 1; levels <= 4; ++levels) {
        const auto outline = json::document::outline(text, levels);
        fuzz::require(outline.has_value() == exact.has_value(), "an outline is there where the whole is");
        if (exact)
            require_same(outline->root(), exact->root(), levels);
    }
}

}  // namespace

// First line: a JSON Pointer. Rest: the document.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto [pointer, text] = fuzz::split_line(fuzz::as_text(data, size));
    // Re-reading each container is quadratic; that is this target's cost, not the parser's.
    constexpr std::size_t longest = 4096;
    const auto parsed = json::document::parse(text.substr(0, longest));
    require_outlines(text.substr(0, longest), parsed);
    if (!parsed)
        return 0;
    walk(parsed->root(), 0);
    if (const auto* found = parsed->root().at(pointer))
        fuzz::require(!found->raw().empty(), "what a pointer finds is a value");
    return 0;
}
