#pragma once

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string_view>

namespace shopbell::test {

/// The seed of a test that acts at random: $SHOPBELL_SEED, so that a failure can be tried again, else a new
/// one. Prints it.
inline std::uint32_t random_seed() {
    std::uint32_t seed = std::random_device{}();
    if (const char* const given = std::getenv("SHOPBELL_SEED")) {
        const std::string_view text(given);
        std::from_chars(text.data(), text.data() + text.size(), seed);
    }
    std::cout << "SHOPBELL_SEED=" << seed << std::endl;
    return seed;
}

}  // namespace shopbell::test
