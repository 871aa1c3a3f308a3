#include "fuzz.hpp"

#include <shopbell/core/text.hpp>

#include <vector>

using namespace shopbell;

namespace {

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    for (;;) {
        const auto dot = text.find('.');
        words.push_back(text.substr(0, dot));
        if (dot == std::string_view::npos)
            return words;
        text.remove_prefix(dot + 1);
    }
}

/// The textbook's table: whether the first `i` parts of the pattern match the first `j` of what is matched,
/// where `is_run(i)` says that a part stands for any number of them and `fits(i, j)` that it stands for that
/// one.
template <class IsRun, class Fits>
bool table_match(std::size_t pattern, std::size_t matched, const IsRun& is_run, const Fits& fits) {
    std::vector<char> row(matched + 1, 0);
    row[0] = 1;
    for (std::size_t i = 0; i < pattern; ++i) {
        std::vector<char> next(matched + 1, 0);
        for (std::size_t j = 0; j <= matched; ++j) {
            if (is_run(i))
                next[j] = static_cast<char>(row[j] != 0 || (j > 0 && next[j - 1] != 0));
            else
                next[j] = static_cast<char>(j > 0 && row[j - 1] != 0 && fits(i, j - 1));
        }
        row = std::move(next);
    }
    return row[matched] != 0;
}

bool word_matches(std::string_view pattern, std::string_view word) {
    return table_match(
        pattern.size(), word.size(), [&](std::size_t i) { return pattern[i] == '*'; },
        [&](std::size_t i, std::size_t j) { return pattern[i] == word[j]; });
}

bool matches(std::string_view glob, std::string_view name) {
    const auto patterns = words_of(glob);
    const auto words = words_of(name);
    return table_match(
        patterns.size(), words.size(), [&](std::size_t i) { return patterns[i] == "**"; },
        [&](std::size_t i, std::size_t j) { return word_matches(patterns[i], words[j]); });
}

}  // namespace

// First line: a route's glob, or an operator's. Rest: the type of an event, in which a store's own word may
// stand.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t longest = 4096;  // the table's cost grows with the square
    const auto [glob, name] = fuzz::split_line(fuzz::as_text(data, size).substr(0, longest));
    fuzz::require(wildcard_match(glob, name) == word_matches(glob, name), "a wildcard matches as it should");
    fuzz::require(glob_match(glob, name) == matches(glob, name), "a glob matches as it should");
    return 0;
}
