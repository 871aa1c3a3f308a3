#pragma once

#include "support/process.hpp"
#include "support/temp_dir.hpp"

#include <string>
#include <string_view>

namespace shopbell::test {

/// A folder on a disk that fails when told to, and whose power can be cut: for the one process that is
/// started with it. What it has synced is kept, what it has not is lost with the power.
/// (fault_disk/preload.cpp)
class fault_disk {
public:
    /// `folder` exists, and is empty.
    explicit fault_disk(std::string folder);

    /// Whether such a process can be started: sanitizers want to be loaded first.
    [[nodiscard]] static bool is_possible();

    /// The command with its files in the folder on this disk.
    [[nodiscard]] command on_it(command what) const;

    /// The next sync of that file fails.
    void fail_sync_of(std::string_view name) const;
    [[nodiscard]] bool has_failed() const;

    /// The folder as the disk has it. The process has ended.
    void cut_power() const;

private:
    const std::string folder_;
    temp_dir own_;
};

}  // namespace shopbell::test
