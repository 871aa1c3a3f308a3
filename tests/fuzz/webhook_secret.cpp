#include "fuzz.hpp"

#include <shopbell/crypto/encoding.hpp>
#include <shopbell/sinks/standard_webhooks.hpp>

#include <string>

using namespace shopbell;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::as_text(data, size);
    if (const auto key = standard_webhooks_key(secret(std::string(text)))) {
        fuzz::require(!key->empty(), "a key has bytes");
        const auto again = standard_webhooks_key(secret("whsec_" + base64_encode(key->reveal())));
        fuzz::require(again && again->reveal() == key->reveal(), "a key survives being written");
    }
    if (!text.empty()) {
        auto unpadded = base64_encode(text);
        unpadded.erase(unpadded.find_last_not_of('=') + 1);
        const auto key = standard_webhooks_key(secret(unpadded));
        fuzz::require(key && key->reveal() == text, "padding may be missing");
    }
    return 0;
}
