#pragma once

#include <shopbell/core/result.hpp>
#include <shopbell/crypto/secret.hpp>
#include <shopbell/postgres/values.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct pg_conn;

namespace shopbell::postgres {

/// Why a statement has no answer.
struct error {
    errc code;
    std::string state;   ///< SQLSTATE; empty: the connection did not bring one
    std::string reason;  ///< one sentence for the operator
};

template <class T = void>
using answer = boost::system::result<T, error>;

/// Called by `answer::value()` without a value: a bug of ours, hence an exception.
[[noreturn]] void throw_exception_from_error(const error& why, const boost::source_location& where);

/// What a caller can do about an SQLSTATE (PostgreSQL's manual, appendix A):
/// `busy` the same again at once, `unavailable` later or elsewhere, `corrupt` stored data is damaged, `io`
/// neither: the statement, the data or the set-up is wrong.
[[nodiscard]] errc code_of(std::string_view state) noexcept;

/// One server of those that may be the primary.
struct server {
    std::string host;     ///< a name, an address, or the folder of a unix socket
    std::string address;  ///< of the host, where that was looked up; empty: libpq does, and blocks
    std::uint16_t port = 5432;
    std::string database = "shopbell";
    std::string user = "shopbell";
    secret password{""};
    std::string ca_file;  ///< of the authorities that may vouch for the host; empty: TLS is not demanded
    bool may_be_standby = false;  ///< else a server that only reads is refused
};

using deadline = std::chrono::steady_clock::time_point;

/// What a thread does while it waits for a server. Returns when it wants to be called next.
using meanwhile = std::function<deadline()>;

/// A connection to a primary that accepts writes. Every call blocks, until its deadline at most: for one
/// thread of its own. Once a call has failed for want of an answer the connection is lost, and what the
/// server did with the statement is not known. Where only the answers of `run_all` are late, they can still
/// be waited for.
///
/// A warning of the server counts as no answer: a commit that stopped waiting for the standby is told as one.
class connection {
public:
    [[nodiscard]] static answer<connection> open(const server& at, deadline until,
                                                 meanwhile while_waiting = {});

    /// Runs one statement, which is prepared once.
    [[nodiscard]] answer<rows> run(const std::string& sql, const parameters& given, deadline until);

    struct statement {
        std::string sql;
        parameters given;
        bool after_commit = false;  ///< in another transaction, which begins when that before it has ended
    };
    /// Runs statements as one transaction without waiting in between: all of them, or none, but for those
    /// that come after its commit.
    [[nodiscard]] answer<std::vector<rows>> run_all(const std::vector<statement>& all, deadline until);

    /// Runs any number of commands without parameters, separated by semicolons.
    [[nodiscard]] answer<void> execute(const std::string& commands, deadline until);

    [[nodiscard]] bool is_lost() const noexcept;
    /// Lost, unless `end_late` succeeds.
    [[nodiscard]] bool is_late() const noexcept { return handle_ && late_results_ > 0; }
    /// Waits for late answers and throws them away. Then the connection can be used again.
    [[nodiscard]] answer<void> end_late(deadline until);
    /// As the server named it when the connection was made. Another one answers where something stands in
    /// between.
    [[nodiscard]] int server_process() const noexcept;
    /// What an operator reads of it.
    [[nodiscard]] std::string describe(std::string_view what) const;
    [[nodiscard]] const std::string& host() const noexcept { return host_; }

private:
    struct close {
        void operator()(pg_conn* handle) const noexcept;
    };
    /// What the server says beside its answers.
    struct notices {
        std::string warning;
    };

    connection() = default;
    [[nodiscard]] answer<void> connect(const server& at, deadline until);
    /// Fails with `timeout`, and leaves the connection as it is.
    [[nodiscard]] answer<void> wait(bool for_writing, deadline until);
    [[nodiscard]] answer<void> wait_for_result(deadline until);
    [[nodiscard]] answer<void> flush(deadline until);
    [[nodiscard]] answer<std::string> prepare(const std::string& sql, const parameters& given,
                                              deadline until);
    [[nodiscard]] answer<void> send(const std::string& name, const parameters& given);
    [[nodiscard]] answer<rows> receive(deadline until);
    [[nodiscard]] answer<rows> check_warning(answer<rows> received);
    [[nodiscard]] error lose(errc code, const std::string& reason);
    [[nodiscard]] error lose(error why);

    std::string host_;
    meanwhile while_waiting_;
    deadline next_call_{};              ///< of while_waiting_
    std::unique_ptr<notices> notices_;  ///< libpq keeps its address
    std::unique_ptr<pg_conn, close> handle_;
    std::map<std::string, std::string, std::less<>> prepared_;  ///< name by text
    std::size_t late_results_ = 0;                              ///< of a pipeline whose answers are late
};

}  // namespace shopbell::postgres
