#include "fuzz.hpp"

#include <shopbell/core/text.hpp>
#include <shopbell/crypto/encoding.hpp>

using namespace shopbell;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::as_text(data, size);
    if (const auto bytes = base64_decode(text))
        fuzz::require(base64_encode(*bytes) == text, "only one text stands for some bytes in base64");
    if (const auto bytes = hex_decode(text))
        fuzz::require(hex_encode(*bytes) == to_lower(text), "only one text stands for some bytes in hex");
    fuzz::require(base64_decode(base64_encode(text)) == text, "base64 undoes itself");
    fuzz::require(hex_decode(hex_encode(text)) == text, "hex undoes itself");
    return 0;
}
