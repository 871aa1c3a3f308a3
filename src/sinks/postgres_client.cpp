#include "postgres_client.hpp"

#include "excerpt.hpp"

#include <shopbell/core/text.hpp>

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

namespace shopbell {
namespace {

using steady = std::chrono::steady_clock;

/// Of one attempt to connect to one host, so that a dead one leaves time for the next.
constexpr std::chrono::seconds host_patience{5};
constexpr const char* authorities_of_debian = "/etc/ssl/certs/ca-certificates.crt";

struct result_cleared {
    void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using result_ptr = std::unique_ptr<PGresult, result_cleared>;

/// Waits for the socket; false where it is not ready by then.
bool wait_for(int socket, short events, steady::time_point until) {
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady::now()).count();
        if (left <= 0)
            return false;
        ::pollfd one{socket, events, 0};
        const int ready = ::poll(&one, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return false;
    }
}

/// On this machine a connection needs no certificate: a unix socket, or loopback.
bool stays_here(std::string_view host) noexcept {
    return host.starts_with('/') || iequals(host, "localhost") || host == "::1" || host.starts_with("127.");
}

std::string field_of(const PGresult* result, int which) {
    const char* const text = PQresultErrorField(result, which);
    return text == nullptr ? std::string() : std::string(text);
}

/// "canceling wait for synchronous replication" is one: the commit may be on the primary only.
void note_warning(void* warned, const PGresult* notice) {
    if (field_of(notice, PG_DIAG_SEVERITY_NONLOCALIZED) == "WARNING")
        *static_cast<bool*>(warned) = true;
}

}  // namespace

std::string postgres_client::host() const {
    const char* const name = connection_ ? PQhost(connection_.get()) : nullptr;
    return name == nullptr ? std::string() : std::string(name);
}

postgres_client::answer postgres_client::run(const std::string& statement,
                                             const std::vector<std::string>& parameters, time_point until) {
    if (connection_ && PQstatus(connection_.get()) != CONNECTION_OK)
        connection_.reset();
    if (!connection_) {
        auto connected = connect(until);
        if (!connected.done)
            return connected;
    }
    auto sent = send(statement, parameters, until);
    return sent.done ? receive(until) : sent;
}

/// Each host once, from where the latest search ended.
postgres_client::answer postgres_client::connect(time_point until) {
    answer latest;
    latest.text = "no time is left to connect";
    for (std::size_t i = 0; i < target_.hosts.size() && steady::now() < until; ++i) {
        const auto& host = target_.hosts[next_host_ % target_.hosts.size()];
        latest = connect_to(host, std::min(until, steady::now() + host_patience));
        if (latest.done)
            return latest;
        latest.text = host + ": " + latest.text;
    }
    return latest;
}

postgres_client::answer postgres_client::connect_to(const std::string& host, time_point until) {
    const bool needs_proof = !stays_here(host) || !target_.ca_file.empty();
    const auto port = std::to_string(target_.port);
    const std::string password(target_.password.reveal());
    const auto& authorities = target_.ca_file.empty() ? authorities_of_debian : target_.ca_file;
    std::vector<const char*> names, values;
    const auto set = [&](const char* name, const char* value) {
        names.push_back(name);
        values.push_back(value);
    };
    set("host", host.c_str());
    set("port", port.c_str());
    set("dbname", target_.database.c_str());
    set("user", target_.user.c_str());
    if (!password.empty())
        set("password", password.c_str());
    set("sslmode", needs_proof ? "verify-full" : "prefer");
    if (needs_proof)
        set("sslrootcert", authorities.c_str());
    set("target_session_attrs", "read-write");
    set("gssencmode", "disable");
    set("client_encoding", "UTF8");
    set("application_name", "shopbell");
    set("keepalives_idle", "2");
    set("keepalives_interval", "1");
    set("keepalives_count", "3");
    names.push_back(nullptr);
    values.push_back(nullptr);
    connection_.reset(PQconnectStartParams(names.data(), values.data(), 0));
    auto* const connection = connection_.get();
    if (connection == nullptr)
        return lose("no memory");
    PQsetNoticeReceiver(connection, note_warning, &warned_);
    // Before the first poll the socket is to be waited for as if it were being written to.
    auto stage = PQstatus(connection) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
    while (stage == PGRES_POLLING_READING || stage == PGRES_POLLING_WRITING) {
        const short events = stage == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        if (!wait_for(PQsocket(connection), events, until))
            return lose("no connection in time");
        stage = PQconnectPoll(connection);
    }
    if (stage == PGRES_POLLING_OK && PQsetnonblocking(connection, 1) == 0)
        return {.done = true};
    return lose(last_error());
}

postgres_client::answer postgres_client::send(const std::string& statement,
                                              const std::vector<std::string>& parameters, time_point until) {
    auto* const connection = connection_.get();
    std::vector<const char*> values;
    for (const auto& parameter : parameters)
        values.push_back(parameter.c_str());
    warned_ = false;
    if (PQsendQueryParams(connection, statement.c_str(), static_cast<int>(values.size()), nullptr,
                          values.data(), nullptr, nullptr, 0) != 1)
        return lose(last_error());
    // While the server does not read, it may be because we do not read what it says.
    for (int unsent = PQflush(connection); unsent != 0; unsent = PQflush(connection)) {
        if (unsent < 0)
            return lose(last_error());
        if (!wait_for(PQsocket(connection), POLLIN | POLLOUT, until))
            return lose("no answer in time");
        if (PQconsumeInput(connection) != 1)
            return lose(last_error());
    }
    return {.done = true};
}

postgres_client::answer postgres_client::receive(time_point until) {
    auto* const connection = connection_.get();
    answer said;
    bool any = false;
    for (;;) {
        while (PQisBusy(connection) != 0) {
            if (!wait_for(PQsocket(connection), POLLIN, until))
                return lose("no answer in time");
            if (PQconsumeInput(connection) != 1)
                return lose(last_error());
        }
        const result_ptr result(PQgetResult(connection));
        if (!result)
            break;
        any = true;
        const auto status = PQresultStatus(result.get());
        if (status == PGRES_TUPLES_OK && PQntuples(result.get()) > 0)
            said.value = PQgetvalue(result.get(), 0, 0);
        said.done = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
        if (!said.done) {
            said.sqlstate = field_of(result.get(), PG_DIAG_SQLSTATE);
            said.text = excerpt(field_of(result.get(), PG_DIAG_MESSAGE_PRIMARY));
        }
    }
    if (!any || (!said.done && said.sqlstate.empty()) || PQstatus(connection) != CONNECTION_OK)
        return lose(last_error());
    // A standby that was the primary says so of each write, for as long as we stay.
    if (said.sqlstate == "25006")
        return lose(said.text);
    if (said.done && warned_)
        return {.text = "the server committed with a warning: its standby may not have it"};
    return said;
}

/// Away from this connection, and to the next host.
postgres_client::answer postgres_client::lose(std::string text) {
    connection_.reset();
    ++next_host_;
    return {.text = std::move(text)};
}

std::string postgres_client::last_error() const {
    auto text = excerpt(PQerrorMessage(connection_.get()));
    return text.empty() ? "the connection was lost" : target_.known_secrets.redact(std::move(text), false);
}

}  // namespace shopbell
