#include "server_fixture.hpp"

#include "support/eventually.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <future>
#include <list>
#include <set>
#include <thread>

namespace shopbell::http {
namespace {

/// Listens as a service manager does, in blocking mode.
file_descriptor listening(int family, const void* address, std::size_t size) {
    file_descriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::bind(socket.get(), static_cast<const ::sockaddr*>(address), static_cast<::socklen_t>(size)),
              0);
    EXPECT_EQ(::listen(socket.get(), SOMAXCONN), 0);
    return socket;
}

file_descriptor listening_on_tcp() {
    ::sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return listening(AF_INET, &any, sizeof any);
}

file_descriptor listening_on_both_families() {
    ::sockaddr_in6 any{};
    any.sin6_family = AF_INET6;
    return listening(AF_INET6, &any, sizeof any);
}

file_descriptor listening_on_unix(std::string_view path) {
    ::sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, path.data(), path.size());
    return listening(AF_UNIX, &name, offsetof(::sockaddr_un, sun_path) + path.size());
}

/// A server behind sockets that the test, as the service manager, keeps open.
class activation : public a_server {
protected:
    activation() { settings_.listen = {*listen_address::parse("203.0.113.1:1")}; }  // cannot be bound

    /// Starts the next process's server on the manager's sockets.
    void activate() {
        std::vector<file_descriptor> passed;
        for (const auto& one : sockets_)
            passed.emplace_back(::fcntl(one.get(), F_DUPFD_CLOEXEC, 0));
        auto bound = server::bind(settings_, handler_, lines_, std::move(passed));
        ASSERT_TRUE(bound) << bound.error().reason;
        server_ = std::move(*bound);
        server_->start();
    }

    void stop() {
        EXPECT_EQ(server_->drain(10s), 0U);
        server_.reset();
    }

    test::temp_dir folder_;
    std::string path_ = folder_.file("http.sock");
    std::vector<file_descriptor> sockets_;
};

TEST_F(activation, serves_the_inherited_socket_instead_of_listen) {
    sockets_.push_back(listening_on_tcp());
    activate();
    ASSERT_EQ(server_->addresses().size(), 1U);
    EXPECT_EQ(server_->addresses().front().to_string().substr(0, 10), "127.0.0.1:");
    EXPECT_EQ(connect().ask(get).field("Seen-Client"), "127.0.0.1");
}

TEST_F(activation, serves_several_sockets) {
    sockets_.push_back(listening_on_tcp());
    sockets_.push_back(listening_on_unix(path_));
    activate();
    ASSERT_EQ(server_->addresses().size(), 2U);
    EXPECT_EQ(server_->addresses()[1].to_string(), "unix:" + path_);
    EXPECT_EQ(connect().ask(get).status, 200U);
    EXPECT_EQ(raw_client(path_).ask(get).field("Seen-Client"), "none");
}

TEST_F(activation, names_a_socket_in_the_abstract_namespace) {
    const auto name = "shopbell-activation-" + std::to_string(::getpid());
    sockets_.push_back(listening_on_unix(std::string(1, '\0') + name));
    activate();
    EXPECT_EQ(server_->addresses().front().to_string(), "unix:@" + name);
}

TEST_F(activation, knows_an_ipv4_client_of_a_socket_for_both_families) {
    sockets_.push_back(listening_on_both_families());
    activate();
    EXPECT_EQ(connect().ask(get).field("Seen-Client"), "127.0.0.1");
    EXPECT_EQ(raw_client(server_->addresses().front().port, "::1").ask(get).field("Seen-Client"), "::1");
}

TEST_F(activation, refuses_what_is_no_socket) {
    std::vector<file_descriptor> passed;
    passed.emplace_back(::open("/dev/null", O_RDWR | O_CLOEXEC));
    const auto number = std::to_string(passed.front().get());
    const auto bound = server::bind(settings_, handler_, lines_, std::move(passed));
    ASSERT_FALSE(bound);
    EXPECT_EQ(bound.error().reason,
              "listen on descriptor " + number + " from the service manager: Socket operation on non-socket");
}

