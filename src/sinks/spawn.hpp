#pragma once

#include <shopbell/core/file_descriptor.hpp>
#include <shopbell/sinks/program.hpp>

#include <sys/types.h>

#include <optional>
#include <string_view>
#include <utility>

namespace shopbell {

/// A child of ours that is not reaped yet, at the head of a process group of its own. Whoever lets it go
/// kills it, unless it was left.
class child {
public:
    child(::pid_t id, file_descriptor handle) noexcept : id_(id), group_(id), handle_(std::move(handle)) {}
    child(child&& other) noexcept
        : id_(std::exchange(other.id_, 0)), group_(other.group_), handle_(std::move(other.handle_)) {}
    child& operator=(child&&) = delete;
    ~child();

    /// A pidfd: readable once it has ended.
    [[nodiscard]] int handle() const noexcept { return handle_.get(); }

    /// Itself, wherever it has gone, and its group. Safe until `reap`: up to then the ended child keeps its
    /// number from being given to somebody else.
    void kill() const noexcept;

    /// From now on nobody looks after it: it ends by itself.
    void leave() noexcept { id_ = 0; }

    /// Its process group, also when it has been reaped.
    [[nodiscard]] ::pid_t group() const noexcept { return group_; }

    /// Precondition: it has ended. How; nothing where somebody else has reaped it.
    [[nodiscard]] std::optional<program_end> reap() noexcept;

private:
    ::pid_t id_;  // 0: nothing to look after
    ::pid_t group_;
    file_descriptor handle_;
};

/// A running program and our ends of its standard descriptors, which do not block.
struct started_program {
    child process;
    file_descriptor input, output, errors;
};

/// Blocks until the program is loaded or refused. Fails with `io`; of a script that cannot be run with the
/// cause that its first line shows.
[[nodiscard]] result<started_program> spawn(const program& what);

/// The PATH that a program is given, which is where env(1) looks.
[[nodiscard]] std::string_view search_path_of(const program& what) noexcept;

}  // namespace shopbell
