#include "excerpt.hpp"
#include "fuzz.hpp"
#include "redactor.hpp"

#include <shopbell/core/text.hpp>

using namespace shopbell;

// What a sink's target answered or its program printed. Its first line is taken for the secret that it was
// sent.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto [word, said] = fuzz::split_line(fuzz::as_text(data, size));
    const auto line = excerpt(said);
    fuzz::require(is_utf8(line) && line.find_first_of("\r\n\t\x1b\x7f") == std::string::npos,
                  "an excerpt is one line of text");
    fuzz::require(line.size() <= 200, "and short");
    const auto kept = as_response(said);
    fuzz::require(is_utf8(kept) && kept.size() <= longest_response, "what is kept is text and bounded");

    redactor known;
    known.add(word);
    constexpr std::string_view placeholder = "[secret]";
    const auto redacted = known.redact(std::string(said), false);
    if (word.empty())
        fuzz::require(redacted == said, "without a secret nothing is redacted");
    else if (word.find_first_of(placeholder) == std::string_view::npos)
        fuzz::require(redacted.find(word) == std::string::npos, "no secret is left");
    return 0;
}
