#pragma once

#include "support/run.hpp"
#include "support/temp_dir.hpp"

#include <shopbell/core/log.hpp>
#include <shopbell/inbox/sqlite_inbox.hpp>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace shopbell::test {

/// A real inbox in a folder of its own, and calls that wait for their answer.
class inbox_test : public ::testing::Test {
protected:
    [[nodiscard]] std::string path() const { return folder_.file("inbox.db"); }

    [[nodiscard]] sqlite_settings settings() const {
        sqlite_settings chosen;
        chosen.path = path();
        chosen.min_free = 0;
        return chosen;
    }

    void open() { open(settings()); }
    void open(sqlite_settings chosen) {
        auto opened = open_sqlite_inbox(std::move(chosen), log::null());
        ASSERT_TRUE(opened) << opened.error().reason;
        inbox_ = *std::move(opened);
    }
    void close() { inbox_.reset(); }
    void reopen() {
        close();
        open();
    }

    result<receipt> put(arrival one) { return run(context_, inbox_->put(std::move(one))); }
    result<void> settle(settlement results) { return run(context_, inbox_->settle(std::move(results))); }
    sink_progress open_sink(const std::string& name) {
        return run(context_, inbox_->open_sink(name)).value();
    }
    std::vector<stored_event> after(sequence position, std::size_t count = 1000,
                                    std::size_t bytes = 1 << 20) {
        return run(context_, inbox_->read_after(position, count, bytes)).value();
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

    static arrival make_update(std::string subject, std::string body) {
        auto one = make(body, body);
        one.type = "jumpseller.product.updated";
        one.subject = std::move(subject);
        one.repeats_latest_only = true;
        return one;
    }

    temp_dir folder_;
    boost::asio::io_context context_{1};
    std::unique_ptr<inbox> inbox_;
};

}  // namespace shopbell::test
