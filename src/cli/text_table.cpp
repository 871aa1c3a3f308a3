#include <shopbell/cli/text_table.hpp>

#include <shopbell/core/text.hpp>

#include <algorithm>

namespace shopbell {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// Characters, not bytes.
std::size_t width_of(std::string_view utf8) {
    return static_cast<std::size_t>(
        std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// The control characters of ISO 8859-1, which UTF-8 writes with this lead byte; some terminals obey them.
bool is_c1(std::string_view text, std::size_t at) {
    return text[at] == '\xC2' && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xA0U;
}

}  // namespace

std::string printable(std::string_view text) {
    const auto utf8 = to_utf8_lossy(text);
    std::string made;
    made.reserve(utf8.size());
    for (std::size_t at = 0; at < utf8.size(); ++at) {
        const auto byte = static_cast<unsigned char>(utf8[at]);
        if (is_c1(utf8, at)) {
            made += replacement;
            ++at;
        } else if ((byte < 0x20 && byte != '\n') || byte == 0x7F) {
            made += byte == '\t' ? std::string_view(" ") : replacement;
        } else {
            made += utf8[at];
        }
    }
    return made;
}

std::string to_seconds(std::string_view rfc3339) {
    const auto dot = rfc3339.find('.');
    if (dot == std::string_view::npos || !rfc3339.ends_with('Z'))
        return std::string(rfc3339);
    return std::string(rfc3339.substr(0, dot)) + "Z";
}

std::string counted(std::uint64_t number, std::string_view one, std::string_view many) {
    auto text = std::to_string(number) + " ";
    if (number == 1)
        return text += one;
    return text += many.empty() ? std::string(one) + "s" : std::string(many);
}

void text_table::add(std::vector<std::string> cells) {
    for (std::size_t column = 0; column < widths_.size(); ++column) {
        cells[column] = printable(cells[column]);
        std::ranges::replace(cells[column], '\n', ' ');
        widths_[column] = std::max(widths_[column], width_of(cells[column]));
    }
    rows_.push_back(std::move(cells));
    ++rows_added_;
}

void text_table::print(std::ostream& out) {
    if (!has_rows())
        return;
    for (const auto& row : rows_) {
        std::string line;
        for (std::size_t column = 0; column < row.size(); ++column) {
            line += row[column];
            line.append(widths_[column] - width_of(row[column]) + 2, ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out << line << '\n';
    }
    out.flush();
    rows_.clear();
}

}  // namespace shopbell
