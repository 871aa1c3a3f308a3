#include "fuzz.hpp"

#include <shopbell/core/clock.hpp>
#include <shopbell/sinks/retry_after.hpp>

using namespace shopbell;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::chrono::hours year(24 * 365);
    const auto text = fuzz::as_text(data, size);
    const time_point present = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21};
    if (const auto wait = parse_retry_after(text, present))
        fuzz::require(wait->count() >= 0 && *wait <= year, "a target asks for at most a year");
    if (const auto date = parse_http_date(text))
        fuzz::require(!to_rfc3339(*date).empty(), "an instant can be written");
    return 0;
}