TEST_F(activation, serves_many_connections_on_all_threads) {
    sockets_.push_back(listening_on_tcp());
    activate();
    std::list<raw_client> clients;
    for (int i = 0; i < 300; ++i)
        clients.push_back(connect());
    for (auto& client : clients)
        client.send(get);
    for (auto& client : clients)
        EXPECT_EQ(client.receive().status, 200U);
}

TEST_F(activation, leaves_the_file_of_a_unix_socket) {
    sockets_.push_back(listening_on_unix(path_));
    activate();
    EXPECT_EQ(raw_client(path_).ask(get).status, 200U);
    stop();
    EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(activation, lets_connections_wait_for_the_next_process) {
    sockets_.push_back(listening_on_unix(path_));
    activate();
    stop();
    std::list<raw_client> waiting;
    for (int i = 0; i < 20; ++i) {
        waiting.emplace_back(path_);
        waiting.back().send(get);
    }
    activate();
    for (auto& client : waiting)
        EXPECT_EQ(client.receive().status, 200U);
}

TEST_F(activation, leaves_those_who_connect_while_it_stops_to_the_next_process) {
    sockets_.push_back(listening_on_tcp());
    activate();
    const auto port = server_->addresses().front().port;
    auto busy = connect();
    busy.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    EXPECT_EQ(busy.receive().head, "HTTP/1.1 100 Continue\r\n");
    auto idle = connect();
    EXPECT_EQ(idle.ask(get).status, 200U);
    auto stopping = std::async(std::launch::async, [this] { return server_->drain(10s); });
    EXPECT_TRUE(idle.closed_by_server());  // it has begun

    std::list<raw_client> late;
    for (int i = 0; i < 20; ++i) {
        late.emplace_back(port);
        late.back().send(get);
    }
    EXPECT_EQ(busy.ask("hello").status, 200U);
    EXPECT_EQ(stopping.get(), 0U);
    server_.reset();
    activate();
    for (auto& client : late)
        EXPECT_EQ(client.receive().status, 200U);
}

TEST_F(activation, refuses_nobody_over_ten_restarts) {
    sockets_.push_back(listening_on_tcp());
    activate();
    const auto port = server_->addresses().front().port;
    std::atomic<bool> restarting = true;
    std::atomic<int> answered = 0;
    auto load = std::async(std::launch::async, [&] {
        while (restarting) {
            EXPECT_EQ(raw_client(port).ask(get).status, 200U);
            ++answered;
        }
    });
    for (int i = 0; i < 10; ++i) {
        const int before = answered;
        EXPECT_TRUE(test::eventually([&] { return answered >= before + 20; }));
        stop();
        activate();
    }
    restarting = false;
    load.get();
    EXPECT_GE(answered, 200);
}

class a_ping : public a_server {};

TEST_F(a_ping, is_answered_by_each_thread_itself) {
    start();
    ASSERT_EQ(server_->threads(), 2U);
    std::set<std::thread::id> seen;
    for (std::size_t i = 0; i < server_->threads(); ++i) {
        const auto by = std::make_shared<std::promise<std::thread::id>>();
        server_->ping(i, [by] { by->set_value(std::this_thread::get_id()); });
        seen.insert(by->get_future().get());
    }
    EXPECT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen.count(std::this_thread::get_id()), 0U);
}

TEST_F(a_ping, waits_for_a_thread_that_is_busy) {
    settings_.threads = 1;
    start();
    std::promise<void> release;
    const auto held = std::make_shared<std::promise<void>>();
    server_->ping(0, [held, until = release.get_future().share()] {
        held->set_value();
        until.wait();
    });
    held->get_future().wait();
    const auto answered = std::make_shared<std::promise<void>>();
    server_->ping(0, [answered] { answered->set_value(); });
    const auto answer = answered->get_future();
    EXPECT_EQ(answer.wait_for(0s), std::future_status::timeout);
    release.set_value();
    answer.wait();
}

TEST_F(a_ping, of_a_stopped_server_is_not_answered) {
    start();
    server_->drain(10s);
    const auto watched = std::make_shared<int>(0);
    server_->ping(0, [watched] { ++*watched; });
    server_.reset();
    EXPECT_EQ(*watched, 0);
    EXPECT_EQ(watched.use_count(), 1);
}

}  // namespace
}  // namespace shopbell::http
