#include "server_fixture.hpp"

#include "support/eventually.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <list>
#include <thread>

namespace shopbell::http {
namespace {

std::string get_path(std::string_view path) {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: a.example\r\n\r\n";
}

class binding : public a_server {
protected:
    void listen(std::string_view text) { settings_.listen = {*listen_address::parse(text)}; }
    [[nodiscard]] std::string refusal() {
        const auto bound = server::bind(settings_, handler_, lines_);
        return bound ? "" : bound.error().reason;
    }

    test::temp_dir folder_;
    std::string path_ = folder_.file("http.sock");
};

TEST_F(binding, reports_the_port_it_got) {
    start();
    ASSERT_EQ(server_->addresses().size(), 1U);
    EXPECT_NE(server_->addresses().front().port, 0);
}

TEST_F(binding, serves_every_address) {
    settings_.listen = {*listen_address::parse("127.0.0.1:0"), *listen_address::parse("[::1]:0"),
                        *listen_address::parse("unix:" + path_)};
    start();
    EXPECT_EQ(raw_client(server_->addresses()[0].port).ask(get).field("Seen-Client"), "127.0.0.1");
    EXPECT_EQ(raw_client(server_->addresses()[1].port, "::1").ask(get).field("Seen-Client"), "::1");
    EXPECT_EQ(raw_client(path_).ask(get).field("Seen-Client"), "none");
}

TEST_F(binding, refuses_a_port_that_is_taken) {
    start();
    settings_.listen = server_->addresses();
    EXPECT_EQ(refusal(),
              "listen on " + server_->addresses().front().to_string() + ": Address already in use");
}

TEST_F(binding, takes_a_port_again_right_after_a_stop) {
    auto client = connect();
    EXPECT_EQ(client.ask(get).status, 200U);
    settings_.listen = server_->addresses();
    server_.reset();
    EXPECT_EQ(connect().ask(get).status, 200U);
}

TEST_F(binding, refuses_an_address_that_is_not_here) {
    listen("203.0.113.1:0");
    EXPECT_EQ(refusal(), "listen on 203.0.113.1:0: Cannot assign requested address");
}

TEST_F(binding, refuses_a_socket_on_which_somebody_listens) {
    listen("unix:" + path_);
    start();
    EXPECT_EQ(refusal(), "listen on unix:" + path_ + ": Address already in use");
    EXPECT_EQ(raw_client(path_).ask(get).status, 200U);
}

TEST_F(binding, replaces_a_socket_whose_owner_died) {
    ::sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, path_.data(), path_.size());
    const void* address = &name;
    {
        const file_descriptor dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        ASSERT_EQ(::bind(dead.get(), static_cast<const ::sockaddr*>(address), sizeof name), 0);
    }
    listen("unix:" + path_);
    start();
    EXPECT_EQ(raw_client(path_).ask(get).status, 200U);
}

TEST_F(binding, does_not_touch_a_file_that_is_no_socket) {
    test::write_file(path_, "precious");
    listen("unix:" + path_);
    EXPECT_EQ(refusal(), "listen on unix:" + path_ + ": a file that is no socket is in the way");
    EXPECT_EQ(test::read_file(path_), "precious");
}

TEST_F(binding, makes_a_socket_for_owner_and_group_and_removes_it) {
    listen("unix:" + path_);
    start();
    struct ::stat found {};
    ASSERT_EQ(::stat(path_.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, 0660U);
    server_.reset();
    EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(binding, leaves_a_successors_socket_alone) {
    listen("unix:" + path_);
    start();
    std::filesystem::remove(path_);
    test::write_file(path_, "of the next one");
    server_.reset();
    EXPECT_TRUE(std::filesystem::exists(path_));
}

class a_drain : public a_server {};

TEST_F(a_drain, closes_idle_connections_at_once) {
    auto idle = connect();
    EXPECT_EQ(idle.ask(get).status, 200U);
    EXPECT_EQ(server_->drain(10s), 0U);
    EXPECT_TRUE(idle.closed_by_server());
}

TEST_F(a_drain, lets_a_request_in_flight_be_answered) {
    auto busy = connect();
    busy.send(get_path("/slow"));
    ASSERT_TRUE(test::eventually([&] { return handler_.begun == 1; }));
    std::thread stopping([&] { EXPECT_EQ(server_->drain(10s), 0U); });
    const auto answer = busy.receive();
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.field("Connection"), "close");
    EXPECT_TRUE(busy.closed_by_server());
    stopping.join();
}

TEST_F(a_drain, lets_a_body_under_way_arrive) {
    auto client = connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    EXPECT_EQ(client.receive().head, "HTTP/1.1 100 Continue\r\n");
    std::thread stopping([&] { EXPECT_EQ(server_->drain(10s), 0U); });
    EXPECT_EQ(client.ask("hello").body, "hello");
    stopping.join();
}

TEST_F(a_drain, cuts_what_is_stuck_at_the_deadline) {
    auto handler_stuck = connect();
    handler_stuck.send(get_path("/stuck"));
    auto client_stuck = connect();
    client_stuck.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhal");
    auto idle = connect();
    EXPECT_EQ(idle.ask(get).status, 200U);
    ASSERT_TRUE(test::eventually([&] { return handler_.begun == 2; }));
    EXPECT_EQ(server_->drain(100ms), 2U);
    EXPECT_TRUE(handler_stuck.closed_by_server());
    EXPECT_TRUE(client_stuck.closed_by_server());
}

TEST_F(a_drain, still_serves_who_had_connected) {
    start();
    std::list<raw_client> clients;
    for (int i = 0; i < 20; ++i) {
        clients.push_back(connect());
        clients.back().send(get);
    }
    EXPECT_EQ(server_->drain(10s), 0U);
    for (auto& client : clients)
        EXPECT_EQ(client.receive().status, 200U);
}

TEST_F(a_drain, gives_a_silent_connection_a_moment_for_its_first_request) {
    auto client = connect();
    EXPECT_EQ(ask(get).status, 200U);
    std::thread stopping([&] { EXPECT_EQ(server_->drain(10s), 0U); });
    EXPECT_TRUE(client.closed_by_server());
    stopping.join();
}

TEST_F(a_drain, accepts_nobody_afterwards) {
    start();
    const auto port = server_->addresses().front().port;
    server_->drain(10s);
    EXPECT_THROW(raw_client{port}, std::system_error);
}

TEST_F(a_drain, may_be_repeated) {
    start();
    EXPECT_EQ(server_->drain(10s), 0U);
    EXPECT_EQ(server_->drain(10s), 0U);
}

TEST_F(a_drain, of_a_server_that_never_started_closes_its_sockets) {
    auto bound = server::bind(settings_, handler_, lines_);
    ASSERT_TRUE(bound);
    const auto port = (*bound)->addresses().front().port;
    EXPECT_EQ((*bound)->drain(10s), 0U);
    EXPECT_THROW(raw_client{port}, std::system_error);
}

TEST_F(a_drain, happens_at_once_when_the_server_goes) {
    auto stuck = connect();
    stuck.send(get_path("/stuck"));
    ASSERT_TRUE(test::eventually([&] { return handler_.begun == 1; }));
    server_.reset();
    EXPECT_TRUE(stuck.closed_by_server());
}

}  // namespace
}  // namespace shopbell::http
