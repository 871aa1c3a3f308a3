#include <shopbell/setup/engine.hpp>

#include <shopbell/core/permission.hpp>
#ifdef SHOPBELL_HAS_POSTGRES
#include <shopbell/inbox/postgres/contents.hpp>
#include <shopbell/inbox/postgres/postgres_inbox.hpp>
#endif
#include <shopbell/inbox/sqlite/contents.hpp>
#include <shopbell/inbox/sqlite/sqlite_inbox.hpp>
#include <shopbell/sinks/postgres_keys.hpp>

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>

namespace shopbell {

namespace {

namespace fs = std::filesystem;

#ifndef SHOPBELL_HAS_POSTGRES
constexpr std::string_view without_postgres =
    "this build has no engine for PostgreSQL: libpq (libpq-dev) was not there when it was compiled";
#endif

/// What keeps a file from being made there, so that `serve` will not fail on it; empty where nothing does.
/// The nearest directory on the way that exists must let us write.
std::string refuse_to_create(const fs::path& path) {
    constexpr access_mode needed = W_OK | X_OK;
    std::error_code ignored;
    auto directory = fs::absolute(path, ignored).parent_path();
    while (!directory.empty() && directory != directory.parent_path() && !fs::exists(directory, ignored))
        directory = directory.parent_path();
    if (fs::is_directory(directory, ignored) && ::access(directory.c_str(), needed) == 0)
        return {};
    failure why{errc::io, "the directory of \"" + path.string() + "\" cannot be written to by this user"};
    return with_permission_advice(std::move(why), directory.string(), needed).reason;
}

void read_common(config::reader& table, inbox_settings& inbox) {
    inbox.retain = table.duration("retain", inbox.retain);
    constexpr auto longest_retry = std::chrono::hours(72);
    if (inbox.retain < longest_retry)
        table.warn("retain",
                   "USAePay repeats a delivery for 72 hours: a repeat of an event that was removed before "
                   "counts as a new one");
    inbox.max_size = table.size("max_size", inbox.max_size);
}

sqlite_settings read_sqlite(config::reader& table) {
    sqlite_settings inbox;
    inbox.path = table.string("path", inbox.path);
    read_common(table, inbox);
    inbox.min_free = table.size("min_free", inbox.min_free);
    if (table.has("postgres"))
        table.error("postgres", R"([inbox.postgres] is for engine = "postgres"; this inbox is in a file)");
    if (inbox.path.empty())
        table.error("path", "the inbox needs a file");
    else if (const auto refused = refuse_to_create(inbox.path); !refused.empty())
        table.error("path", refused);
    return inbox;
}

postgres_settings read_postgres(config::reader& table) {
    constexpr std::array<std::string_view, 3> standbys = {"required", "provider", "none"};
    constexpr std::chrono::milliseconds shortest_patience{100}, longest_patience{60'000};
    postgres_settings inbox;
    read_common(table, inbox);
    if (table.has("path"))
        table.error("path", R"("path" is for an inbox in a file; with engine = "postgres" leave it out)");
    if (table.has("min_free"))
        table.warn("min_free",
                   R"("min_free" watches the disk of an inbox in a file; PostgreSQL's is elsewhere)");
    auto keys = table.table("postgres");
    inbox.hosts = read_postgres_hosts(keys);
    inbox.port = static_cast<std::uint16_t>(keys.integer("port", inbox.port, 1, 65'535));
    inbox.database = keys.string("database", inbox.database);
    inbox.user = keys.string("user", inbox.user);
    if (auto known = keys.secret("password"); !known.empty())
        inbox.password = std::move(known.front());
    inbox.ca_file = read_postgres_authorities(keys);
    inbox.standby = static_cast<standby_demand>(keys.one_of("standby", standbys, 0));
    inbox.patience = keys.duration("patience", inbox.patience, shortest_patience, longest_patience);
#ifndef SHOPBELL_HAS_POSTGRES
    table.error("engine", std::string(without_postgres));
#endif
    return inbox;
}

/// Tells how many events have arrived at another receiver.
class counting_receiver final : public contents::receiver {
public:
    counting_receiver(contents::receiver& to, const std::function<void(std::uint64_t, std::uint64_t)>& tell)
        : to_(to), tell_(tell) {}

    result<void> begin(const contents::outline& all) override {
        total_ = event_count(all);
        return to_.begin(all);
    }
    result<void> take(const contents::part& some) override {
        auto taken = to_.take(some);
        if (const auto* const events = std::get_if<std::vector<contents::event>>(&some)) {
            done_ += events->size();
            tell_(done_, total_);
        }
        return taken;
    }
    result<void> end() override { return to_.end(); }

private:
    contents::receiver& to_;
    const std::function<void(std::uint64_t, std::uint64_t)>& tell_;
    std::uint64_t done_ = 0, total_ = 0;
};

#ifndef SHOPBELL_HAS_POSTGRES
result<std::unique_ptr<contents::receiver>> receive_in_postgres(const postgres_settings& /*settings*/) {
    return failure{errc::unavailable, "this build has no engine for PostgreSQL"};
}
#endif

}  // namespace

inbox_engine read_inbox(config::reader& table) {
    constexpr std::array<std::string_view, 2> engines = {"sqlite", "postgres"};
    if (table.one_of("engine", engines, 0) == 0)
        return read_sqlite(table);
    return read_postgres(table);
}

result<std::unique_ptr<inbox>> open_inbox(const inbox_engine& engine, std::shared_ptr<log> lines) {
    if (const auto* const file = std::get_if<sqlite_settings>(&engine))
        return open_sqlite_inbox(*file, std::move(lines));
#ifdef SHOPBELL_HAS_POSTGRES
    return open_postgres_inbox(std::get<postgres_settings>(engine), std::move(lines));
#else
    return failure{errc::unavailable, std::string(without_postgres)};
#endif
}

result<std::unique_ptr<archive>> open_archive(const inbox_engine& engine) {
    if (const auto* const file = std::get_if<sqlite_settings>(&engine))
        return open_sqlite_archive(file->path);
#ifdef SHOPBELL_HAS_POSTGRES
    return open_postgres_archive(std::get<postgres_settings>(engine));
#else
    return failure{errc::unavailable, std::string(without_postgres)};
#endif
}

result<contents::outline> copy_inbox(const std::string& file, const postgres_settings& to,
                                     const std::function<void(std::uint64_t, std::uint64_t)>& tell) {
    auto receiver = receive_in_postgres(to);
    if (!receiver)
        return receiver.error();
    counting_receiver counting(**receiver, tell);
    return give_sqlite_contents(file, counting);
}

#ifdef SHOPBELL_HAS_POSTGRES
std::vector<postgres_host> examine_hosts(const postgres_settings& settings) {
    return examine_postgres(settings);
}
#else
std::vector<postgres_host> examine_hosts(const postgres_settings& /*settings*/) {
    return {};
}
#endif

std::string local_files_of(const inbox_engine& engine) {
    if (const auto* const file = std::get_if<sqlite_settings>(&engine))
        return file->path;
    const auto* const given = std::getenv("STATE_DIRECTORY");
    return (given == nullptr ? std::string("/var/lib/shopbell") : std::string(given)) + "/inbox";
}

}  // namespace shopbell
