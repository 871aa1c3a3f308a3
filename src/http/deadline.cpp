#include "deadline.hpp"

#include <boost/asio/steady_timer.hpp>

namespace shopbell::http {

namespace {

constexpr auto never = deadline::clock::time_point::max();

}  // namespace

// Shared with the timer's handler, which may still be queued when the owner goes.
struct deadline::state : std::enable_shared_from_this<state> {
    state(boost::asio::any_io_executor executor, std::function<void()> expire)
        : timer(executor), on_expiry(std::move(expire)) {}

    void wait() {
        waiting = true;
        timer.expires_at(when);
        timer.async_wait([self = shared_from_this()](boost::system::error_code error) {
            if (!error)
                self->fire();
        });
    }

    void fire() {
        waiting = false;
        if (!on_expiry || when == never)
            return;
        if (clock::now() < when)
            return wait();
        expired = true;
        when = never;
        on_expiry();
    }

    boost::asio::steady_timer timer;
    std::function<void()> on_expiry;
    clock::time_point when = never;
    bool waiting = false;
    bool expired = false;
};

deadline::deadline(boost::asio::any_io_executor executor, std::function<void()> on_expiry)
    : state_(std::make_shared<state>(std::move(executor), std::move(on_expiry))) {}

deadline::~deadline() {
    state_->on_expiry = nullptr;
    state_->timer.cancel();
}

void deadline::expires_after(clock::duration bound) {
    expires_at(clock::now() + bound);
}

void deadline::expires_at(clock::time_point when) {
    state_->expired = false;
    state_->when = when;
    if (!state_->waiting || when < state_->timer.expiry())
        state_->wait();
}

void deadline::clear() noexcept {
    state_->expired = false;
    state_->when = never;
}

void deadline::stop() {
    clear();
    state_->waiting = false;
    state_->timer.cancel();
}

bool deadline::expired() const noexcept {
    return state_->expired;
}

}  // namespace shopbell::http
