#include <shopbell/app/daemon.hpp>

#include <shopbell/admin/admin_handler.hpp>
#include <shopbell/admin/operator_api.hpp>
#include <shopbell/delivery/delivery.hpp>
#include <shopbell/http/server.hpp>
#include <shopbell/inbox/archive.hpp>
#include <shopbell/ingest/receiver.hpp>
#include <shopbell/setup/configuration.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
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

std::vector<operator_sink> describe_sinks(const std::vector<configured_sink>& sinks) {
    std::vector<operator_sink> all;
    for (const auto& one : sinks)
        all.push_back({one.name, one.type, one.path});
    return all;
}

/// Whatever a sink has not had stays in the inbox, also where the sink has left the configuration: say so,
/// for it takes room.
asio::awaitable<void> warn_of_left_sinks(archive& stored, const std::vector<operator_sink>& configured,
                                         log& lines) {
    const auto known = co_await stored.sinks();
    if (!known)
        co_return;
    for (const auto& one : *known) {
        if (std::ranges::find(configured, one.name, &operator_sink::name) == configured.end())
            lines.warn(
                "a sink is no longer configured; its place in the inbox is kept until "
                "`shopbell sinks forget NAME`",
                {{"sink", one.name},
                 {"events", static_cast<long long>(one.lag)},
                 {"dead", static_cast<long long>(one.dead)}});
    }
}

/// The operator's own listener; null where it is turned off.
result<std::unique_ptr<http::server>> bind_admin(const admin_settings& wanted, const http::handler& answer,
                                                 const std::shared_ptr<log>& lines) {
    if (!wanted.listen)
        return std::unique_ptr<http::server>();
    http::server_settings settings;
    settings.listen = {*wanted.listen};
    settings.threads = 1;
    settings.max_connections = 64;
    settings.max_body = largest_admin_request;
    settings.demand_length = false;             // `curl -X POST` sends none
    settings.request_level = log_level::debug;  // health checks come all day long
    return http::server::bind(std::move(settings), answer, lines);
}

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
    receiver receiving(std::make_shared<const endpoints>(std::move(configured.endpoints)), events);
    auto server = http::server::bind(configured.server, receiving, configured.lines);
    if (!server)
        return fail(lines, server.error());

    // The second half: events out. It begins with what the last run left.
    const auto sinks = describe_sinks(configured.sinks);
    const auto all_routes = std::make_shared<const routes>(configured.routes);
    delivery deliveries(std::move(configured.sinks), all_routes, events, blocking, configured.lines);

    // What the operator looks at and decides, on a listener of its own.
    auto stored = open_sqlite_archive(configured.inbox.path);
    if (!stored) {
        store->reset();
        return fail(lines, stored.error());
    }
    const operator_api api({**stored, configured.routes, sinks, &events, &deliveries});
    admin_handler operating(configured.admin, events, api);
    auto admin = bind_admin(configured.admin, operating, configured.lines);
    if (!admin) {
        store->reset();
        return fail(lines, admin.error());
    }

    if (auto started = deliveries.start(); !started) {
        store->reset();
        return fail(lines, started.error());
    }
    asio::io_context once;
    asio::co_spawn(once, warn_of_left_sinks(**stored, sinks, lines), asio::detached);
    once.run();

    (*server)->start();
    if (*admin)
        (*admin)->start();
    for (const auto& address : (*server)->addresses())
        lines.info("listening", {{"address", address.to_string()}});
    for (const auto& address : *admin ? (*admin)->addresses() : std::vector<http::listen_address>())
        lines.info("admin listening", {{"address", address.to_string()}});
    lines.info("serving", {{"version", SHOPBELL_VERSION},
                           {"endpoints", static_cast<long long>(configured.endpoints.size())},
                           {"sinks", static_cast<long long>(sinks.size())},
                           {"inbox", configured.inbox.path}});

    incoming.wait([&] {
        lines.reopen();
        deliveries.reopen();
        lines.info("re-opened the log and the file sinks");
    });

    const auto start = std::chrono::steady_clock::now();
    lines.info("stopping");
    operating.start_draining();
    const auto cut = (*server)->drain(configured.drain_timeout);
    lines.info("stopped receiving", {{"cut_connections", static_cast<long long>(cut)},
                                     {"duration_ms", milliseconds_since(start)}});
    if (*admin)
        (*admin)->drain(std::chrono::milliseconds(0));  // asks deliveries, which end now
    const auto left = configured.drain_timeout - std::chrono::milliseconds(milliseconds_since(start));
    const bool ended = deliveries.stop(std::max(left, std::chrono::milliseconds(1'000)));
    lines.info("stopped delivering", {{"attempts_ended", ended}, {"duration_ms", milliseconds_since(start)}});

    // No reader holds it open any more: it answers the last that wait for it while the loops they wait on are
    // still there, and folds the log in.
    stored->reset();
    store->reset();
    return EXIT_SUCCESS;
}

}  // namespace shopbell
