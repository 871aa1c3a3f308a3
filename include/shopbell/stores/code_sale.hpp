#pragma once

#include <cstddef>
#include <string>

namespace shopbell {

/// What a delivery says of a sale whose buyer waits for codes (providers.md, section 2.7).
struct code_sale {
    std::string transaction, item;  ///< what it is known by; `item` may be empty
    std::string product;            ///< or empty, where the delivery names none
    std::size_t quantity = 1;
    bool completed = false;  ///< the money has come
    std::string problem;     ///< why it cannot be said which codes it takes; empty: it can
};

/// Most codes for one sale.
constexpr std::size_t most_codes = 1000;

}  // namespace shopbell
