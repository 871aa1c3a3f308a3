#pragma once

#include "append_file.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace shopbell {

struct rotation {
    std::uint64_t size = 0;  ///< a file that would pass it is put away first; 0: never
    unsigned keep = 5;
};

/// One file and its only writer, shared by all sinks whose paths lead to it. Whoever writes waits for its
/// turn, with a bound: a sink that hangs in here delays only those that write to the same file. Blocks.
class shared_file {
public:
    explicit shared_file(std::string path) : path_(std::move(path)) {}

    /// Appends whole lines, behind a rotation where one is due; opens the file where it is not open, or no
    /// longer the one that the path leads to.
    [[nodiscard]] result<> append(std::string_view lines, const append_settings& how, const rotation& rotate);

    /// Lets go of the open file, unless somebody is writing to it, who will see by itself whether it is still
    /// the right one.
    void close();

private:
    class turn;
    enum class step : unsigned char { done, again };

    [[nodiscard]] result<step> append_once(std::string_view lines, const append_settings& how,
                                           const rotation& rotate);

    const std::string path_;

    std::mutex mutex_;
    std::condition_variable free_;
    bool taken_ = false;  // guarded by mutex_

    std::optional<append_file> file_;  // of whoever has the turn
};

}  // namespace shopbell
