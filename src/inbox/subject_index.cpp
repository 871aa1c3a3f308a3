#include <shopbell/inbox/subject_index.hpp>

#include <functional>
#include <ranges>

namespace shopbell {

namespace {

constexpr std::size_t most_entries = 1'000'000;

std::uint32_t digest_of_tail(std::string_view subject) {
    const auto slash = subject.rfind('/');
    const auto tail = slash == std::string_view::npos ? subject : subject.substr(slash + 1);
    return static_cast<std::uint32_t>(std::hash<std::string_view>()(tail));
}

/// The highest number up to `limit` that has this lower half.
sequence widen(std::uint32_t lower, sequence limit) {
    const auto distance = static_cast<std::uint32_t>(limit) - lower;
    return limit - static_cast<sequence>(distance);
}

}  // namespace

bool is_subject_or_tail(std::string_view subject, std::string_view text) noexcept {
    return subject == text || (subject.size() > text.size() && subject.ends_with(text) &&
                               subject[subject.size() - text.size() - 1] == '/');
}

void subject_index::add(sequence number, std::string_view subject) {
    last_ = number;
    if (subject.empty())
        return;
    entries_.push_back({digest_of_tail(subject), static_cast<std::uint32_t>(number)});
    if (entries_.size() > most_entries)
        entries_.pop_front();
}

std::vector<sequence> subject_index::find(std::string_view text, sequence below) const {
    const auto wanted = digest_of_tail(text);
    std::vector<sequence> found;
    auto limit = last_;
    for (const auto& entry : entries_ | std::views::reverse) {
        const auto number = widen(entry.number, limit);
        limit = number;
        if (entry.tail == wanted && number < below)
            found.push_back(number);
    }
    return found;
}

}  // namespace shopbell
