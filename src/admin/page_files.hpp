#pragma once

#include <span>
#include <string_view>

namespace shopbell {

/// One file of the inspector's page, as it is embedded in the program.
struct page_file {
    std::string_view path;  ///< below src/admin/page
    std::string_view content_type;
    std::string_view plain;
    std::string_view packed;  ///< the same with gzip
};

/// Twelve hexadecimal digits that change with any of the files.
[[nodiscard]] std::string_view page_hash() noexcept;

[[nodiscard]] std::span<const page_file> page_files();

}  // namespace shopbell
