#include "support/postgres_server.hpp"

#include "support/certificates.hpp"

#include <gtest/gtest.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace shopbell::test {
namespace {

const std::string programs = "/usr/lib/postgresql/15/bin/";

void run_or_throw(const command& what) {
    const auto ended = run_command(what);
    if (ended.status.code != 0)
        throw std::runtime_error(what.arguments.front() + ": " + ended.output + ended.errors);
}

}  // namespace

bool postgres_server::is_installed() {
    return ::access((programs + "postgres").c_str(), X_OK) == 0 &&
           (::geteuid() != 0 || ::getpwnam("postgres") != nullptr);
}

postgres_server::postgres_server(std::vector<std::string> settings) : settings_(std::move(settings)) {
    write_certificates();
    initialise();
    start();
    (void)run_psql("postgres",
                   "CREATE ROLE shop LOGIN; CREATE ROLE guarded LOGIN PASSWORD 's3cret of postgres';\n"
                   "CREATE DATABASE shop OWNER shop;");
    (void)ask("GRANT ALL ON SCHEMA public TO guarded, shop");
}

postgres_server::postgres_server(standby_of what)
    : port_(what.primary.port_),
      address_("127.0.0." + std::to_string(1 + what.place)),
      name_("standby" + (what.place > 1 ? std::to_string(what.place) : std::string())),
      settings_(what.primary.settings_) {
    write_certificates();
    give_to_its_user();
    command how;
    how.arguments = {programs + "pg_basebackup", "--no-sync", "--checkpoint=fast", "-R", "-D",
                     folder_.file("data"),       "-d",        way_to(what.primary)};
    run_or_throw(as_its_user(how));
    start();
}

postgres_server::~postgres_server() {
    if (process_)
        thaw();
    // Its children notice the end of the first, and end.
    if (process_)
        process_->signal(SIGQUIT);
    if (process_)
        (void)process_->wait();
}

/// It refuses to run as root. That it ends with the test has to be said anew: a change of user undoes it.
command postgres_server::as_its_user(command what) const {
    if (::geteuid() != 0)
        return what;
    std::vector<std::string> arguments = {"/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres",
                                          "--clear-groups", "--pdeathsig=KILL"};
    arguments.insert(arguments.end(), what.arguments.begin(), what.arguments.end());
    what.arguments = std::move(arguments);
    what.folder = folder_.path().string();
    return what;
}

void postgres_server::write_certificates() const {
    const authority ca;
    const auto own = ca.certificate_for("DNS:localhost");
    write_file(ca_file(), ca.pem());
    write_file(folder_.file("server.pem"), own.pem());
    write_file(folder_.file("server.key"), own.key_pem());
    std::filesystem::permissions(folder_.file("server.key"), std::filesystem::perms(0600));
}

void postgres_server::give_to_its_user() const {
    if (::geteuid() == 0) {
        const auto* const user = ::getpwnam("postgres");
        for (const auto& name : {std::string(), std::string("server.pem"), std::string("server.key")}) {
            const auto path = name.empty() ? folder_.path().string() : folder_.file(name);
            if (::chown(path.c_str(), user->pw_uid, user->pw_gid) != 0)
                throw std::runtime_error("cannot give away " + path);
        }
    }
}

void postgres_server::initialise() const {
    give_to_its_user();
    command how;
    how.arguments = {programs + "initdb", "--no-sync",        "--auth=trust", "--username=owner",
                     "--encoding=UTF8",   "--locale=C.UTF-8", "-D",           folder_.file("data")};
    run_or_throw(as_its_user(how));
    write_file(folder_.file("data/pg_hba.conf"),
               "local all all trust\n"
               "local replication all trust\n"
               "hostssl all guarded 127.0.0.1/32 scram-sha-256\n"
               "hostssl all guarded ::1/128 scram-sha-256\n"
               "host all guarded 127.0.0.1/32 reject\n"
               "host all guarded ::1/128 reject\n"
               "host all all 127.0.0.1/32 trust\n"
               "host all all ::1/128 trust\n");
}

void postgres_server::start() {
    command how;
    how.arguments = {programs + "postgres", "-D", folder_.file("data")};
    for (const std::string& setting :
         // "localhost" may stand for either.
         {"port=" + std::to_string(port()),
          "listen_addresses=" + address_ + (address_ == "127.0.0.1" ? ",::1" : ""),
          "unix_socket_directories=" + folder_.path().string(), std::string("fsync=off"),
          std::string("ssl=on"), "ssl_cert_file=" + folder_.file("server.pem"),
          "ssl_key_file=" + folder_.file("server.key"), std::string("restart_after_crash=off")}) {
        how.arguments.emplace_back("-c");
        how.arguments.push_back(setting);
    }
    for (const auto& setting : settings_) {
        how.arguments.emplace_back("-c");
        how.arguments.push_back(setting);
    }
    process_.emplace(as_its_user(how));
    const auto ready = [](std::string_view line) {
        return line.find("ready to accept connections") != line.npos ||
               line.find("ready to accept read-only connections") != line.npos;
    };
    if (!process_->errors().wait_for(ready))
        throw std::runtime_error("PostgreSQL does not start:\n" + process_->errors().text());
}

void postgres_server::crash() {
    process_->signal(SIGQUIT);
    (void)process_->wait();
    process_.reset();
}

/// Each of its processes leads a session of its own.
void postgres_server::signal_all(int number) const {
    std::vector<::pid_t> all = {process_->id()};
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        std::ifstream status(entry.path() / "stat");
        std::string id, name, state, parent;
        if (status >> id >> name && name == "(postgres)" && status >> state >> parent &&
            parent == std::to_string(process_->id()))
            all.push_back(static_cast<::pid_t>(std::stol(id)));
    }
    for (const auto each : all)
        ::kill(each, number);
}

void postgres_server::kill() {
    signal_all(SIGKILL);
    (void)process_->wait();
    process_.reset();
}

void postgres_server::freeze() {
    signal_all(SIGSTOP);
}

void postgres_server::thaw() {
    signal_all(SIGCONT);
}

std::string postgres_server::way_to(const postgres_server& primary) const {
    return "host=" + primary.folder_.path().string() + " port=" + std::to_string(port()) +
           " user=owner application_name=" + name_;
}

void postgres_server::follow(const postgres_server& primary) const {
    (void)ask("ALTER SYSTEM SET primary_conninfo = '" + way_to(primary) + "'");
    (void)ask("SELECT pg_reload_conf()");
}

void postgres_server::promote() {
    (void)ask("SELECT pg_promote()");
}

std::string postgres_server::ask(const std::string& sql) const {
    return run_psql("shop", sql);
}

std::string postgres_server::run_psql(const std::string& database, const std::string& sql) const {
    command how;
    how.arguments = {"/usr/bin/psql",
                     "-XAtq",
                     "-v",
                     "ON_ERROR_STOP=1",
                     "-h",
                     folder_.path().string(),
                     "-p",
                     std::to_string(port()),
                     "-U",
                     "owner",
                     "-d",
                     database};
    how.input = sql + '\n';
    const auto ended = run_command(how);
    EXPECT_EQ(ended.status.code, 0) << sql << '\n' << ended.errors;
    auto said = ended.output;
    while (said.ends_with('\n'))
        said.pop_back();
    return said;
}

}  // namespace shopbell::test
