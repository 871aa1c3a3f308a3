#include "server_fixture.hpp"
#include "support/eventually.hpp"

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <list>

namespace shopbell::http {
namespace {

class many_connections : public a_server {};

TEST_F(many_connections, are_served_by_all_threads) {
    std::list<raw_client> clients;
    for (int i = 0; i < 300; ++i)
        clients.push_back(connect());
    for (auto& client : clients)
        client.send(get);
    for (auto& client : clients)
        EXPECT_EQ(client.receive().status, 200U);
}

TEST_F(many_connections, beyond_the_limit_get_503) {
    settings_.max_connections = 2;
    auto first = connect();
    auto second = connect();
    EXPECT_EQ(first.ask(get).status, 200U);
    EXPECT_EQ(second.ask(get).status, 200U);

    auto third = connect();
    const auto answer = third.receive();
    EXPECT_EQ(answer.status, 503U);
    EXPECT_EQ(answer.field("Retry-After"), "1");
    EXPECT_EQ(answer.field("Connection"), "close");
    EXPECT_EQ(answer.body, R"({"error":"service unavailable"})");
    third.finish();
    EXPECT_TRUE(third.closed_by_server());

    EXPECT_EQ(first.ask(get).status, 200U);
}

TEST_F(many_connections, make_room_when_they_end) {
    settings_.max_connections = 1;
    {
        auto first = connect();
        EXPECT_EQ(first.ask(get).status, 200U);
    }
    EXPECT_TRUE(test::eventually([&] { return ask(get).status == 200; }));
}

TEST_F(many_connections, far_beyond_the_limit_are_closed_at_once) {
    settings_.max_connections = 1;
    auto served = connect();
    EXPECT_EQ(served.ask(get).status, 200U);
    std::list<raw_client> others;
    for (int i = 0; i < 100; ++i)
        others.push_back(connect());
    int answered = 0;
    for (auto& other : others)
        answered += other.receive().status == 503 ? 1 : 0;
    EXPECT_GE(answered, 64);
    EXPECT_EQ(served.ask(get).status, 200U);
}

TEST_F(many_connections, wait_until_there_are_descriptors) {
    auto served = connect();
    EXPECT_EQ(served.ask(get).status, 200U);
    const auto port = server_->addresses().front().port;

    ::rlimit usual{};
    ::getrlimit(RLIMIT_NOFILE, &usual);
    const ::rlimit small{128, usual.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &small);
    std::list<file_descriptor> all;
    while (all.empty() || all.back())
        all.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    all.pop_back();
    all.pop_back();  // one is left, and the client takes it
    raw_client waiting(port);
    waiting.send(get);
    EXPECT_EQ(served.ask(get).status, 200U);
    EXPECT_FALSE(waiting.hears_within(30ms));

    all.clear();
    ::setrlimit(RLIMIT_NOFILE, &usual);
    EXPECT_EQ(waiting.receive().status, 200U);
}

TEST_F(many_connections, leave_the_spare_descriptors_alone) {
    ::rlimit usual{};
    ::getrlimit(RLIMIT_NOFILE, &usual);
    const ::rlimit small{128, usual.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &small);
    settings_.spare_descriptors = 32;
    start();
    std::list<file_descriptor> all;
    while (all.empty() || all.back().get() < 95)
        all.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    raw_client client(server_->addresses().front().port);
    EXPECT_EQ(client.receive().status, 503U);
    EXPECT_EQ(server_->connections().refused, 1U);
    all.clear();
    EXPECT_EQ(ask(get).status, 200U);
    ::setrlimit(RLIMIT_NOFILE, &usual);
}

class many_connections_of_one_client : public a_server {
protected:
    void SetUp() override {
        settings_.max_connections_per_client = 2;
        settings_.trusted_proxies.clear();
    }
};

TEST_F(many_connections_of_one_client, get_503_and_others_are_served) {
    auto first = connect();
    auto second = connect();
    EXPECT_EQ(first.ask(get).status, 200U);
    EXPECT_EQ(second.ask(get).status, 200U);

    const auto answer = connect().receive();
    EXPECT_EQ(answer.status, 503U);
    EXPECT_EQ(answer.field("Retry-After"), "1");
    EXPECT_EQ(answer.field("Connection"), "close");
    raw_client other(server_->addresses().front().port, test::from_address{"127.0.0.2"});
    EXPECT_EQ(other.ask(get).status, 200U);
    EXPECT_EQ(server_->connections().refused_client, 1U);
    EXPECT_EQ(server_->connections().refused, 0U);
}

TEST_F(many_connections_of_one_client, make_room_when_they_end) {
    {
        auto first = connect();
        auto second = connect();
        EXPECT_EQ(first.ask(get).status, 200U);
        EXPECT_EQ(second.ask(get).status, 200U);
    }
    EXPECT_TRUE(test::eventually([&] { return ask(get).status == 200; }));
}

TEST_F(many_connections_of_one_client, are_not_counted_for_a_trusted_proxy) {
    settings_.trusted_proxies = {*network::parse("127.0.0.1")};
    std::list<raw_client> clients;
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(clients.emplace_back(connect()).ask(get).status, 200U);
}

TEST_F(many_connections_of_one_client, are_named_in_the_log) {
    const test::temp_dir folder;
    lines_ = *log::open({log_level::warn, log_format::json, folder.file("log")});
    auto first = connect();
    auto second = connect();
    EXPECT_EQ(first.ask(get).status, 200U);
    EXPECT_EQ(second.ask(get).status, 200U);
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(connect().receive().status, 503U);
    server_.reset();
    lines_.reset();
    const auto text = test::read_file(folder.file("log"));
    EXPECT_NE(text.find("\"message\":\"too many connections of one client\",\"client\":\"127.0.0.1\","
                        "\"reason\":\"server.max_connections_per_client is 2\""),
              text.npos)
        << text;
    EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 2) << "one for each thread";
}

}  // namespace
}  // namespace shopbell::http
