#include <shopbell/core/blocking_thread.hpp>

#include <pthread.h>

#include <algorithm>
#include <deque>
#include <thread>

namespace shopbell {

/// The part of a call that lives in a waiting coroutine, and may be destroyed together with its loop.
class blocking_call::waiting_side {
public:
    waiting_side(blocking_call& one, const asio::any_io_executor& home, time_point until)
        : call_(one), alarm_(home, until) {
        const std::lock_guard lock(call_.mutex_);
        call_.alarms_.push_back(&alarm_);
    }
    ~waiting_side() { (void)call_.give_up(&alarm_); }
    waiting_side(const waiting_side&) = delete;
    waiting_side& operator=(const waiting_side&) = delete;

    asio::steady_timer& alarm() noexcept { return alarm_; }
    /// Whether the call had ended before.
    [[nodiscard]] bool give_up() { return call_.give_up(&alarm_); }

private:
    blocking_call& call_;
    asio::steady_timer alarm_;
};

void blocking_call::perform() {
    std::function<void()> work;
    {
        const std::lock_guard lock(mutex_);
        if (given_up_)
            return;
        work.swap(work_);
    }
    std::exception_ptr thrown;
    try {
        if (work)
            work();
    } catch (...) {
        thrown = std::current_exception();
    }
    work = nullptr;  // before anybody may look: what it owned ends on this thread
    const std::lock_guard lock(mutex_);
    done_ = true;
    thrown_ = std::move(thrown);
    ended_.notify_all();
    // Under the lock: a loop stays while somebody in it waits.
    for (auto* const alarm : alarms_) {
        auto cancel = [self = weak_from_this(), alarm] {
            if (const auto one = self.lock())
                one->ring(alarm);
        };
        asio::post(alarm->get_executor(), std::move(cancel));
    }
}

/// On the alarm's own thread, where it has not been taken away meanwhile.
void blocking_call::ring(asio::steady_timer* alarm) {
    const std::lock_guard lock(mutex_);
    if (std::ranges::find(alarms_, alarm) != alarms_.end())
        alarm->cancel();
}

/// Whether it had ended before.
bool blocking_call::give_up(asio::steady_timer* alarm) {
    std::function<void()> dropped;  // destroyed outside of the lock
    const std::lock_guard lock(mutex_);
    std::erase(alarms_, alarm);
    if (done_)
        return true;
    if (alarms_.empty() && work_) {
        given_up_ = true;
        dropped.swap(work_);
    }
    return false;
}

asio::awaitable<bool> blocking_call::finishes_before(std::shared_ptr<blocking_call> one, time_point until) {
    const asio::any_io_executor home = co_await asio::this_coro::executor;
    waiting_side side(*one, home, until);
    if (!one->has_ended())
        co_await side.alarm().async_wait(as_result);
    if (!side.give_up())
        co_return false;
    if (one->thrown_)
        std::rethrow_exception(one->thrown_);
    co_return true;
}

bool blocking_call::wait_until(time_point until) {
    {
        std::unique_lock lock(mutex_);
        // Not wait_until(steady_clock): the thread sanitizer of GCC 12 does not know its system call.
        while (!done_ && std::chrono::steady_clock::now() < until)
            ended_.wait_for(lock, until - std::chrono::steady_clock::now());
    }
    if (!give_up(nullptr))
        return false;
    if (thrown_)
        std::rethrow_exception(thrown_);
    return true;
}

bool blocking_call::has_ended() const {
    const std::lock_guard lock(mutex_);
    return done_;
}

bool blocking_call::is_given_up() const {
    const std::lock_guard lock(mutex_);
    return given_up_;
}

struct blocking_thread::queue {
    std::mutex mutex;  // guards what follows
    std::condition_variable changed;
    std::deque<std::shared_ptr<blocking_call>> calls;
    bool started = false;
    bool closed = false;

    /// The next call, or null at the end.
    std::shared_ptr<blocking_call> take() {
        std::unique_lock lock(mutex);
        changed.wait(lock, [this] { return closed || !calls.empty(); });
        if (calls.empty())
            return nullptr;
        auto next = std::move(calls.front());
        calls.pop_front();
        return next;
    }
};

blocking_thread::blocking_thread(std::string name)
    : name_(name.substr(0, 15)), queue_(std::make_shared<queue>()) {}

blocking_thread::~blocking_thread() {
    const std::lock_guard lock(queue_->mutex);
    queue_->closed = true;
    queue_->changed.notify_all();
}

std::shared_ptr<blocking_call> blocking_thread::post(std::function<void()> work) {
    auto call = std::make_shared<blocking_call>(std::move(work));
    const std::lock_guard lock(queue_->mutex);
    // Behind a call that hangs, those that were given up must not gather.
    std::erase_if(queue_->calls, [](const auto& one) { return one->is_given_up(); });
    queue_->calls.push_back(call);
    if (!queue_->started) {
        std::thread([calls = queue_, name = name_] {
            ::pthread_setname_np(::pthread_self(), name.c_str());
            while (const auto next = calls->take())
                next->perform();
        }).detach();
        queue_->started = true;
    }
    queue_->changed.notify_one();
    return call;
}

}  // namespace shopbell
