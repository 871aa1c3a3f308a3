#include <shopbell/service/watchdog.hpp>

#include <pthread.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace shopbell {

namespace {

/// The manager's advice is twice in an interval; one round more, and one slow answer costs nothing.
constexpr int rounds_in_an_interval = 3;

}  // namespace

std::optional<std::chrono::microseconds> watchdog_interval() {
    std::uint64_t interval = 0;
    if (::sd_watchdog_enabled(1, &interval) <= 0)
        return std::nullopt;
    return std::chrono::microseconds(interval);
}

/// Who owes an answer.
struct watchdog::roll {
    std::mutex mutex;  // guards all below
    std::condition_variable changed;
    std::vector<bool> owes;
    std::size_t owing = 0;
    bool stopping = false;

    void call(std::size_t index) {
        owes[index] = true;
        ++owing;
    }

    void answered(std::size_t index) {
        const std::lock_guard lock(mutex);
        if (!owes[index])
            return;
        owes[index] = false;
        if (--owing == 0)
            changed.notify_all();
    }
};

watchdog::watchdog(notifier& manager, std::shared_ptr<log> lines, std::chrono::microseconds interval)
    : notifier_(manager),
      log_(std::move(lines)),
      round_(interval / rounds_in_an_interval),
      roll_(std::make_shared<roll>()) {}

watchdog::~watchdog() {
    if (!thread_.joinable())
        return;
    {
        const std::lock_guard lock(roll_->mutex);
        roll_->stopping = true;
    }
    roll_->changed.notify_all();
    thread_.join();
}

void watchdog::watch(std::string name, ping ask) {
    loops_.push_back({std::move(name), std::move(ask)});
}

void watchdog::start() {
    roll_->owes.resize(loops_.size());
    thread_ = std::thread([this] { run(); });
    ::pthread_setname_np(thread_.native_handle(), "watchdog");
}

void watchdog::run() {
    for (;;) {
        const auto next_round = clock::now() + round_;
        ask();
        std::unique_lock lock(roll_->mutex);
        roll_->changed.wait_until(lock, next_round, [this] { return roll_->owing == 0 || roll_->stopping; });
        if (roll_->stopping)
            return;
        const auto late = missing();
        // Nobody may wait for us here: the service manager can be slow to read.
        lock.unlock();
        report(late);
        if (late.empty())
            notifier_.alive();
        lock.lock();
        if (roll_->changed.wait_until(lock, next_round, [this] { return roll_->stopping; }))
            return;
    }
}

void watchdog::ask() {
    for (std::size_t i = 0; i < loops_.size(); ++i) {
        {
            const std::lock_guard lock(roll_->mutex);
            if (roll_->owes[i])
                continue;
            roll_->call(i);
        }
        loops_[i].ask([of = roll_, i] { of->answered(i); });
    }
}

std::string watchdog::missing() const {
    std::string names;
    for (std::size_t i = 0; i < loops_.size(); ++i) {
        if (roll_->owes[i])
            names += (names.empty() ? "" : ", ") + loops_[i].name;
    }
    return names;
}

void watchdog::report(const std::string& missing) {
    if (missing == reported_)
        return;
    reported_ = missing;
    if (missing.empty()) {
        log_->info("all loops answer again");
        notifier_.trouble("");
        return;
    }
    log_->error("a loop does not answer", {{"loops", missing}});
    notifier_.trouble("does not answer: " + missing);
}

}  // namespace shopbell
