#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace shopbell {

/// Why the kernel cannot run a file that may be executed, as far as its first line shows: no "#!" in a text,
/// a line end of CR LF, an interpreter that is not there. The kernel itself says only "No such file or
/// directory" or "Exec format error". `search_path` is what env(1) will look through. Blocks.
[[nodiscard]] std::optional<std::string> why_not_runnable(const std::string& path,
                                                          std::string_view search_path);

/// What PATH finds first, or nothing.
[[nodiscard]] std::optional<std::string> find_in_path(std::string_view word, std::string_view search_path);

/// The errno that running the file would meet, or nothing where it may be run.
[[nodiscard]] std::optional<int> reason_against(const std::string& path);

}  // namespace shopbell
