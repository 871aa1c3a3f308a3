#include <shopbell/inbox/inbox.hpp>

#include <shopbell/core/text.hpp>
#include <shopbell/inbox/archive.hpp>
#include <shopbell/inbox/settings.hpp>

#include <algorithm>

namespace shopbell {

void sort_numbers(change& decision) {
    const auto sort = [](auto& part) {
        if constexpr (requires { part.numbers; }) {
            std::ranges::sort(part.numbers);
            const auto repeats = std::ranges::unique(part.numbers);
            part.numbers.erase(repeats.begin(), repeats.end());
        }
    };
    std::visit(sort, decision);
}

void inbox::close_sink(const std::string& /*name*/) {}

steady_point inbox::held_until(const std::string& /*sink*/) const {
    return steady_point::max();
}

subscription inbox::on_sink_change(std::function<void(const std::string&)> /*tell*/) {
    return {};
}

bool fits_but_for_state(const event_filter& filter, const event_summary& event) {
    return (filter.subject.empty() || filter.subject == event.subject) &&
           (filter.endpoint.empty() || wildcard_match(filter.endpoint, event.endpoint)) &&
           (filter.type.empty() || glob_match(filter.type, event.type)) &&
           (!filter.since || event.accepted_at >= *filter.since) &&
           (!filter.until || event.accepted_at < *filter.until);
}

std::string describe_place(const inbox_engine& engine) {
    if (const auto* const file = std::get_if<sqlite_settings>(&engine))
        return file->path;
    std::string place = "PostgreSQL at ";
    for (const auto& host : std::get<postgres_settings>(engine).hosts)
        place += (place.ends_with("at ") ? "" : ", ") + host;
    return place;
}

}  // namespace shopbell
