#pragma once

#include "text_file.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace shopbell::config {

/// Who reads a secret's file: the user and groups of this process.
struct file_reader {
    ::uid_t user = 0;
    std::vector<::gid_t> groups;
    std::string user_name;  ///< for the command that mends it; digits where the number has no name

    [[nodiscard]] static file_reader this_process();
};

/// What is wrong with who else gets at a secret's file, and the command that mends it: "can be read by other
/// users (mode 0644); run: chmod 600 PATH". Empty where nothing is. What is right:
///   - a file of ours or of root's with no permission for anybody else
///   - a file of root's that a group of ours may read: it is the only way for us to get at it
///   - where root reads (a check before the service starts), whose the service will be is not known: any
///     owner, and a file of root's for any other group than root's
[[nodiscard]] std::string exposure_of(const std::string& path, const text_file& file,
                                      const file_reader& reader);

}  // namespace shopbell::config
