#pragma once

#include <shopbell/core/result.hpp>

#include <sys/types.h>

#include <string>

namespace shopbell::config {

struct text_file {
    std::string content;
    unsigned mode = 0;  ///< permission bits
    ::uid_t owner = 0;
    ::gid_t group = 0;
};

/// A whole small file. Fails with `io`; the reason is the system's own text ("No such file or directory"),
/// or that the file is larger than `limit` bytes.
[[nodiscard]] result<text_file> read_text_file(const std::string& path, std::size_t limit);

}  // namespace shopbell::config
