#include "text_search.hpp"
#include "fuzz.hpp"

#include <string>

using namespace shopbell;

// First line: what an operator looks for. Rest: what a store sent.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto [wanted, body] = fuzz::split_line(fuzz::as_text(data, size));
    fuzz::require(undo_json_escapes(body).size() <= body.size(),
                  "an escape is no shorter than what it stands for");
    const text_search search(wanted, std::make_shared<const delivery_reading>());
    stored_event stored;
    stored.provider = "jumpseller";
    stored.body = body;
    for (const auto* const type : {"application/json", "application/x-www-form-urlencoded", ""}) {
        stored.fields = {{"Content-Type", type}};
        const bool found = search.matches(stored);
        fuzz::require(found || body.find(wanted) == std::string_view::npos, "what stands there is found");
    }
    stored.provider = "ejunkie";
    (void)search.matches(stored);
    return 0;
}
