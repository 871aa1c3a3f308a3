#include "api_call.hpp"
#include "fuzz.hpp"

#include <shopbell/admin/moment.hpp>

#include <algorithm>

using namespace shopbell;

// The target of a request to the operator's interface: a path, and behind a "?" what is asked for.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto target = fuzz::as_text(data, size);
    const auto mark = std::min(target.find('?'), target.size());
    const auto path = target.substr(0, mark);
    if (const auto segments = split_path(path))
        fuzz::require(segments->size() <= path.size() + 1, "a path has no more segments than characters");

    const auto query = parameters::parse(target.substr(std::min(mark + 1, target.size())));
    if (!query) {
        fuzz::require(!query.error().reason.empty(), "a wrong query is explained");
        return 0;
    }
    const time_point present = std::chrono::sys_days{std::chrono::year{2026} / 11 / 21};
    if (const auto limit = read_limit(*query))
        fuzz::require(*limit >= 1 && *limit <= 1000, "a page has a bound");
    (void)read_filter(*query, present);
    for (const auto name : query->names()) {
        const auto text = query->value(name);
        if (const auto number = read_number(text))
            fuzz::require(*number >= 0, "a cursor is no negative number");
        if (const auto cursor = range_cursor::parse(text)) {
            const auto again = range_cursor::parse(cursor->to_string());
            fuzz::require(again && again->after == cursor->after && again->up_to == cursor->up_to,
                          "a cursor survives being written");
        }
        (void)parse_moment(text, present);
    }
    return 0;
}
