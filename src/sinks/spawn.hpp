#pragma once

#include "child_process.hpp"

#include <shopbell/core/file_descriptor.hpp>

#include <sys/types.h>

#include <optional>
#include <utility>

namespace shopbell {

/// A child of ours that is not reaped yet, at the head of a process group of its own. Whoever lets it go
/// kills it.
class child {
public:
    child(::pid_t id, file_descriptor handle) noexcept : id_(id), handle_(std::move(handle)) {}
    child(child&& other) noexcept : id_(std::exchange(other.id_, 0)), handle_(std::move(other.handle_)) {}
    child& operator=(child&&) = delete;
    ~child();

    /// A pidfd: readable once it has ended.
    [[nodiscard]] int handle() const noexcept { return handle_.get(); }

    /// Itself, wherever it has gone, and its group. Safe until `reap`: up to then the ended child keeps its
    /// number from being given to somebody else.
    void kill() const noexcept;

    /// Precondition: it has ended. How; nothing where somebody else has reaped it.
    [[nodiscard]] std::optional<program_end> reap() noexcept;

private:
    ::pid_t id_;  // 0: nothing to look after
    file_descriptor handle_;
};

/// A running program and our ends of its standard descriptors, which do not block.
struct started_program {
    child process;
    file_descriptor input, output, errors;
};

/// Blocks until the program is loaded or refused. Fails with `io`.
[[nodiscard]] result<started_program> spawn(const program& what);

}  // namespace shopbell
