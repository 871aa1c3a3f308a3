#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace shopbell {

class shared_file;

/// The files that file sinks append to, over all reloads: one writer for each, however many sinks lead to it
/// and however they spell its path. Thread-safe.
class shared_files {
public:
    /// `path` as `resolve_path` gives it. The file stays open while anybody keeps what is returned.
    [[nodiscard]] std::shared_ptr<shared_file> find(const std::string& path);

private:
    std::mutex mutex_;
    std::map<std::string, std::weak_ptr<shared_file>> files_;  // guarded by mutex_
};

/// Where a path leads to, every symbolic link followed, also where the file or its directories are not there
/// yet. Blocks.
[[nodiscard]] std::string resolve_path(const std::string& path);

}  // namespace shopbell
