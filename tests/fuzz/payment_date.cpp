#include "fuzz.hpp"

#include <shopbell/core/clock.hpp>
#include <shopbell/stores/ejunkie_documents.hpp>

using namespace shopbell;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (const auto when = ejunkie::parse_payment_date(fuzz::as_text(data, size)))
        fuzz::require(!to_rfc3339(*when).empty(), "an instant can be written");
    return 0;
}
