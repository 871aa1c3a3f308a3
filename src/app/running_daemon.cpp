#include "running_daemon.hpp"

#include <shopbell/admin/configuration_report.hpp>
#include <shopbell/cli/doctor.hpp>
#include <shopbell/core/exceptions.hpp>
#include <shopbell/setup/engine.hpp>
#include <shopbell/setup/restart.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <sys/resource.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace shopbell {

namespace {

namespace asio = boost::asio;
using steady = std::chrono::steady_clock;

std::vector<operator_sink> describe_sinks(const std::vector<configured_sink>& sinks) {
    std::vector<operator_sink> all;
    for (const auto& one : sinks)
        all.push_back({one.name, one.type, one.path, one.target->address(), one.retry, one.ordered});
    return all;
}

std::vector<operator_codes> describe_all_codes(const endpoints& all) {
    std::vector<operator_codes> described;
    for (const auto& one : all) {
        if (one.codes)
            described.push_back(describe_codes(one.name, *one.codes));
    }
    return described;
}

http::server_settings admin_server(const http::listen_address& at) {
    http::server_settings settings;
    settings.listen = {at};
    settings.threads = 1;
    settings.max_connections = 64;
    settings.max_body = largest_admin_request;
    settings.demand_length = false;             // `curl -X POST` sends none
    settings.request_level = log_level::debug;  // health checks come all day long
    return settings;
}

/// Left to the inbox, the sinks, the log and the operator, however many connect.
std::size_t spare_descriptors() {
    constexpr std::size_t most = 256;
    ::rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0)
        return most;
    return std::min<std::size_t>(files.rlim_cur / 4, most);
}

/// Whatever a sink has not had stays in the inbox, also where the sink has left the configuration: say so,
/// for it takes room.
asio::awaitable<result<void>> warn_of_left(archive& stored, const std::vector<operator_sink>& configured,
                                           log& lines) {
    const auto known = co_await stored.sinks();
    if (!known)
        co_return known.error();
    for (const auto& one : *known) {
        if (std::ranges::find(configured, one.name, &operator_sink::name) != configured.end())
            continue;
        const log_fields about = {{"sink", one.name},
                                  {"events", static_cast<long long>(one.lag)},
                                  {"dead", static_cast<long long>(one.dead)}};
        lines.warn(
            "a sink is no longer configured; its place in the inbox is kept until `shopbell sinks forget "
            "NAME`",
            about);
    }
    co_return result<void>();
}

/// Runs it to its end on this thread.
result<void> run_once(asio::awaitable<result<void>> work) {
    asio::io_context once;
    result<void> outcome;
    auto finished = [&outcome](std::exception_ptr thrown, result<void> returned) {
        if (thrown)
            std::rethrow_exception(thrown);
        outcome = std::move(returned);
    };
    asio::co_spawn(once, std::move(work), std::move(finished));
    once.run();
    return outcome;
}

