#pragma once

#include "engines.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"

#include <shopbell/core/log.hpp>
#include <shopbell/inbox/sqlite/sqlite_inbox.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace shopbell::test {

/// A real inbox in a folder of its own, and calls that wait for their answer.
class inbox_test : public ::testing::Test {
protected:
    [[nodiscard]] bool is_in_file() const { return engine_ == engine::sqlite; }
    [[nodiscard]] std::string path() const { return folder_.file("inbox.db"); }

    [[nodiscard]] sqlite_settings settings() const {
        sqlite_settings chosen;
        chosen.path = path();
        chosen.min_free = 0;
        return chosen;
    }

    void open() { open(settings()); }
    void open(sqlite_settings chosen) {
        auto opened = is_in_file() ? open_sqlite_inbox(std::move(chosen), log::null())
                                   : open_postgres_inbox_for_test(chosen);
        ASSERT_TRUE(opened) << opened.error().reason;
        inbox_ = *std::move(opened);
    }
    void close() { inbox_.reset(); }
    void reopen() {
        close();
        open();
    }

    /// What the operator's commands read with.
    [[nodiscard]] std::unique_ptr<archive> read_stored() const {
        return (is_in_file() ? open_sqlite_archive(path()) : open_postgres_archive_for_test()).value();
    }

    result<receipt> put(arrival one) { return run(context_, inbox_->put(std::move(one))); }
    /// Of any sink: one that is new gets its place.
    result<void> settle(settlement results) {
        results.begins = true;
        return run(context_, inbox_->settle(std::move(results)));
    }
    sink_progress open_sink(const std::string& name) {
        return run(context_, inbox_->open_sink(name)).value();
    }
    result<std::size_t> apply(change decision) { return run(context_, inbox_->apply(std::move(decision))); }
    std::vector<pending_delivery> queued(const std::string& sink, sequence above = 0,
                                         std::size_t count = 10'000) {
        return run(context_, inbox_->read_queued(sink, above, count)).value();
    }
    std::vector<sequence> queued_numbers(const std::string& sink) {
        std::vector<sequence> all;
        for (const auto& one : queued(sink))
            all.push_back(one.number);
        return all;
    }
    std::vector<stored_event> after(sequence position, std::size_t count = 1000,
                                    std::size_t bytes = 1 << 20) {
        return run(context_, inbox_->read_after(position, count, bytes)).value();
    }

    /// Stores that many in few commits, a queue's share at a time.
    void put_many(std::size_t count, const std::string& prefix = "event ") {
        constexpr std::size_t share = 1000;
        std::size_t stored = 0;
        for (std::size_t i = 0; i < count; ++i) {
            auto tell = [&stored](std::exception_ptr, result<receipt> answer) { stored += answer ? 1U : 0U; };
            boost::asio::co_spawn(context_, inbox_->put(make(prefix + std::to_string(i))), std::move(tell));
            if (i % share == share - 1 || i + 1 == count) {
                context_.restart();
                context_.run();
            }
        }
        ASSERT_EQ(stored, count);
    }

    /// Everything up to `position` is done at that sink, but for those in `dead`.
    void deliver_up_to(const std::string& sink, sequence position, std::vector<sequence> dead = {}) {
        settlement results;
        results.sink = sink;
        results.position = position;
        for (const auto number : dead)
            results.dead.push_back({number, 3, time_point{std::chrono::milliseconds{5000}}, "410 gone"});
        ASSERT_TRUE(settle(results));
    }

    static history_entry attempt(sequence number, history_entry::kind what, std::string response = {}) {
        history_entry one;
        one.number = number;
        one.what = what;
        one.at = time_point{std::chrono::milliseconds{7000}};
        one.took = std::chrono::milliseconds{12};
        one.error = what == history_entry::kind::delivered ? "" : "503";
        one.response = std::move(response);
        return one;
    }

    static arrival make(std::string identity, std::string body = "{}") {
        arrival one;
        one.endpoint = "shop";
        one.provider = "jumpseller";
        one.type = "jumpseller.order.paid";
        one.subject = "order/1";
        one.store = "mystore";
        one.fields = {{"Content-Type", "application/json"}, {"Jumpseller-Event", "order_paid"}};
        one.identity = std::move(identity);
        one.body = std::move(body);
        return one;
    }

    /// Bytes that no engine makes smaller.
    static std::string make_random(std::size_t size) {
        std::string bytes(size, '\0');
        std::minstd_rand numbers;
        for (auto& byte : bytes)
            byte = static_cast<char>(numbers() >> 8U);
        return bytes;
    }

    static arrival make_update(std::string subject, std::string body) {
        auto one = make(body, body);
        one.type = "jumpseller.product.updated";
        one.subject = std::move(subject);
        one.repeats_latest_only = true;
        return one;
    }

    engine engine_ = engine::sqlite;
    temp_dir folder_;
    boost::asio::io_context context_{1};
    std::unique_ptr<inbox> inbox_;
};

/// The same for each engine.
class engine_test : public inbox_test, public ::testing::WithParamInterface<engine> {
protected:
    void SetUp() override {
        engine_ = GetParam();
        if (is_in_file())
            return;
        if (!postgres_server::is_installed())
            GTEST_SKIP() << "PostgreSQL 15 is not installed";
        clear_postgres();
    }
    void TearDown() override { close(); }
};

}  // namespace shopbell::test
