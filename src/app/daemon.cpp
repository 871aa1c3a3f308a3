#include <shopbell/app/daemon.hpp>

#include <shopbell/admin/health.hpp>
#include <shopbell/delivery/delivery.hpp>
#include <shopbell/http/server.hpp>
#include <shopbell/ingest/receiver.hpp>
#include <shopbell/setup/configuration.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <iostream>

namespace shopbell {

namespace {

namespace asio = boost::asio;

constexpr int exit_bad_configuration = 78;  // EX_CONFIG: the unit does not restart on it

/// A peer or a full disk must show as an error of the call that met it, not end the process; and every
/// connection costs a descriptor, so take as many as the system lets us.
void prepare_process() {
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
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
    /// Waits for SIGTERM or SIGINT and calls `reopen` on each SIGHUP until then. Once back, the default
    /// action is in force again: a second SIGTERM ends the process.
    void wait(const std::function<void()>& reopen) {
        await_hang_up(reopen);
        // Not hang_up_.cancel(): a SIGHUP that has come at the same moment would go on to wait for the next
        // one.
        stop_.async_wait([this](const auto&, int) { context_.stop(); });
        context_.run();
        stop_.clear();
    }

private:
    void await_hang_up(const std::function<void()>& reopen) {
        hang_up_.async_wait([this, &reopen](const auto& error, int) {
            if (error)
                return;
            reopen();
            await_hang_up(reopen);
        });
    }

    asio::io_context context_{1};
    asio::signal_set stop_{context_, SIGTERM, SIGINT};
    asio::signal_set hang_up_{context_, SIGHUP};
};

long long milliseconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start)
        .count();
}

}  // namespace

int serve(const std::string& config_path) {
    prepare_process();
    signals incoming;

    // Where sinks do what blocks; its threads wait idle until then.
    asio::thread_pool blocking(2);

    // The whole configuration as finished objects, or all that is wrong with it.
    config::problems found(config_path);
    auto configured = read_configuration(config_path, found, {&log::open, blocking.get_executor()});
    if (found.has_errors()) {
        for (const auto& one : found.sorted())
            std::cerr << found.describe(one) << '\n';
        return exit_bad_configuration;
    }
    log& lines = *configured.lines;
    log_warnings(lines, found);

    // The durable store between the two halves of the program.
    auto store = open_sqlite_inbox(configured.inbox, configured.lines);
    if (!store)
        return fail(lines, store.error());
    inbox& events = **store;

    // The first half: requests in.
    const receiver receiving(configured.endpoints, events);
    auto server = http::server::bind(configured.server, receiving, configured.lines);
    if (!server)
        return fail(lines, server.error());

    // The operator's listener.
    health healthy(events, configured.admin.token);
    std::unique_ptr<http::server> admin;
    if (configured.admin.listen) {
        http::server_settings settings;
        settings.listen = {*configured.admin.listen};
        settings.threads = 1;
        settings.max_connections = 64;
        settings.request_level = log_level::debug;  // health checks come all day long
        auto bound = http::server::bind(std::move(settings), healthy, configured.lines);
        if (!bound)
            return fail(lines, bound.error());
        admin = *std::move(bound);
    }

    // The second half: events out. It begins with what the last run left.
    const auto sinks = static_cast<long long>(configured.sinks.size());
    delivery deliveries(std::move(configured.sinks), configured.routes, events, blocking, configured.lines);
    if (auto started = deliveries.start(); !started) {
        store->reset();
        return fail(lines, started.error());
    }

    (*server)->start();
    if (admin)
        admin->start();
    for (const auto& address : (*server)->addresses())
        lines.info("listening", {{"address", address.to_string()}});
    for (const auto& address : admin ? admin->addresses() : std::vector<http::listen_address>())
        lines.info("admin listening", {{"address", address.to_string()}});
    lines.info("serving", {{"version", SHOPBELL_VERSION},
                           {"endpoints", static_cast<long long>(configured.endpoints.size())},
                           {"sinks", sinks},
                           {"inbox", configured.inbox.path}});

    incoming.wait([&] {
        lines.reopen();
        deliveries.reopen();
        lines.info("re-opened the log and the file sinks");
    });

    const auto start = std::chrono::steady_clock::now();
    lines.info("stopping");
    healthy.start_draining();
    const auto cut = (*server)->drain(configured.drain_timeout);
    lines.info("stopped receiving", {{"cut_connections", static_cast<long long>(cut)},
                                     {"duration_ms", milliseconds_since(start)}});
    const auto left = configured.drain_timeout - std::chrono::milliseconds(milliseconds_since(start));
    const bool ended = deliveries.stop(std::max(left, std::chrono::milliseconds(1'000)));
    lines.info("stopped delivering", {{"attempts_ended", ended}, {"duration_ms", milliseconds_since(start)}});

    // Answers the last that wait for it while the loops they wait on are still there, and folds the log in.
    admin.reset();
    store->reset();
    return EXIT_SUCCESS;
}

}  // namespace shopbell
