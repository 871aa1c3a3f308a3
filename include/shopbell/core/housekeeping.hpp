#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace shopbell {

/// The one thread of work that nobody waits for: it looks for silence of endpoints and explains refusals. It
/// yields to all other threads of the machine, and no duty keeps it: each does one bounded round and gives
/// the thread back. Thread-safe; outlives its duties.
class housekeeping {
public:
    using clock = std::chrono::steady_clock;
    /// One round of a duty. When the next is due; nothing: not before somebody calls `wake`.
    using round = std::function<std::optional<clock::time_point>()>;

    housekeeping();
    ~housekeeping();
    housekeeping(const housekeeping&) = delete;
    housekeeping& operator=(const housekeeping&) = delete;

    class duty;

private:
    /// What the thread knows of a duty.
    struct entry {
        round run;
        std::optional<clock::time_point> due;
    };

    void run(const std::stop_token& end);
    [[nodiscard]] std::shared_ptr<entry> earliest() const;

    std::mutex mutex_;  // guards all below, but for the thread
    std::condition_variable_any changed_;
    std::vector<std::shared_ptr<entry>> entries_;
    std::shared_ptr<entry> running_;

    std::jthread thread_;  ///< last: it uses all of the above
};

/// RAII handle: the duty's first round is due at once; when the handle is destroyed, a round that is under
/// way ends first and no other follows. Not to be destroyed by a round.
class housekeeping::duty {
public:
    /// `run` does not throw.
    duty(housekeeping& on, round run);
    ~duty();
    duty(const duty&) = delete;
    duty& operator=(const duty&) = delete;

    /// The next round is due now. From any thread.
    void wake();

private:
    housekeeping& on_;
    std::shared_ptr<entry> entry_;
};

}  // namespace shopbell
