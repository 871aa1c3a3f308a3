#include <shopbell/app/daemon.hpp>

#include "running_daemon.hpp"

#include <shopbell/core/held_signals.hpp>
#include <shopbell/metrics/metrics.hpp>
#include <shopbell/service/first_process.hpp>
#include <shopbell/service/inherited_sockets.hpp>
#include <shopbell/service/notifier.hpp>
#include <shopbell/service/watchdog.hpp>
#include <shopbell/setup/engine.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <optional>

namespace shopbell {

namespace {

namespace asio = boost::asio;

constexpr int exit_bad_configuration = 78;  // EX_CONFIG: the unit does not restart on it

/// A peer or a full disk must show as an error of the call that met it, not end the process; and every
/// connection costs a descriptor, so take as many as the system lets us.
void prepare_process() {
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    // Other daemons take these to open their logs anew: no reason to end.
    std::signal(SIGUSR1, SIG_IGN);
    std::signal(SIGUSR2, SIG_IGN);
    // A core dump would hold the secrets, and where it goes to a program (systemd-coredump, apport) no limit
    // on its size prevents it. Nor may other processes of this user, such as an exec sink's, read our memory
    // and environment. What it costs: only root can attach a debugger.
    ::prctl(PR_SET_DUMPABLE, 0);
    std::signal(SIGCHLD, SIG_DFL);  // ignored by whoever started us, it would swallow how programs end
    ::rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &files);
    }
}

int fail(log& lines, const failure& why) {
    lines.error("cannot start", {{"reason", why.reason}});
    std::cerr << "shopbell: " << why.reason << '\n';
    return EXIT_FAILURE;
}

void log_warnings(log& lines, const config::problems& found) {
    for (const auto& one : found.sorted())
        lines.warn("configuration", {{"problem", found.describe(one)}});
}

/// Takes the signals from its construction on, so that none that comes during the start is lost or deadly.
class signals {
public:
    signals() { release_signals(); }
    /// What comes when all is done does not turn a stop into a death.
    ~signals() { hold_signals(); }
    signals(const signals&) = delete;
    signals& operator=(const signals&) = delete;

    /// Waits for SIGTERM or SIGINT and calls `reload` on each SIGHUP until then. Once back, the default
    /// action is in force again: a second SIGTERM ends the process.
    void wait(const std::function<void()>& reload) {
        await_hang_up(reload);
        // Not hang_up_.cancel(): a SIGHUP that has come at the same moment would go on to wait for the next
        // one.
        stop_.async_wait([this](const auto&, int) { context_.stop(); });
        context_.run();
        stop_.clear();
    }

private:
    void await_hang_up(const std::function<void()>& reload) {
        hang_up_.async_wait([this, &reload](const auto& error, int) {
            if (error)
                return;
            reload();
            await_hang_up(reload);
        });
    }

    asio::io_context context_{1};
    asio::signal_set stop_{context_, SIGTERM, SIGINT};
    asio::signal_set hang_up_{context_, SIGHUP};
};

/// The socket unit's FileDescriptorName= says whose they are; all but "admin" are for stores.
passed_sockets sort_sockets(std::vector<inherited_socket> all) {
    passed_sockets sorted;
    for (auto& one : all)
        (one.name == "admin" ? sorted.admin : sorted.stores).push_back(std::move(one.socket));
    return sorted;
}

/// Null where no service manager waits for a sign of life.
std::unique_ptr<watchdog> start_watchdog(std::optional<std::chrono::microseconds> interval,
                                         running_daemon& over, notifier& manager,
                                         const std::shared_ptr<log>& lines) {
    if (!interval)
        return nullptr;
    auto watching = std::make_unique<watchdog>(manager, lines, *interval);
    over.watch_loops(*watching);
    watching->start();
    return watching;
}

}  // namespace

int serve(const std::string& config_path) {
    prepare_process();
    if (const auto status = stand_in_for_init())
        return *status;
    signals incoming;
    // What systemd says stands in the environment, which may be changed only while there is one thread.
    auto inherited = inherited_sockets();
    const auto watchdog_time = watchdog_interval();

    // What file sinks append to, over all reloads.
    const auto files = std::make_shared<shared_files>();

    // The whole configuration as finished objects, or all that is wrong with it.
    config::problems found(config_path);
    auto configured = read_configuration(config_path, found, {&log::open, files});
    if (found.has_errors()) {
        for (const auto& one : found.sorted())
            std::cerr << found.describe(one) << '\n';
        return exit_bad_configuration;
    }
    const auto lines = configured.lines;
    log_warnings(*lines, found);
    if (!inherited)
        return fail(*lines, inherited.error());

    // What everybody counts in: first, since it outlives them all.
    metrics counts;
    common_settings(configured.inbox).observer = &counts.commits();

    // The durable store between the two halves of the program, and both halves around it.
    notifier manager(lines);
    auto opening =
        std::make_optional<start_extension>(manager, "opening " + describe_place(configured.inbox));
    auto store = open_inbox(configured.inbox, lines);
    opening.reset();
    if (!store)
        return fail(*lines, store.error());
    running_daemon running(config_path, std::move(configured), *std::move(store), files, counts);
    if (auto started = running.start(sort_sockets(*std::move(inherited))); !started)
        return fail(*lines, started.error());

    auto watching = start_watchdog(watchdog_time, running, manager, lines);
    manager.ready(running.status());
    incoming.wait([&] {
        manager.reloading();
        running.reload();
        manager.ready(running.status());
    });

    watching.reset();  // loops that end cannot answer
    manager.stopping("letting requests and deliveries in flight end");
    running.stop();
    return EXIT_SUCCESS;
}

}  // namespace shopbell
