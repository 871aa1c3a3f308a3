#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// Text of strangers for a terminal: no control character, nothing that is not UTF-8. Line feeds stay.
[[nodiscard]] std::string printable(std::string_view text);

/// "2026-11-21T15:51:45Z" of "2026-11-21T15:51:45.279Z"; anything else as it is.
[[nodiscard]] std::string to_seconds(std::string_view rfc3339);

/// "1 event", "3 events"; `many` where the plural is not made with an "s".
[[nodiscard]] std::string counted(std::uint64_t number, std::string_view one, std::string_view many = {});

/// Rows in aligned columns under a line of headings. Cells are made printable and their line feeds spaces.
class text_table {
public:
    explicit text_table(std::vector<std::string> headings) : widths_(headings.size(), 0) {
        add(std::move(headings));
    }

    void add(std::vector<std::string> cells);

    /// Prints the rows added since the last time; nothing before there is one besides the headings. Columns
    /// only grow.
    void print(std::ostream& out);

    [[nodiscard]] bool has_rows() const noexcept { return rows_added_ > 1; }

private:
    std::vector<std::size_t> widths_;
    std::vector<std::vector<std::string>> rows_;
    std::size_t rows_added_ = 0;
};

}  // namespace shopbell
