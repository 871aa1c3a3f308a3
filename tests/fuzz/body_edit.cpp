#include "fuzz.hpp"

#include <shopbell/cli/body_edit.hpp>
#include <shopbell/core/json.hpp>
#include <shopbell/stores/form.hpp>

using namespace shopbell;

namespace {

/// The value that was set is there, as it was written where it is JSON.
void require_set(const std::string& made, const body_edit& edit) {
    const auto parsed = json::document::parse(made, 2 * json::document::max_depth);
    fuzz::require(parsed.has_value(), "a changed body is still JSON");
    const bool appended = edit.pointer.ends_with("/-");
    const auto* found = parsed->root().at(edit.pointer);
    fuzz::require(found != nullptr || appended, "and holds what was set");
    if (found != nullptr && json::is_number(edit.value))
        fuzz::require(found->raw() == edit.value, "a number keeps its digits");
}

}  // namespace

// First line: one --set of `shopbell send`. Rest: the body that it changes.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto [text, body] = fuzz::split_line(fuzz::as_text(data, size));
    const auto edit = body_edit::parse(text);
    if (!edit) {
        fuzz::require(!edit.error().reason.empty(), "a wrong --set is explained");
        return 0;
    }
    if (const auto made = edit_json(body, *edit))
        require_set(*made, *edit);
    if (const auto made = edit_form(body, *edit))
        fuzz::require(form::parse(*made).fields().size() <= form::parse(body).fields().size() + 1,
                      "a form grows by one field at most");
    (void)edit_body(body, *edit);
    (void)make_distinct(body, edit->pointer, 7);
    return 0;
}
