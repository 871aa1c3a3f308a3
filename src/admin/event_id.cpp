#include "event_id.hpp"

#include "answers.hpp"

#include <shopbell/core/text.hpp>

#include <algorithm>
#include <iterator>

namespace shopbell {

namespace {

constexpr std::string_view shape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
/// Named where several events are meant; one more is looked for, which tells whether these are all.
constexpr std::size_t most_named = 5;

bool has_shape(std::string_view text, std::string_view part) noexcept {
    constexpr std::string_view digits = "0123456789abcdef";
    return std::ranges::equal(text, part, [&](char given, char wanted) {
        return wanted == '-' ? given == '-' : digits.find(given) != std::string_view::npos;
    });
}

/// Ids that a shortened one may stand for.
struct possible_ids {
    std::vector<std::string> ids;
    bool complete = true;  ///< false: there was no time to look at all events
};

asio::awaitable<result<possible_ids>> find_candidates(api_state& in, std::string part) {
    possible_ids found;
    if (may_begin_id(part)) {
        auto text = part;
        auto begun = co_await in.around.events.ids_beginning_with(std::move(text), most_named + 1);
        if (!begun)
            co_return begun.error();
        found.ids = *std::move(begun);
    }
    if (!may_end_id(part))
        co_return found;
    const work_time time;
    std::optional<std::string> cursor;
    do {
        auto text = part;
        auto after = cursor;
        auto ended = co_await in.around.events.ids_ending_with(std::move(text), std::move(after), most_named);
        if (!ended)
            co_return ended.error();
        std::ranges::move(ended->items, std::back_inserter(found.ids));
        cursor = std::move(ended->next);
    } while (cursor && found.ids.size() <= most_named && !time.is_over());
    found.complete = !cursor || found.ids.size() > most_named;
    std::ranges::sort(found.ids, std::greater());
    const auto repeated = std::ranges::unique(found.ids);
    found.ids.erase(repeated.begin(), repeated.end());
    co_return found;
}

http::response ambiguous(std::string_view part, const std::vector<std::string>& ids) {
    std::string list;
    for (const auto& id : std::span(ids).first(std::min(ids.size(), most_named)))
        list += (list.empty() ? "" : ", ") + id;
    return http::response::error(409, "the id " + std::string(part) + " is ambiguous: " + list +
                                          (ids.size() > most_named ? " and more" : "") +
                                          "; give more of the one that you mean");
}

/// What a shortened id alone cannot tell; nothing where it means one event.
std::optional<http::response> refuse_shortened(std::string_view part, const possible_ids& found) {
    if (found.ids.size() > 1)
        return ambiguous(part, found.ids);
    if (!found.complete)
        return http::response::error(
            409,
            "there are too many events to find one by the end of its id: give its beginning, or all of it");
    if (found.ids.empty())
        return unknown_event(part);
    return std::nullopt;
}

}  // namespace

bool may_begin_id(std::string_view text) noexcept {
    return text.size() <= shape.size() && has_shape(text, shape.substr(0, text.size()));
}

bool may_end_id(std::string_view text) noexcept {
    return text.size() <= shape.size() && has_shape(text, shape.substr(shape.size() - text.size()));
}

asio::awaitable<meant_event> find_event(api_state& in, std::string id) {
    auto whole = to_lower(id);
    if (whole.size() < shape.size() && (may_begin_id(whole) || may_end_id(whole))) {
        if (whole.size() < shortest_id)
            co_return http::response::error(404, "no event with the id " + id +
                                                     ": a shortened one has at least " +
                                                     std::to_string(shortest_id) + " characters");
        auto part = whole;
        auto found = co_await find_candidates(in, std::move(part));
        if (!found)
            co_return failed(found.error());
        if (auto refused = refuse_shortened(id, *found))
            co_return *std::move(refused);
        whole = std::move(found->ids.front());
    }
    auto stored = co_await in.around.events.find(std::move(whole));
    if (!stored)
        co_return failed(stored.error());
    if (!*stored)
        co_return unknown_event(id);
    co_return std::move(**stored);
}

}  // namespace shopbell
