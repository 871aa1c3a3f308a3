#include "masking.hpp"
#include "fuzz.hpp"

#include <shopbell/core/json_writer.hpp>

#include <string>

using namespace shopbell;

namespace {

void require_masked(const personal_data& personal, const json::value& value) {
    if (value.is_string())
        fuzz::require(personal.mask_text(value.text()).masked == 0, "no personal text is left");
    for (const auto& element : value.elements())
        require_masked(personal, element);
    for (const auto& [name, content] : value.members())
        require_masked(personal, content);
}

}  // namespace

// First line: the media type. Rest: what a store sent.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto [type, body] = fuzz::split_line(fuzz::as_text(data, size));
    const bool is_json = static_cast<bool>(json::document::parse(body));
    event content;
    content.original_headers = {{"Content-Type", std::string(type)}};
    content.original_body = body;
    json_writer document;
    document.begin_object().key("data").begin_object().key("payload");
    if (is_json)
        document.raw(body);
    else
        document.string(body);
    document.end_object().end_object();
    content.document = document.take();

    const personal_data personal(content);
    const auto shown = personal.mask_original(body);
    fuzz::require(shown.masked > 0 || shown.text.size() <= body.size(), "what is not masked is as it was");
    if (is_json) {
        const auto masked = json::document::parse(shown.text);
        fuzz::require(static_cast<bool>(masked), "JSON stays JSON");
        require_masked(personal, masked->root());
    }
    const auto whole = personal.mask_document();
    if (json::document::parse(content.document))
        fuzz::require(static_cast<bool>(json::document::parse(whole.text)), "a document stays one");
    (void)personal.mask_text(body);
    return 0;
}
