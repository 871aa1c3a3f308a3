#include <shopbell/core/housekeeping.hpp>

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace shopbell {

namespace {

/// Answers and deliveries have the machine first, also under a flood of refusals. Where the system does not
/// allow it, the work is done all the same.
void yield_to_others() {
    constexpr int nice = 10;
    (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), nice);
}

}  // namespace

housekeeping::housekeeping() {
    thread_ = std::jthread([this](const std::stop_token& end) {
        ::pthread_setname_np(::pthread_self(), "housekeeping");
        yield_to_others();
        run(end);
    });
}

housekeeping::~housekeeping() = default;

std::shared_ptr<housekeeping::entry> housekeeping::earliest() const {
    std::shared_ptr<entry> first;
    for (const auto& candidate : entries_) {
        if (candidate->due && (!first || *candidate->due < *first->due))
            first = candidate;
    }
    return first;
}

void housekeeping::run(const std::stop_token& end) {
    std::unique_lock lock(mutex_);
    while (!end.stop_requested()) {
        const auto next = earliest();
        if (!next) {
            changed_.wait(lock, end, [this] { return earliest() != nullptr; });
            continue;
        }
        if (const auto due = *next->due; due > clock::now()) {
            changed_.wait_until(lock, end, due, [this, due] {
                const auto first = earliest();
                return !first || *first->due < due;
            });
            continue;
        }
        next->due.reset();
        running_ = next;
        lock.unlock();
        const auto again = next->run();
        lock.lock();
        running_.reset();
        // Whoever called `wake` during the round knows something that it may not have seen.
        if (again && (!next->due || *again < *next->due))
            next->due = again;
        changed_.notify_all();
    }
}

housekeeping::duty::duty(housekeeping& on, round run)
    : on_(on), entry_(std::make_shared<entry>(entry{std::move(run), clock::now()})) {
    const std::lock_guard guard(on_.mutex_);
    on_.entries_.push_back(entry_);
    on_.changed_.notify_all();
}

housekeeping::duty::~duty() {
    std::unique_lock lock(on_.mutex_);
    std::erase(on_.entries_, entry_);
    on_.changed_.wait(lock, [this] { return on_.running_ != entry_; });
}

void housekeeping::duty::wake() {
    const std::lock_guard guard(on_.mutex_);
    entry_->due = clock::now();
    on_.changed_.notify_all();
}

}  // namespace shopbell
