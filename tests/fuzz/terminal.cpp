#include "fuzz.hpp"

#include <shopbell/cli/pretty_json.hpp>
#include <shopbell/cli/text_table.hpp>
#include <shopbell/core/text.hpp>

#include <algorithm>
#include <sstream>

using namespace shopbell;

namespace {

void require_harmless(std::string_view text) {
    fuzz::require(is_utf8(text), "a terminal gets UTF-8");
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool is_c1 =
            byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
        fuzz::require((byte >= 0x20 || byte == '\n') && byte != 0x7F && !is_c1, "nothing steers a terminal");
    }
}

}  // namespace

// What the commands show of a store's words.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::as_text(data, size);
    const auto shown = printable(text);
    require_harmless(shown);
    fuzz::require(printable(shown) == shown, "what is printable stays as it is");

    std::ostringstream out;
    text_table table({"type", "subject"});
    table.add({std::string(text), "order/1"});
    table.print(out);
    require_harmless(out.str());
    fuzz::require(std::ranges::count(out.str(), '\n') == 2, "a row is a line");

    if (const auto parsed = json::document::parse(text)) {
        const auto pretty = pretty_json(parsed->root());
        const auto again = json::document::parse(pretty);
        fuzz::require(again && pretty_json(again->root()) == pretty, "JSON stays JSON, and the same");
    }
    return 0;
}
