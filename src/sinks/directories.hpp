#pragma once

#include <shopbell/core/result.hpp>

#include <string>
#include <string_view>

namespace shopbell {

/// "cannot write /a/b: No space left on device"
[[nodiscard]] failure os_failure(std::string_view what, const std::string& path, int number);

/// The directory part of a path: "." where it names none.
[[nodiscard]] std::string parent_of(const std::string& path);

/// Creates the directory and its missing parents with mode 0750; each new name is on disk when `sync` is set.
[[nodiscard]] result<> make_directories(const std::string& directory, bool sync);

/// Puts the names in a directory on stable storage.
[[nodiscard]] result<> sync_directory(const std::string& directory);

/// Whether files could be made in the directory, or it could be made where its nearest existing parent is.
/// Changes nothing.
[[nodiscard]] result<> check_directory(const std::string& directory);

}  // namespace shopbell
