#include "fuzz.hpp"

#include <shopbell/core/clock.hpp>
#include <shopbell/stores/timestamp.hpp>

using namespace shopbell;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (const auto when = parse_timestamp(fuzz::as_text(data, size)))
        fuzz::require(parse_timestamp(to_rfc3339(*when)) == when, "an instant survives being written");
    return 0;
}
