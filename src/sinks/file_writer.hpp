#pragma once

#include "shared_file.hpp"

#include <shopbell/sinks/path_template.hpp>
#include <shopbell/sinks/shared_files.hpp>
#include <shopbell/sinks/sink.hpp>

#include <list>
#include <memory>
#include <string>
#include <vector>

namespace shopbell {

struct file_settings {
    path_template path;
    append_settings append;
    rotation rotate;
};

/// The files of one file sink. Everything here blocks; one call at a time.
class file_writer {
public:
    file_writer(file_settings settings, std::shared_ptr<shared_files> files)
        : settings_(std::move(settings)), files_(std::move(files)) {}

    /// One outcome for each event: all that go to one file stand or fall together. Waits for nobody longer
    /// than `until`.
    [[nodiscard]] std::vector<outcome> append(const event_batch& events,
                                              std::chrono::steady_clock::time_point until);

    void close_all();

private:
    struct group {
        std::string path;
        std::string lines;
        std::vector<std::size_t> members;  // their places in the batch
    };
    struct used_file {
        std::string path;
        std::shared_ptr<shared_file> file;
    };

    [[nodiscard]] std::vector<group> by_path(const event_batch& events) const;
    [[nodiscard]] shared_file& take(const std::string& path);

    const file_settings settings_;
    const std::shared_ptr<shared_files> files_;
    std::list<used_file> used_;  // the latest used first
};

}  // namespace shopbell
