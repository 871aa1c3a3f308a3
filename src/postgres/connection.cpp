#include <shopbell/postgres/connection.hpp>

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace shopbell::postgres {

namespace {

/// A connection that a dead peer leaves half open is noticed within some seconds; what is set here by name
/// may be set otherwise for a role or a database.
constexpr auto settings =
    "SET synchronous_commit = on; SET default_transaction_isolation = 'read committed';"
    " SET statement_timeout = 0; SET lock_timeout = '3s'; SET search_path = shopbell; SET jit = off;"
    " SET idle_in_transaction_session_timeout = '5s'";

std::string one_line(std::string_view message) {
    std::string text(message.substr(0, message.find_last_not_of(" \n") + 1));
    std::ranges::replace(text, '\n', ' ');
    return text;
}

std::string field_of(const pg_result* result, int field) {
    const char* const text = PQresultErrorField(result, field);
    return text != nullptr ? text : "";
}

}  // namespace

void throw_exception_from_error(const error& why, const boost::source_location& /*where*/) {
    throw std::logic_error("an answer of PostgreSQL was taken for granted: " + why.reason);
}

errc code_of(std::string_view state) noexcept {
    const auto is_one_of = [state](std::initializer_list<std::string_view> all) {
        return std::ranges::any_of(all, [state](std::string_view each) { return state.starts_with(each); });
    };
    if (is_one_of({"55P03", "40001", "40P01", "57014"}))
        return errc::busy;
    if (is_one_of({"XX001", "XX002"}))
        return errc::corrupt;
    if (state.empty() || is_one_of({"01", "08", "53", "57P0", "58", "25006", "26000"}))
        return errc::unavailable;
    return errc::io;
}

void connection::close::operator()(pg_conn* handle) const noexcept {
    PQfinish(handle);
}

answer<connection> connection::open(const server& at, deadline until, meanwhile while_waiting) {
    connection fresh;
    fresh.host_ = at.host;
    fresh.while_waiting_ = std::move(while_waiting);
    if (auto connected = fresh.connect(at, until); !connected)
        return connected.error();
    if (auto set = fresh.execute(settings, until); !set)
        return set.error();
    return fresh;
}

answer<void> connection::connect(const server& at, deadline until) {
    const auto port = std::to_string(at.port);
    const std::string password(at.password.reveal());
    const std::array<std::pair<const char*, const char*>, 16> given = {{
        {"host", at.host.c_str()},
        {"hostaddr", at.address.c_str()},
        {"port", port.c_str()},
        {"dbname", at.database.c_str()},
        {"user", at.user.c_str()},
        {"password", password.c_str()},
        {"sslmode", at.ca_file.empty() ? "prefer" : "verify-full"},
        {"sslrootcert", at.ca_file.c_str()},
        {"target_session_attrs", at.may_be_standby ? "any" : "read-write"},
        {"gssencmode", "disable"},
        {"client_encoding", "UTF8"},
        {"application_name", "shopbell"},
        {"keepalives_idle", "2"},
        {"keepalives_interval", "1"},
        {"keepalives_count", "3"},
        {"tcp_user_timeout", "4000"},
    }};
    std::array<const char*, given.size() + 1> keywords{}, values{};
    for (std::size_t i = 0; i < given.size(); ++i)
        std::tie(keywords[i], values[i]) = given[i];
    handle_.reset(PQconnectStartParams(keywords.data(), values.data(), 0));
    if (!handle_)
        throw std::bad_alloc();
    notices_ = std::make_unique<notices>();
    const auto note = [](void* into, const PGresult* notice) {
        if (field_of(notice, PG_DIAG_SEVERITY_NONLOCALIZED) == "WARNING")
            static_cast<notices*>(into)->warning = one_line(field_of(notice, PG_DIAG_MESSAGE_PRIMARY));
    };
    PQsetNoticeReceiver(handle_.get(), note, notices_.get());

    auto next = PQstatus(handle_.get()) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
    while (next != PGRES_POLLING_OK) {
        if (next == PGRES_POLLING_FAILED)
            return lose(errc::unavailable, one_line(PQerrorMessage(handle_.get())));
        if (auto ready = wait(next == PGRES_POLLING_WRITING, until); !ready)
            return lose(ready.error());
        next = PQconnectPoll(handle_.get());
    }
    if (PQsetnonblocking(handle_.get(), 1) != 0)
        return lose(errc::unavailable, one_line(PQerrorMessage(handle_.get())));
    return {};
}

std::string connection::describe(std::string_view what) const {
    std::string text = "PostgreSQL on ";
    text += host_;
    text += ": ";
    text += what;
    return text;
}

bool connection::is_lost() const noexcept {
    return !handle_ || late_results_ > 0 || PQstatus(handle_.get()) != CONNECTION_OK;
}

int connection::server_process() const noexcept {
    return handle_ ? PQbackendPID(handle_.get()) : 0;
}

error connection::lose(errc code, const std::string& reason) {
    return lose(error{code, "", describe(reason)});
}

error connection::lose(error why) {
    handle_.reset();
    late_results_ = 0;
    return why;
}

answer<void> connection::wait(bool for_writing, deadline until) {
    using clock = std::chrono::steady_clock;
    // Always readable, too: a server that waits for us to read would never let us write.
    ::pollfd socket{PQsocket(handle_.get()), static_cast<short>(for_writing ? POLLIN | POLLOUT : POLLIN), 0};
    for (;;) {
        auto next = until;
        if (while_waiting_) {
            if (next_call_ <= clock::now())
                next_call_ = while_waiting_();
            next = std::min(until, next_call_);
        }
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - clock::now());
        const auto bounded = std::clamp<std::int64_t>(left.count(), 0, 60'000);
        if (::poll(&socket, 1, static_cast<int>(bounded)) > 0)
            return {};
        if (until <= clock::now())
            return error{errc::timeout, "", describe("no answer in time")};
    }
}

answer<void> connection::flush(deadline until) {
    for (;;) {
        const int left = PQflush(handle_.get());
        if (left == 0)
            return {};
        if (left < 0)
            return lose(errc::unavailable, one_line(PQerrorMessage(handle_.get())));
        if (auto ready = wait(true, until); !ready)
            return lose(ready.error());
        if (PQconsumeInput(handle_.get()) == 0)
            return lose(errc::unavailable, one_line(PQerrorMessage(handle_.get())));
    }
}

answer<void> connection::wait_for_result(deadline until) {
    while (PQisBusy(handle_.get()) != 0) {
        if (auto ready = wait(false, until); !ready)
            return ready;
        if (PQconsumeInput(handle_.get()) == 0)
            return lose(errc::unavailable, one_line(PQerrorMessage(handle_.get())));
    }
    return {};
}

/// The next result; of null one without rows.
answer<rows> connection::receive(deadline until) {
    if (auto ready = wait_for_result(until); !ready)
        return lose(ready.error());
    auto* const result = PQgetResult(handle_.get());
    rows received(result);
    switch (PQresultStatus(result)) {
        case PGRES_COMMAND_OK:
        case PGRES_TUPLES_OK:
        case PGRES_PIPELINE_SYNC:
        case PGRES_EMPTY_QUERY:
            return received;
        case PGRES_PIPELINE_ABORTED:
            return error{errc::io, "25P02", "an earlier statement failed"};
        default:
            break;
    }
    if (result == nullptr)
        return received;
    const auto state = field_of(result, PG_DIAG_SQLSTATE);
    const auto reason = describe(one_line(PQresultErrorMessage(result)));
    if (PQstatus(handle_.get()) == CONNECTION_BAD)
        handle_.reset();
    return error{code_of(state), state, reason};
}

answer<std::string> connection::prepare(const std::string& sql, const parameters& given, deadline until) {
    if (const auto known = prepared_.find(sql); known != prepared_.end())
        return known->second;
    std::string name = "s";
    name += std::to_string(prepared_.size());
    std::vector<Oid> types;
    for (const auto& value : given.values())
        types.push_back(value.type);
    if (PQsendPrepare(handle_.get(), name.c_str(), sql.c_str(), static_cast<int>(types.size()),
                      types.data()) == 0)
        return lose(errc::unavailable, one_line(PQerrorMessage(handle_.get())));
    if (auto flushed = flush(until); !flushed)
        return flushed.error();
    auto made = receive(until);
    if (handle_) {
        if (auto end = receive(until); !end && made)
            return end.error();
    }
    if (!made)
        return made.error();
    prepared_.emplace(sql, name);
    return name;
}

answer<void> connection::send(const std::string& name, const parameters& given) {
    std::vector<const char*> values;
    std::vector<int> lengths, formats;
    for (const auto& value : given.values()) {
        values.push_back(value.bytes ? value.bytes->data() : nullptr);
        lengths.push_back(value.bytes ? static_cast<int>(value.bytes->size()) : 0);
        formats.push_back(1);
    }
    if (PQsendQueryPrepared(handle_.get(), name.c_str(), static_cast<int>(values.size()), values.data(),
                            lengths.data(), formats.data(), 1) == 0)
        return lose(errc::unavailable, one_line(PQerrorMessage(handle_.get())));
    return {};
}

answer<rows> connection::check_warning(answer<rows> received) {
    if (!received || notices_->warning.empty())
        return received;
    return error{errc::unavailable, "01000", describe(notices_->warning)};
}

answer<rows> connection::run(const std::string& sql, const parameters& given, deadline until) {
    if (is_lost())
        return lose(errc::unavailable, "the connection is lost");
    notices_->warning.clear();
    const auto name = prepare(sql, given, until);
    if (!name)
        return name.error();
    if (auto sent = send(*name, given); !sent)
        return sent.error();
    if (auto flushed = flush(until); !flushed)
        return flushed.error();
    auto received = receive(until);
    if (handle_) {
        // Behind each statement stands an end.
        if (auto end = receive(until); !end && received)
            return end.error();
    }
    return check_warning(std::move(received));
}

answer<std::vector<rows>> connection::run_all(const std::vector<statement>& all, deadline until) {
    if (is_lost())
        return lose(errc::unavailable, "the connection is lost");
    notices_->warning.clear();
    std::vector<std::string> names;
    for (const auto& each : all) {
        auto name = prepare(each.sql, each.given, until);
        if (!name)
            return name.error();
        names.push_back(*std::move(name));
    }
    if (PQenterPipelineMode(handle_.get()) == 0)
        return lose(errc::unavailable, one_line(PQerrorMessage(handle_.get())));
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i].after_commit && PQpipelineSync(handle_.get()) == 0)
            return lose(errc::unavailable, one_line(PQerrorMessage(handle_.get())));
        if (auto sent = send(names[i], all[i].given); !sent)
            return sent.error();
    }
    if (PQpipelineSync(handle_.get()) == 0)
        return lose(errc::unavailable, one_line(PQerrorMessage(handle_.get())));
    if (auto flushed = flush(until); !flushed)
        return flushed.error();

    std::vector<rows> received;
    std::optional<error> failed;
    // Each statement brings a result and an end, and each transaction one more.
    late_results_ = 2 * all.size() + 1;
    for (const auto& each : all)
        late_results_ += each.after_commit ? 1 : 0;
    const auto next = [&]() -> answer<rows> {
        if (auto ready = wait_for_result(until); !ready)
            return ready.error();
        auto result = receive(until);
        late_results_ -= late_results_ > 0 ? 1 : 0;
        return result;
    };
    const auto is_unanswered = [&](const answer<rows>& result) {
        return !result && (!handle_ || result.error().code == errc::timeout);
    };
    const auto note = [&](const answer<rows>& result) {
        if (!result && !failed)
            failed = result.error();
    };
    for (const auto& each : all) {
        // A transaction commits here: a commit that fails, or is in doubt, is told in place of its end.
        if (each.after_commit) {
            const auto committed = check_warning(next());
            if (is_unanswered(committed))
                return committed.error();
            note(committed);
        }
        auto result = check_warning(next());
        if (is_unanswered(result))
            return result.error();
        if (auto end = next(); is_unanswered(end))
            return end.error();
        note(result);
        if (result)
            received.push_back(*std::move(result));
    }
    const auto committed = check_warning(next());
    if (is_unanswered(committed))
        return committed.error();
    note(committed);
    if (PQexitPipelineMode(handle_.get()) == 0)
        return lose(errc::unavailable, one_line(PQerrorMessage(handle_.get())));
    if (failed)
        return *std::move(failed);
    return received;
}