/// Of the time that a stop may take: clients that use up all of it must not cost the deliveries theirs.
std::chrono::milliseconds kept_for_deliveries(std::chrono::milliseconds whole) {
    return std::min(whole / 4, std::chrono::milliseconds(1'000));
}

/// Bytes that must be free on this machine's disk for events to be stored.
std::uint64_t demanded_disk(const inbox_engine& engine) {
    const auto* const file = std::get_if<sqlite_settings>(&engine);
    return file == nullptr ? 0 : file->min_free;
}

std::optional<time_point> end_of(const std::shared_ptr<const http::tls_identity>& shown) {
    if (shown == nullptr)
        return std::nullopt;
    return shown->ends();
}

long long milliseconds_since(steady::time_point start) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(steady::now() - start).count();
}

std::string counted(std::size_t count, const char* what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

running_daemon::running_daemon(std::string config_path, configuration first, std::unique_ptr<inbox> store,
                               std::shared_ptr<shared_files> files, metrics& counts)
    : config_path_(std::move(config_path)),
      files_(std::move(files)),
      running_(std::move(first)),
      endpoint_count_(running_.endpoints.size()),
      sinks_(describe_sinks(running_.sinks)),
      codes_(describe_all_codes(running_.endpoints)),
      configured_(std::make_shared<const std::string>(describe_configuration(running_))),
      counts_(counts),
      rejections_(rejections_path(local_files_of(running_.inbox)), running_.lines, background_),
      watches_(counts_, running_.lines),
      reading_(std::make_shared<delivery_reading>(readers_of(running_.endpoints))),
      store_(std::move(store)),
      checks_(*store_),
      receiving_(watched(std::move(running_.endpoints)), *store_, rejections_),
      deliveries_(std::move(running_.sinks), std::make_shared<const routes>(running_.routes), *store_,
                  counts_, running_.lines, reading_) {
    running_.server.observer = &counts_.stray_requests();
    running_.server.spare_descriptors = spare_descriptors();
    watches_.attach_certificate(end_of(running_.server.tls));
    reload_record::entry reading;
    reading.at = started_at_;
    reloads_.add(std::move(reading));
}

/// The inbox answers the last that wait for it while the loops they wait on are still there, and folds its
/// log in, which no reader must hold open.
running_daemon::~running_daemon() {
    recalling_.reset();
    admin_.reset();
    operating_.reset();
    counted_.reset();
    numbers_.reset();
    server_.reset();
    stored_.reset();
    store_.reset();
}

std::shared_ptr<const operator_api> running_daemon::make_api(std::shared_ptr<const routes> all) {
    operator_services around{*stored_,     std::move(all), sinks_,
                             store_.get(), &deliveries_,   &rejections_.found()};
    around.reading = reading_;
    around.endpoints = &watches_;
    around.counted = &*counted_;
    around.codes = codes_;
    around.watched = &watches_;
    around.lines = running_.lines.get();
    around.min_free_disk = demanded_disk(running_.inbox);
    around.started_at = started_at_;
    around.reloads = &reloads_;
    around.checks = &checks_;
    around.numbers = &*numbers_;
    around.config_path = config_path_;
    around.check_up = [path = config_path_](const checkup_request& what) { return check_up(path, what); };
    around.configured = configured_;
    return std::make_shared<const operator_api>(std::move(around));
}

result<void> running_daemon::bind(passed_sockets passed) {
    auto server = http::server::bind(running_.server, receiving_, running_.lines, std::move(passed.stores));
    if (!server)
        return server.error();
    server_ = *std::move(server);

    auto stored = open_archive(running_.inbox);
    if (!stored)
        return stored.error();
    stored_ = *std::move(stored);
    counted_.emplace(*stored_, watches_, counts_, running_.lines);
    numbers_.emplace(measured_parts{counts_, watches_, *stored_, deliveries_, *server_, *running_.lines,
                                    demanded_disk(running_.inbox)});
    operating_ = std::make_unique<admin_handler>(running_.admin,
                                                 make_api(std::make_shared<const routes>(running_.routes)));
    if (!running_.admin.listen)
        return {};
    auto admin = http::server::bind(admin_server(*running_.admin.listen), *operating_, running_.lines,
                                    std::move(passed.admin));
    if (!admin)
        return admin.error();
    admin_ = *std::move(admin);
    return {};
}

result<void> running_daemon::start(passed_sockets passed) {
    if (auto bound = bind(std::move(passed)); !bound)
        return bound;
    // First of all: a sink that is new must have its place before anything is received.
    if (auto started = deliveries_.start(); !started)
        return started;
    if (auto recalled = recall(sinks_); !recalled) {
        const bool may_come = std::holds_alternative<postgres_settings>(running_.inbox);
        if (!may_come || recalled.error().code != errc::unavailable)
            return recalled;
        recall_later();
    }
    watches_.start(background_);
    counted_->start();
    server_->start();
    if (admin_)
        admin_->start();
    tell_addresses();
    running_.lines->info("serving", {{"version", SHOPBELL_VERSION},
                                     {"endpoints", static_cast<long long>(endpoint_count_)},
                                     {"sinks", static_cast<long long>(sinks_.size())},
                                     {"inbox", describe_place(running_.inbox)}});
    return {};
}

/// What the inbox tells of the time before the start.
result<void> running_daemon::recall(const std::vector<operator_sink>& sinks) {
    if (auto told = run_once(warn_of_left(*stored_, sinks, *running_.lines)); !told)
        return told;
    return run_once(watches_.recall(*stored_));
}

/// The inbox's server does not answer yet, and that is no reason to end: whoever sends an event is told so.
void running_daemon::recall_later() {
    recalling_.emplace(
        background_, [this, sinks = sinks_]() noexcept -> std::optional<housekeeping::clock::time_point> {
            constexpr std::chrono::seconds again{1};
            try {
                if (recall(sinks))
                    return std::nullopt;
            } catch (...) {
                running_.lines->warn("the inbox could not be looked at", {{"error", describe_exception()}});
            }
            return housekeeping::clock::now() + again;
        });
}

void running_daemon::tell_addresses() const {
    for (const auto& address : server_->addresses())
        running_.lines->info("listening",
                             {{"address", address.to_string()},
                              {"tls", address.unix_path.empty() && running_.server.tls != nullptr}});
    if (!admin_)
        return;
    for (const auto& address : admin_->addresses())
        running_.lines->info("admin listening", {{"address", address.to_string()}});
}

/// Gives the endpoints those who count for them, and makes them known to who looks at what they refuse and to
/// who reads what they have stored: all that a request needs.
std::shared_ptr<const endpoints> running_daemon::watched(endpoints all) {
    watches_.attach(all);
    reading_->replace(readers_of(all));
    auto in_force = std::make_shared<const endpoints>(std::move(all));
    rejections_.attach(in_force);
    return in_force;
}

void running_daemon::reload() {
    auto& lines = *running_.lines;
    lines.reopen();
    deliveries_.reopen();
    config::problems found(config_path_);
    const auto same_log = [this](const log_settings&) {
        return result<std::shared_ptr<log>>(running_.lines);
    };
    reload_record::entry outcome;
    outcome.at = now();
    auto next = read_configuration(config_path_, found, {same_log, files_});
    for (const auto& one : found.sorted()) {
        outcome.problems.push_back(found.describe(one));
        const auto level = one.severity == config::severity::error ? log_level::error : log_level::warn;
        lines.write(level, "configuration", {{"problem", found.describe(one)}});
    }
    if (found.has_errors()) {
        lines.error("reload refused: the old configuration stays in force");
        outcome.in_force = false;
        reloads_.add(std::move(outcome));
        return;
    }
    outcome.restart_needed = keys_for_a_restart(running_, next);
    if (auto done = put_in_force(std::move(next)); !done) {
        lines.error("reload failed: the old configuration stays in force", {{"reason", done.error().reason}});
        outcome.in_force = false;
        outcome.problems.push_back(done.error().reason);
    }
    reloads_.add(std::move(outcome));
}

result<void> running_daemon::put_in_force(configuration next) {
    for (const auto& key : keys_for_a_restart(running_, next))
        running_.lines->warn("this key needs a restart; its old value stays in force", {{"key", key}});
    auto sinks = describe_sinks(next.sinks);
    auto described = std::make_shared<const std::string>(describe_configuration(next));
    const auto all = std::make_shared<const routes>(next.routes);
    // The only step that can fail; and new sinks have their place before an event can come for them.
    if (auto reloaded = deliveries_.reload(std::move(next.sinks), all); !reloaded)
        return reloaded;
    sinks_ = std::move(sinks);
    configured_ = std::move(described);
    endpoint_count_ = next.endpoints.size();
    codes_ = describe_all_codes(next.endpoints);
    receiving_.replace(watched(std::move(next.endpoints)));
    watches_.attach_certificate(end_of(next.server.tls));
    server_->replace_tls(std::move(next.server.tls));
    operating_->replace(next.admin, make_api(all));
    running_.admin.token = std::move(next.admin.token);
    running_.drain_timeout = next.drain_timeout;
    running_.lines->set_level(next.log.level);
    if (auto recalled = run_once(watches_.recall_codes(*stored_)); !recalled)
        running_.lines->error("the codes in the inbox cannot be read", {{"reason", recalled.error().reason}});
    running_.lines->info("reloaded", {{"endpoints", static_cast<long long>(endpoint_count_)},
                                      {"sinks", static_cast<long long>(sinks_.size())}});
    if (auto told = run_once(warn_of_left(*stored_, sinks_, *running_.lines)); !told)
        running_.lines->error("the sinks in the inbox cannot be read", {{"reason", told.error().reason}});
    return {};
}

void running_daemon::stop() {
    auto& lines = *running_.lines;
    const auto start = steady::now();
    lines.info("stopping");
    checks_.start_draining();
    const auto cut = server_->drain(running_.drain_timeout - kept_for_deliveries(running_.drain_timeout));
    lines.info("stopped receiving", {{"cut_connections", static_cast<long long>(cut)},
                                     {"duration_ms", milliseconds_since(start)}});
    if (admin_)
        admin_->drain(std::chrono::milliseconds(0));  // it asks the deliveries, which end now
    const auto left = running_.drain_timeout - std::chrono::milliseconds(milliseconds_since(start));
    const bool ended = deliveries_.stop(std::max(left, std::chrono::milliseconds(0)));
    lines.info("stopped delivering", {{"attempts_ended", ended}, {"duration_ms", milliseconds_since(start)}});
}

void running_daemon::watch_loops(watchdog& over) {
    for (std::size_t i = 0; i < server_->threads(); ++i) {
        auto ask = [this, i](auto answered) { server_->ping(i, std::move(answered)); };
        over.watch("http-" + std::to_string(i), std::move(ask));
    }
    over.watch("delivery", [this](auto answered) { deliveries_.ping(std::move(answered)); });
    over.watch("inbox writer", [this](auto answered) { store_->ping(std::move(answered)); });
}

std::string running_daemon::status() const {
    return "serving " + counted(endpoint_count_, "endpoint") + ", " + counted(sinks_.size(), "sink");
}

}  // namespace shopbell
