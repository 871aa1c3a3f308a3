#include <shopbell/sinks/program.hpp>

#include "spawn.hpp"

#include <shopbell/core/async.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

namespace shopbell {
namespace {

using clock = std::chrono::steady_clock;
using descriptor = asio::posix::stream_descriptor;

/// How much is moved before others have their turn on the loop.
constexpr std::size_t block_size = std::size_t{16} * 1024;

/// Everything that goes on with a running program. Shared with its handlers, which may still be queued when
/// the owner is gone. Waits with Asio and reads with the system's own calls: what a read has taken is then
/// never underway to a handler that comes too late.
class conversation : public std::enable_shared_from_this<conversation> {
public:
    conversation(const asio::any_io_executor& home, std::string input, std::size_t most_output)
        : input_(home),
          output_(home, most_output),
          errors_(home, most_said),
          handle_(home),
          ended_timer_(home),
          text_(std::move(input)) {}

    /// Takes the pipes.
    result<> start(started_program& started) {
        file_descriptor handle(::fcntl(started.process.handle(), F_DUPFD_CLOEXEC, 0));
        const bool watched = watch(input_, started.input) && watch(output_.end, started.output) &&
                             watch(errors_.end, started.errors) && handle && watch(handle_, handle);
        if (!watched)
            return failure{errc::io, "cannot watch a program"};
        write();
        read(output_);
        read(errors_);
        handle_.async_wait(descriptor::wait_read, [self = shared_from_this()](auto error) {
            if (error)
                return;
            self->ended_ = true;
            self->ended_timer_.cancel();
        });
        return {};
    }

    /// Whether the program ended before that time.
    asio::awaitable<bool> ends_before(clock::time_point when) {
        ended_timer_.expires_at(when);
        if (!ended_)
            co_await ended_timer_.async_wait(as_result);
        co_return ended_;
    }

    /// What it said, up to the last byte.
    void collect(program_end& into) {
        into.output = finish(output_);
        into.errors = finish(errors_);
    }

    void close() noexcept {
        boost::system::error_code ignored;
        for (descriptor* part : {&input_, &output_.end, &errors_.end, &handle_})
            part->close(ignored);
        ended_timer_.cancel();
    }

private:
    struct speech {
        speech(const asio::any_io_executor& home, std::size_t most) : end(home), most_kept(most) {}
        descriptor end;
        const std::size_t most_kept;
        std::string kept;
    };

    static bool watch(descriptor& by, file_descriptor& taken) {
        boost::system::error_code error;
        by.assign(taken.get(), error);
        if (error)
            return false;
        static_cast<void>(taken.release());
        return true;
    }

    void write() {
        input_.async_wait(descriptor::wait_write, [self = shared_from_this()](auto error) {
            if (!error && self->write_some())
                self->write();
        });
    }

    /// False when there is no more to write or nobody to read it; the pipe is closed then.
    bool write_some() {
        const std::size_t size = std::min(text_.size() - written_, block_size);
        const auto count = ::write(input_.native_handle(), text_.data() + written_, size);
        if (count < 0 && (errno == EAGAIN || errno == EINTR))
            return true;
        written_ += count > 0 ? static_cast<std::size_t>(count) : 0;
        if (count >= 0 && written_ < text_.size())
            return true;
        boost::system::error_code ignored;
        input_.close(ignored);
        return false;
    }

    void read(speech& from) {
        from.end.async_wait(descriptor::wait_read, [self = shared_from_this(), &from](auto error) {
            if (!error && self->read_some(from) != progress::end)
                self->read(from);
        });
    }

    enum class progress : unsigned char { some, none, end };

    progress read_some(speech& from) {
        const auto count = ::read(from.end.native_handle(), block_.data(), block_.size());
        if (count < 0 && (errno == EAGAIN || errno == EINTR))
            return progress::none;
        if (count <= 0)
            return progress::end;
        from.kept.append(block_.data(),
                         std::min(static_cast<std::size_t>(count), from.most_kept - from.kept.size()));
        return progress::some;
    }

    /// What is in the pipe still. A program that has left the group may go on writing: no more than matters.
    std::string finish(speech& from) {
        while (from.kept.size() < from.most_kept && read_some(from) == progress::some) {
        }
        return std::move(from.kept);
    }

    descriptor input_;
    speech output_, errors_;
    descriptor handle_;
    asio::steady_timer ended_timer_;
    const std::string text_;
    std::size_t written_ = 0;
    bool ended_ = false;
    std::array<char, block_size> block_{};
};

/// How often it is looked whether anybody of a group is left: the number of a group that has ended may be
/// given to another one, which must not be killed.
constexpr std::chrono::seconds between_looks{1};

bool is_there(::pid_t group) noexcept {
    return ::kill(-group, 0) == 0 || errno == EPERM;
}

/// Kills what is left of a group at that time.
asio::awaitable<void> kill_group_at(::pid_t group, clock::time_point when) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (is_there(group) && clock::now() < when) {
        timer.expires_at(std::min(when, clock::now() + between_looks));
        co_await timer.async_wait(as_result);
    }
    if (clock::now() >= when)
        ::kill(-group, SIGKILL);
}

/// A program and what is said with it.
class running_program {
public:
    running_program(const asio::any_io_executor& home, started_program started, std::string input,
                    std::size_t most_output)
        : started_(std::move(started)),
          talk_(std::make_shared<conversation>(home, std::move(input), most_output)) {}
    running_program(const running_program&) = delete;
    running_program& operator=(const running_program&) = delete;
    ~running_program() {
        talk_->close();
        started_.process.leave();
    }

    asio::awaitable<result<program_end>> finish(clock::time_point until) {
        if (auto done = talk_->start(started_); !done) {
            started_.process.kill();
            co_return done.error();
        }
        const bool in_time = co_await talk_->ends_before(until);
        if (!in_time) {
            started_.process.kill();
            const bool ended = co_await talk_->ends_before(clock::time_point::max());
            if (!ended)
                co_return failure{errc::unavailable, "stopped"};
            // Before it is reaped: see child::kill. What the group has started meanwhile ends, too.
            started_.process.kill();
        }
        auto end = started_.process.reap();
        if (!end)
            co_return failure{errc::io, "a program's exit status was lost: is SIGCHLD ignored?"};
        if (!in_time)
            end->why = program_end::cause::timed_out;
        talk_->collect(*end);
        co_return std::move(*end);
    }

    [[nodiscard]] ::pid_t group() const noexcept { return started_.process.group(); }

private:
    started_program started_;
    const std::shared_ptr<conversation> talk_;
};

}  // namespace

asio::awaitable<result<program_end>> run_program(program what, std::chrono::milliseconds timeout,
                                                 blocking_thread& starter) {
    const asio::any_io_executor home = co_await asio::this_coro::executor;
    const auto until = clock::now() + timeout;
    std::string input = std::move(what.input);
    const std::string path = what.path;
    const std::size_t most_output = what.most_output;
    auto job = [what = std::move(what)] { return spawn(what); };
    auto started = co_await starter.run(std::move(job), until);
    if (!started)
        co_return failure{errc::timeout, "starting " + path + " takes too long"};
    if (!*started)
        co_return started->error();
    running_program running(home, std::move(**started), std::move(input), most_output);
    auto end = co_await running.finish(until);
    if (end && end->why != program_end::cause::timed_out && is_there(running.group()))
        asio::co_spawn(home, kill_group_at(running.group(), until), asio::detached);
    co_return end;
}

}  // namespace shopbell