answer<void> connection::end_late(deadline until) {
    if (!is_late())
        return lose(errc::unavailable, "the connection is lost");
    for (; late_results_ > 0; --late_results_) {
        if (auto ready = wait_for_result(until); !ready)
            return ready;
        const rows unwanted(PQgetResult(handle_.get()));
        if (PQstatus(handle_.get()) == CONNECTION_BAD)
            return lose(errc::unavailable, one_line(PQerrorMessage(handle_.get())));
    }
    if (PQexitPipelineMode(handle_.get()) == 0)
        return lose(errc::unavailable, one_line(PQerrorMessage(handle_.get())));
    return {};
}

answer<void> connection::execute(const std::string& commands, deadline until) {
    if (is_lost())
        return lose(errc::unavailable, "the connection is lost");
    notices_->warning.clear();
    if (PQsendQuery(handle_.get(), commands.c_str()) == 0)
        return lose(errc::unavailable, one_line(PQerrorMessage(handle_.get())));
    if (auto flushed = flush(until); !flushed)
        return flushed;
    std::optional<error> failed;
    for (;;) {
        if (auto ready = wait_for_result(until); !ready)
            return lose(ready.error());
        auto* const result = PQgetResult(handle_.get());
        if (result == nullptr)
            break;
        const rows kept(result);
        const auto status = PQresultStatus(result);
        if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY)
            continue;
        const auto state = field_of(result, PG_DIAG_SQLSTATE);
        if (!failed)
            failed = error{code_of(state), state, describe(one_line(PQresultErrorMessage(result)))};
    }
    if (failed)
        return *std::move(failed);
    if (auto unsettled = check_warning(rows()); !unsettled)
        return unsettled.error();
    return {};
}

}  // namespace shopbell::postgres
