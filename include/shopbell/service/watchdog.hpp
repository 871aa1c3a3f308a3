#pragma once

#include <shopbell/core/log.hpp>
#include <shopbell/service/notifier.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace shopbell {

/// How long the service manager waits for a sign of life before it ends this process (WatchdogSec=), or
/// nothing where it does not. Removes the setting from the environment: a second call finds nothing. To be
/// called while there is one thread.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog_interval();

/// Watches the daemon's loops: asks each of them, three times in an interval, to do a piece of work, and
/// tells the service manager that we live when every one has answered since it was last told. A loop that
/// hangs stops that, so that the manager restarts us; before, the log and the status say which one it is.
///
/// A round begins every third of the interval. A loop that still owes an answer is not asked again: what it
/// is asked waits in its queue, and queues do not grow while a loop hangs.
class watchdog {
public:
    /// Calls `answered` on the loop, as soon as the loop comes to it, once; or never. Must neither block nor
    /// throw; called by the watchdog's thread. `answered` may be called and destroyed on any thread at any
    /// time, also after the watchdog is gone.
    using ping = std::function<void(std::function<void()> answered)>;

    /// `manager` outlives the watchdog. Nothing happens before `start`.
    watchdog(notifier& manager, std::shared_ptr<log> lines, std::chrono::microseconds interval);
    ~watchdog();  ///< from now on no ping is called and nothing is told

    watchdog(const watchdog&) = delete;
    watchdog& operator=(const watchdog&) = delete;

    /// Before `start`. `name` is for people: "http-0", "inbox writer".
    void watch(std::string name, ping ask);

    /// Begins the first round. Precondition: at least one loop is watched.
    void start();

private:
    using clock = std::chrono::steady_clock;

    struct loop {
        std::string name;
        ping ask;
    };
    struct roll;

    void run();
    void ask();
    [[nodiscard]] std::string missing() const;
    void report(const std::string& missing);

    // Constant once the thread runs.
    notifier& notifier_;
    const std::shared_ptr<log> log_;
    const clock::duration round_;
    std::vector<loop> loops_;

    const std::shared_ptr<roll> roll_;  ///< shared with the answers under way

    // Only on the watchdog's thread.
    std::string reported_;

    std::thread thread_;  ///< last: it uses all of the above
};

}  // namespace shopbell
