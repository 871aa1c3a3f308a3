#include "fuzz.hpp"
#include "request_parser.hpp"

using namespace shopbell;

namespace {

constexpr std::size_t limit = 16 * 1024;

/// What the scanner says in the end when the bytes come in pieces of that size.
http::checked<std::size_t> scan_in_pieces(std::string_view bytes, std::size_t piece) {
    http::head_scanner scanner(limit);
    for (std::size_t come = piece; come < bytes.size(); come += piece) {
        auto found = scanner.scan(bytes.substr(0, come));
        if (!found || *found != 0)
            return found;
    }
    return scanner.scan(bytes);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::as_text(data, size);
    http::head_scanner scanner(limit);
    const auto whole = scanner.scan(bytes);
    for (const std::size_t piece : {1U, 7U}) {
        const auto pieces = scan_in_pieces(bytes, piece);
        fuzz::require(pieces.has_value() == whole.has_value(),
                      "what is refused does not depend on the pieces");
        fuzz::require(!whole || *pieces == *whole, "nor does where the section ends");
    }
    if (!whole || *whole == 0)
        return 0;
    fuzz::require(bytes.substr(0, *whole).ends_with("\r\n\r\n"), "a section ends with a blank line");
    http::request_parser parser(limit);
    const auto length = parser.take_head(bytes);
    if (!length)
        return 0;
    fuzz::require(*length == *whole, "a head is a section");
    const auto facts = http::check_head(parser.head(), limit);
    parser.limit_body({limit, limit});
    const auto body = parser.take_body({});
    fuzz::require(!facts || body, "what the rules pass has a body that can be taken");
    fuzz::require(!facts || parser.done() == (facts->content_length == 0), "and is framed as they say");
    return 0;
}
