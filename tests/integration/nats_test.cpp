#include "confined_fixture.hpp"
#include "support/daemon.hpp"
#include "support/nats_server.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

// The nats sink of the real binary, with the real server.

namespace shopbell::test {
namespace {

std::string nats_sink(const nats_server& server, const std::string& more = "") {
    return "[[sink]]\nname = \"nats\"\ntype = \"nats\"\nservers = \"" + server.url() +
           "\"\nsubject = \"shop.{endpoint}.{type}\"\n"
           "retry = { initial = \"50ms\", max = \"200ms\", give_up_after = \"1h\" }\n" +
           more + "[[route]]\nevents = [\"**\"]\nsinks = [\"nats\"]\n";
}

class a_nats_sink : public ::testing::Test {
protected:
    void SetUp() override {
        if (!nats_server::is_installed())
            GTEST_SKIP() << "nats-server is not installed";
    }
};

TEST_F(a_nats_sink, brings_what_was_accepted_while_the_server_was_away_once_and_in_order) {
    nats_server server;
    server.create({"SHOP", {"shop.>"}});
    const shop place({.operated = true, .sinks = nats_sink(server)});
    std::vector<std::string> sent;
    {
        daemon running(place.config());
        const auto send = [&](std::string_view event, std::string_view status) {
            sent.push_back(
                running.send(jumpseller_request(std::string(event), jumpseller_order(1, std::string(status))))
                    .id);
        };
        send("order_pending_payment", "pending_payment");
        (void)server.wait_for("SHOP", 1);
        server.kill();
        send("order_paid", "paid");
        (void)running.wait_for_log({R"("delivery failed")", sent.back()});
        send("order_shipped", "paid");
        running.kill();
    }
    server.start();
    daemon again(place.config());
    const auto got = server.wait_for("SHOP", 3);
    std::vector<std::string> ids;
    for (const auto& message : got)
        ids.push_back(message.id);
    EXPECT_EQ(ids, sent);
    EXPECT_EQ(got.front().subject, "shop.jumpseller.jumpseller.order.pending_payment");
    EXPECT_EQ(nlohmann::json::parse(got.front().body)["id"], sent.front());
    EXPECT_EQ(again.stop().code, 0);
}

TEST_F(a_nats_sink, delays_nobody_and_no_stop_where_the_server_stands_still) {
    const nats_server server;
    server.create({"SHOP", {"shop.>"}});
    shop place;
    place.write_config({.server = "drain_timeout = \"500ms\"",
                        .sinks = place.file_and_log() + nats_sink(server, "timeout = \"1h\"\n")});
    daemon running(place.config());
    (void)running.send(usaepay_request("e1"));
    (void)server.wait_for("SHOP", 1);
    server.freeze();
    for (int i = 2; i <= 20; ++i)
        EXPECT_EQ(running.send(usaepay_request("e" + std::to_string(i))).status, 200U);
    EXPECT_EQ(wait_for_events(place.events(), 20).size(), 20U);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(running.stop().code, 0);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
    server.thaw();
}

TEST_F(a_nats_sink, keeps_its_password_to_itself) {
    nats_server server({.user = "shop", .password = "right"});
    shop place;
    write_file(place.file("password"), "s3cret-of-nats\n");
    place.write_config({.operated = true,
                        .sinks = nats_sink(server, "user = \"shop\"\npassword_file = \"" +
                                                       place.file("password") + "\"\n")});
    daemon running(place.config());
    const auto id = running.send(usaepay_request("e1")).id;
    const auto line = running.wait_for_log({R"("delivery failed")", id});
    EXPECT_NE(line["error"].get<std::string>().find("Authorization"), std::string::npos) << line;
    const auto looked = run_shopbell(place.config(), {"doctor"});
    EXPECT_NE(looked.output.find("nats"), std::string::npos);
    for (const auto& text :
         {looked.output, looked.errors, place.ask({"sinks"}).at(0).dump(), running.written()})
        EXPECT_EQ(text.find("s3cret-of-nats"), std::string::npos);
    EXPECT_EQ(running.stop().code, 0);
}

TEST_F(confined, a_daemon_publishes_to_nats) {
    if (!nats_server::is_installed())
        GTEST_SKIP() << "nats-server is not installed";
    const nats_server server;
    server.create({"SHOP", {"shop.>"}});
    place_.write_config({.sinks = nats_sink(server)});
    daemon running(serve_confined());
    const auto id = running.send(usaepay_request("e1")).id;
    EXPECT_EQ(server.wait_for("SHOP", 1).at(0).id, id);
    EXPECT_EQ(running.stop().code, 0);
}

}  // namespace
}  // namespace shopbell::test
