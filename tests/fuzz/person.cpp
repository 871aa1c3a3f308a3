#include "person.hpp"
#include "fuzz.hpp"

#include <string>

using namespace shopbell;

// First line: the address of somebody who wants to be forgotten. Rest: a text that a store sent.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto [address, text] = fuzz::split_line(fuzz::as_text(data, size));
    const bool found = mentions_address(text, address);
    fuzz::require(!found || !address.empty(), "nobody has no address");
    fuzz::require(address.empty() || mentions_address("(" + std::string(address) + ")", address),
                  "a mention is found");
    if (found)
        fuzz::require(mentions_address(std::string(text) + " \n", address), "also before more text");
    event about;
    about.document = text;
    (void)mentions_address(about, address);
    return 0;
}
