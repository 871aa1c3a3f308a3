#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace shopbell::http {

/// One bound over a whole series of reads or writes; a bound on each of them would let a peer that sends a
/// byte now and then stay for ever. Costs a timer operation only when the bound moves nearer. Stays on one
/// io_context's thread.
class deadline {
public:
    using clock = std::chrono::steady_clock;

    /// `on_expiry` ends the operation under way (cancels or closes a socket). An operation that had just
    /// completed is not reached by a cancel, so check `expired` before each next one.
    deadline(boost::asio::any_io_executor executor, std::function<void()> on_expiry);
    ~deadline();
    deadline(const deadline&) = delete;
    deadline& operator=(const deadline&) = delete;

    void expires_after(clock::duration bound);
    void expires_at(clock::time_point when);
    void clear() noexcept;
    /// As `clear`, and leaves no timer behind that keeps the loop from running out of work.
    void stop();
    [[nodiscard]] bool expired() const noexcept;

private:
    struct state;
    std::shared_ptr<state> state_;
};

}  // namespace shopbell::http
