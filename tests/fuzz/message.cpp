#include "fuzz.hpp"
#include "message_template.hpp"

#include <shopbell/core/json.hpp>
#include <shopbell/core/json_writer.hpp>
#include <shopbell/core/text.hpp>

using namespace shopbell;

namespace {

std::string rendered(const char* text, const char* content_type, const event& about) {
    const auto parsed = message_template::parse(text, "fuzz.mustache", content_type);
    const auto made = parsed->render(about);
    fuzz::require(made.has_value(), "the target's own template always makes a message");
    return *made;
}

}  // namespace

// First line: an owner's template. Rest: what a store's customer wrote, as one string of the event.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto [text, said] = fuzz::split_line(fuzz::as_text(data, size));
    event about;
    about.document = json_writer().begin_object().field("note", said).end_object().take();

    const auto message = rendered(R"({"text":"{{note}}{{#note}}.{{/note}}"})", "application/json", about);
    const auto parsed = json::document::parse(message);
    fuzz::require(parsed && parsed->root().members().size() == 1,
                  "a customer's words add nothing to a JSON message");
    const auto whole = to_utf8_lossy(said);
    fuzz::require(parsed->root().find("text")->text() == whole + (whole.empty() ? "" : "."),
                  "and lose nothing");
    const auto field = rendered("{{note}}", "application/x-www-form-urlencoded", about);
    fuzz::require(field.find_first_of("&=+ \r\n") == std::string::npos, "nor to a form");
    const auto html = rendered("{{note}}", "text/html", about);
    fuzz::require(html.find_first_of("<>\"'") == std::string::npos, "nor to HTML");

    const auto owners = message_template::parse(std::string(text), "fuzz.mustache", "text/plain");
    if (owners)
        (void)owners->render(about);
    else
        fuzz::require(owners.error().reason.starts_with("fuzz.mustache:"), "a wrong template is told where");
    return 0;
}
