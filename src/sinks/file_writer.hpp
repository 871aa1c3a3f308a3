#pragma once

#include "append_file.hpp"

#include <shopbell/sinks/path_template.hpp>
#include <shopbell/sinks/sink.hpp>

#include <cstdint>
#include <list>
#include <string>
#include <vector>

namespace shopbell {

struct file_settings {
    path_template path;
    append_settings append;
    std::uint64_t rotate_size = 0;  ///< 0: never
    unsigned rotate_keep = 5;
};

/// The open files of one file sink. Everything here blocks; one call at a time.
class file_writer {
public:
    explicit file_writer(file_settings settings) : settings_(std::move(settings)) {}

    /// One outcome for each event: all that go to one file stand or fall together.
    [[nodiscard]] std::vector<outcome> append(const event_batch& events);

    void close_all() noexcept { files_.clear(); }

private:
    struct group {
        std::string path;
        std::string lines;
        std::vector<std::size_t> members;  // their places in the batch
    };
    struct open_file {
        std::string path;
        append_file file;
    };

    [[nodiscard]] std::vector<group> by_path(const event_batch& events) const;
    [[nodiscard]] result<> write(const group& one);
    [[nodiscard]] result<bool> is_full(const append_file& file, std::size_t more) const;
    [[nodiscard]] result<append_file*> take(const std::string& path);

    const file_settings settings_;
    std::list<open_file> files_;  // the latest used first
};

}  // namespace shopbell
