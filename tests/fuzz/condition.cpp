#include "fuzz.hpp"

#include <shopbell/delivery/condition.hpp>

using namespace shopbell;

// First line: a route's condition. Rest: the event document it is asked of.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto [text, document] = fuzz::split_line(fuzz::as_text(data, size));
    const auto parsed = condition::parse(text);
    if (!parsed)
        fuzz::require(!parsed.error().reason.empty(), "a wrong condition is explained");
    const auto about = json::document::parse(document);
    if (parsed && about)
        (void)parsed->holds(about->root());
    return 0;
}
