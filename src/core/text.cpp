#include <shopbell/core/text.hpp>

#include <shopbell/core/ascii.hpp>

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

namespace shopbell {

namespace {

constexpr auto lower_letters = [] {
    std::array<char, 256> table{};
    for (std::size_t c = 0; c < table.size(); ++c)
        table[c] = to_lower(static_cast<char>(c));
    return table;
}();

constexpr char lower(char c) noexcept {
    return lower_letters[static_cast<unsigned char>(c)];
}

/// How many bytes the well-formed sequence at the start of `text` has, or 0 (Unicode, table 3-7).
std::size_t sequence_length(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto tail = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xbf) {
        return i < text.size() && byte(i) >= low && byte(i) <= high;
    };
    const unsigned first = byte(0);
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return tail(1) ? 2 : 0;
    if (first >= 0xe0 && first <= 0xef) {
        const unsigned low = first == 0xe0 ? 0xa0 : 0x80;
        const unsigned high = first == 0xed ? 0x9f : 0xbf;
        return tail(1, low, high) && tail(2) ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        const unsigned low = first == 0xf0 ? 0x90 : 0x80;
        const unsigned high = first == 0xf4 ? 0x8f : 0xbf;
        return tail(1, low, high) && tail(2) && tail(3) ? 4 : 0;
    }
    return 0;
}

/// The fewest insertions, deletions, replacements and swaps of neighbours that make `b` of `a` (optimal
/// string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
    std::iota(above.begin(), above.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before.swap(above);
        above.swap(row);
    }
    return above.back();
}

/// The words between the dots of a text; an empty text is one empty word.
class dotted_words {
public:
    explicit dotted_words(std::string_view text) noexcept : rest_(text) {}

    [[nodiscard]] bool done() const noexcept { return done_; }
    [[nodiscard]] std::string_view front() const noexcept { return rest_.substr(0, rest_.find('.')); }
    void drop() noexcept {
        const auto dot = rest_.find('.');
        done_ = dot == std::string_view::npos;
        rest_.remove_prefix(done_ ? rest_.size() : dot + 1);
    }

private:
    std::string_view rest_;
    bool done_ = false;
};

}  // namespace

bool iequals(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

std::string to_lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

std::string to_upper(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) { return to_upper(c); });
    return out;
}

std::string_view trim(std::string_view text) noexcept {
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_space(text.back()))
        text.remove_suffix(1);
    return text;
}

std::string_view without_byte_order_marks(std::string_view text) noexcept {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    while (text.starts_with(mark))
        text.remove_prefix(mark.size());
    return text;
}

bool is_utf8(std::string_view text) noexcept {
    return simdjson::validate_utf8(text.data(), text.size());
}

std::string to_utf8_lossy(std::string_view text) {
    if (is_utf8(text))
        return std::string(text);
    std::string out;
    out.reserve(text.size() + 16);
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        if (length == 0)
            out += "\xef\xbf\xbd";
        else
            out += text.substr(0, length);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

std::optional<std::string_view> closest(std::string_view word, std::span<const std::string_view> candidates) {
    constexpr std::size_t longest_word = 64;
    if (word.size() > longest_word)
        return std::nullopt;
    std::size_t best = std::clamp<std::size_t>(word.size() / 3, 1, 2) + 1;
    std::optional<std::string_view> found;
    for (const auto candidate : candidates) {
        const std::size_t edits = distance(word, candidate);
        if (edits < best) {
            best = edits;
            found = candidate;
        }
    }
    return found;
}

bool wildcard_match(std::string_view pattern, std::string_view text) noexcept {
    std::size_t p = 0, w = 0, star = std::string_view::npos, resume = 0;
    while (w < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = w;
        } else if (p < pattern.size() && pattern[p] == text[w]) {
            ++p;
            ++w;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            w = ++resume;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool glob_match(std::string_view glob, std::string_view name) noexcept {
    constexpr std::string_view any_number = "**";
    dotted_words pattern(glob), words(name), resume(name);
    std::optional<dotted_words>
        after_run;  // what is left behind the last "**": only that can take more words
    while (!words.done()) {
        if (!pattern.done() && pattern.front() == any_number) {
            pattern.drop();
            after_run = pattern;
            resume = words;
        } else if (!pattern.done() && wildcard_match(pattern.front(), words.front())) {
            pattern.drop();
            words.drop();
        } else if (after_run) {
            resume.drop();
            words = resume;
            pattern = *after_run;
        } else {
            return false;
        }
    }
    while (!pattern.done() && pattern.front() == any_number)
        pattern.drop();
    return pattern.done();
}

}  // namespace shopbell
