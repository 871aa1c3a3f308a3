#pragma once

#include "../src/inbox/postgres/writer.hpp"
#include "put_fixture.hpp"
#include "support/eventually.hpp"
#include "support/run.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace shopbell::test {

/// What the writer answers, as far as it has.
using put_answer = std::optional<result<receipt>>;

/// A writer over servers that the test starts, and calls that wait for its answers.
class writer_calls {
public:
    static postgres_settings settings(const postgres_server& server) {
        postgres_settings chosen;
        chosen.hosts = {"127.0.0.1"};
        chosen.port = server.port();
        chosen.database = "shop";
        chosen.user = "shop";
        chosen.standby = standby_demand::none;
        return chosen;
    }

    void open(const postgres_settings& chosen) {
        writer_ = std::make_unique<pg::writer>(chosen, std::make_shared<pg::known_inbox>(), log::null());
        writer_->start();
    }
    void close() { writer_.reset(); }

    result<receipt> put(arrival delivery) { return run(context_, writer_->put(std::move(delivery))); }
    /// Begins a put; `answer` is filled in once `go_on` has seen its answer.
    void begin(arrival delivery, put_answer& answer) {
        auto keep = [&answer](std::exception_ptr, result<receipt> given) { answer = std::move(given); };
        boost::asio::co_spawn(context_, writer_->put(std::move(delivery)), std::move(keep));
        go_on();
    }
    void go_on() {
        context_.restart();
        context_.poll();
    }
    void finish() {
        context_.restart();
        context_.run_for(std::chrono::seconds(60));
    }

    boost::asio::io_context context_{1};
    std::unique_ptr<pg::writer> writer_;
};

}  // namespace shopbell::test
