#include <shopbell/core/clock.hpp>

#include <fmt/compile.h>
#include <fmt/format.h>
#include <time.h>

#include <array>
#include <iterator>

namespace shopbell {

namespace {

struct civil {
    std::chrono::year_month_day date;
    std::chrono::hh_mm_ss<std::chrono::milliseconds> time;
};

civil split(time_point at) {
    const auto day = std::chrono::floor<std::chrono::days>(at);
    return {std::chrono::year_month_day{day}, std::chrono::hh_mm_ss{at - day}};
}

/// A two-digit year more than 50 years ahead is of the last century (RFC 9110, section 5.6.7).
int full_year(int two_digit_year) {
    const int this_year = int{split(now()).date.year()};
    const int same_century = this_year - this_year % 100 + two_digit_year;
    return same_century > this_year + 50 ? same_century - 100 : same_century;
}

}  // namespace

time_point now() noexcept {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::string to_rfc3339(time_point at) {
    const auto [date, time] = split(at);
    fmt::memory_buffer text;
    fmt::format_to(std::back_inserter(text), FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z"),
                   int{date.year()}, unsigned{date.month()}, unsigned{date.day()}, time.hours().count(),
                   time.minutes().count(), time.seconds().count(), time.subseconds().count());
    return fmt::to_string(text);
}

std::string to_date(time_point at) {
    const auto date = split(at).date;
    return fmt::format("{:04}-{:02}-{:02}", int{date.year()}, unsigned{date.month()}, unsigned{date.day()});
}

std::optional<time_point> parse_http_date(std::string_view text) {
    // strptime with the C locale: we never call setlocale, so its English names hold.
    constexpr std::array<const char*, 3> forms = {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT",
                                                  "%a %b %d %H:%M:%S %Y"};
    if (text.find('\0') != std::string_view::npos)
        return std::nullopt;
    const std::string terminated(text);
    for (std::size_t form = 0; form < forms.size(); ++form) {
        std::tm parts{};
        const char* end = ::strptime(terminated.c_str(), forms[form], &parts);
        if (end == nullptr || *end != '\0')
            continue;
        const int year = form == 1 ? full_year(parts.tm_year % 100) : parts.tm_year + 1900;
        const std::chrono::year_month_day date{std::chrono::year{year},
                                               std::chrono::month{static_cast<unsigned>(parts.tm_mon + 1)},
                                               std::chrono::day{static_cast<unsigned>(parts.tm_mday)}};
        if (!date.ok())
            return std::nullopt;
        return std::chrono::sys_days{date} + std::chrono::hours{parts.tm_hour} +
               std::chrono::minutes{parts.tm_min} + std::chrono::seconds{parts.tm_sec};
    }
    return std::nullopt;
}

}  // namespace shopbell
