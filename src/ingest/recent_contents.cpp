#include <shopbell/ingest/recent_contents.hpp>

#include <utility>

namespace shopbell {

std::optional<std::string> recent_contents::remember(std::uint64_t content, std::string_view id) {
    constexpr std::size_t place_count = 4096;
    const std::lock_guard guard(mutex_);
    places_.resize(place_count);  // the first one; most endpoints need none
    auto& at = places_[content % place_count];
    std::optional<std::string> earlier;
    if (at.content == content && !at.id.empty())
        earlier = std::move(at.id);
    at.content = content;
    at.id = id;
    return earlier;
}

}  // namespace shopbell
