#pragma once

#include "../src/inbox/postgres/put_rows.hpp"
#include "rows_fixture.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace shopbell::test {

/// Deliveries that are stored by the statements themselves.
class put_rows_fixture : public postgres_rows_test {
protected:
    static arrival make(std::string identity, std::string body = "{}") {
        arrival delivery;
        delivery.endpoint = "shop";
        delivery.provider = "jumpseller";
        delivery.type = "jumpseller.order.paid";
        delivery.subject = "order/1";
        delivery.store = "mystore";
        delivery.fields = {{"Content-Type", "application/json"}, {"Jumpseller-Event", "order_paid"}};
        delivery.identity = std::move(identity);
        delivery.body = std::move(body);
        return delivery;
    }
    static arrival make_update(std::string subject, std::string body) {
        auto delivery = make(body, body);
        delivery.type = "jumpseller.product.updated";
        delivery.subject = std::move(subject);
        delivery.repeats_latest_only = true;
        return delivery;
    }

    static pg::queued_put queue(arrival delivery, std::string id = make_uuid()) {
        static boost::asio::io_context home;
        put_caller caller{boost::asio::make_work_guard(boost::asio::any_io_executor(home.get_executor())),
                          put_handler([](const result<receipt>&) {})};
        return {std::move(id), pg::make_put_job(std::move(delivery), std::move(caller))};
    }
    static std::vector<pg::queued_put> queue_all(std::vector<arrival> deliveries) {
        std::vector<pg::queued_put> group;
        for (auto& each : deliveries)
            group.push_back(queue(std::move(each)));
        return group;
    }

    static pg::put_outcome store(pg::connection& to, std::vector<pg::queued_put>& group,
                                 pg::durability wanted = pg::durability::primary_only) {
        return pg::put(to, group, wanted, 20s);
    }
    static receipt store(pg::connection& to, pg::queued_put put) {
        const auto stored = pg::put(to, std::span(&put, 1), pg::durability::primary_only, 20s);
        EXPECT_FALSE(stored.failed) << stored.failed->reason;
        return stored.answers.front().value().value();
    }
    receipt store(arrival delivery) { return store(*database_, queue(std::move(delivery))); }
    std::string accepted(arrival delivery) {
        const auto stored = store(std::move(delivery));
        EXPECT_FALSE(stored.duplicate);
        return stored.id;
    }
    std::string duplicate(arrival delivery) {
        const auto stored = store(std::move(delivery));
        EXPECT_TRUE(stored.duplicate);
        return stored.id;
    }
    std::vector<stored_event> after(sequence position) {
        return pg::read_after(*database_, position, 10'000, 1 << 24, soon()).value();
    }
    /// Until that many connections wait for a lock.
    static void wait_for_waiting(const std::string& count) {
        while (server_->ask("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") !=
               count) {
        }
    }
};

}  // namespace shopbell::test
