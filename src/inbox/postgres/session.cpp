#include "session.hpp"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace shopbell::postgres {

failure failure_of(const error& why) {
    const bool is_known = why.code == errc::busy || why.code == errc::corrupt;
    return failure{is_known ? why.code : errc::unavailable, why.reason};
}

session::session(duties what) : duties_(std::move(what)) {}

void session::start() {
    thread_ = std::thread([this] {
        ::pthread_setname_np(::pthread_self(), duties_.thread.c_str());
        loop();
    });
}

void session::stop() {
    {
        const std::lock_guard guard(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable())
        thread_.join();
}

void session::hurry() {
    {
        const std::lock_guard guard(mutex_);
        hurried_ = true;
    }
    wake_.notify_one();
}

void session::submit(std::function<void()> task) {
    {
        const std::lock_guard guard(mutex_);
        tasks_.push_back(std::move(task));
    }
    wake_.notify_one();
}

void session::loop() {
    // What is due of itself goes first: however much there is to do, terms are renewed in time.
    bool has_worked = false;
    for (clock::time_point due = clock::now();;) {
        std::function<void()> task;
        {
            std::unique_lock guard(mutex_);
            const auto is_called = [this] { return hurried_ || stopping_ || !tasks_.empty(); };
            while (!is_called() && clock::now() < due) {
                if (due == clock::time_point::max())
                    wake_.wait(guard, is_called);
                else
                    wake_.wait_until(guard, due);
            }
            if (stopping_ && tasks_.empty())
                break;
            if (std::exchange(hurried_, false))
                due = clock::now();
            if (!tasks_.empty() && (has_worked || clock::now() < due)) {
                task = std::move(tasks_.front());
                tasks_.pop_front();
            }
        }
        has_worked = !task;
        due = do_one(task, due);
    }
    duties_.leave();
    connection_.reset();
}

/// The task, or what is due of itself. Returns when the latter is due again: what an exception ends is tried
/// again a little later.
session::clock::time_point session::do_one(const std::function<void()>& task,
                                           clock::time_point due) noexcept {
    try {
        if (!task)
            return duties_.work();
        task();
        return due;
    } catch (...) {
        return clock::now() + pause;
    }
}

answer<connection*> session::connected() {
    if (connection_ && !duties_.is_current())
        connection_.reset();
    if (connection_)
        return &*connection_;
    if (refused_ && clock::now() < next_attempt_)
        return *refused_;
    auto opened = duties_.open();
    if (!opened) {
        refused_ = opened.error();
        next_attempt_ = clock::now() + pause;
        return *refused_;
    }
    refused_.reset();
    connection_.emplace(*std::move(opened));
    return &*connection_;
}

void session::give_up(const error& why) {
    if (!connection_)
        return;
    const auto host = connection_->host();
    connection_.reset();
    duties_.lost(host, why);
}

void session::give_up_if_useless(const error& why) {
    // A server that goes, that is a standby by now, or a pooler: appendix A of PostgreSQL's manual.
    static constexpr std::array<std::string_view, 4> states = {"08", "57P", "25006", "26000"};
    const auto fits = [&why](std::string_view state) { return why.state.starts_with(state); };
    const bool is_nobodys = why.state.empty() && why.code == errc::unavailable;
    if (is_nobodys || !connection_ || connection_->is_lost() || std::ranges::any_of(states, fits))
        give_up(why);
}

}  // namespace shopbell::postgres
