#pragma once

#include "postgres_sink.hpp"

#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace shopbell {

/// One connection to PostgreSQL that blocks the thread it is used on, but never beyond the time that each
/// call is given (looking a host's name up excepted). What does not end by then takes the connection with it:
/// PQcancel could make a commit succeed that the standby does not have. Connects when it is first needed.
class postgres_client {
public:
    using time_point = std::chrono::steady_clock::time_point;

    explicit postgres_client(postgres_target target) : target_(std::move(target)) {}

    struct answer {
        bool done = false;
        std::string sqlstate =
            {};                  ///< of an error; empty: the connection was lost, or there was none in time
        std::string text = {};   ///< of an error, without what was sent
        std::string value = {};  ///< the first column of the first row
    };
    /// Runs one statement in a transaction of its own. What its answer says of a commit that only the
    /// primary has (a warning) counts as lost.
    [[nodiscard]] answer run(const std::string& statement, const std::vector<std::string>& parameters,
                             time_point until);

    /// The host that it is connected to; empty: none.
    [[nodiscard]] std::string host() const;

private:
    struct finished {
        void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
    };

    [[nodiscard]] answer connect(time_point until);
    [[nodiscard]] answer connect_to(const std::string& host, time_point until);
    [[nodiscard]] answer send(const std::string& statement, const std::vector<std::string>& parameters,
                              time_point until);
    [[nodiscard]] answer receive(time_point until);
    [[nodiscard]] answer lose(std::string text);
    [[nodiscard]] std::string last_error() const;

    const postgres_target target_;
    std::size_t next_host_ = 0;
    bool warned_ = false;  ///< by a notice; set by libpq within its calls
    std::unique_ptr<PGconn, finished> connection_;
};

}  // namespace shopbell
