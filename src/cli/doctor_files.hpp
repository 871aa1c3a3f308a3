#pragma once

#include "doctor_report.hpp"

#include <shopbell/inbox/sqlite/examination.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace shopbell {

// What `shopbell doctor` thinks of the files that the daemon lives on.

/// A secret's file as it stands on the disk.
struct secret_file {
    std::string path;
    unsigned mode = 0;   ///< permission bits
    unsigned owner = 0;  ///< user id
    unsigned group = 0;
};
[[nodiscard]] std::vector<secret_file> look_at_secrets(const std::vector<std::string>& paths);

/// Whom the daemon runs as.
struct daemon_user {
    unsigned id = 0;
    std::string name;
    std::vector<unsigned> groups;
};
[[nodiscard]] daemon_user look_up_user(unsigned id);

/// Whether what we may read and write says anything about what the daemon may.
[[nodiscard]] finding judge_user(unsigned us, const inbox_file_facts& inbox);

/// Whether the daemon's user can read them. Who else can, the configuration has said already.
[[nodiscard]] findings judge_secrets(const std::vector<secret_file>& all, const daemon_user& daemon);

[[nodiscard]] finding judge_inbox_file(const std::string& path, const inbox_file_facts& seen);
[[nodiscard]] finding judge_inbox_space(const inbox_file_facts& seen, std::uint64_t min_free,
                                        std::uint64_t max_body);
[[nodiscard]] finding judge_inbox_integrity(const std::string& path, const result<inbox_integrity>& seen,
                                            std::chrono::seconds patience);
[[nodiscard]] finding judge_inbox_sync(const result<sync_times>& seen);

}  // namespace shopbell
