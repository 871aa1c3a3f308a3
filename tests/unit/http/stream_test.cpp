#include "server_fixture.hpp"

#include "support/eventually.hpp"

#include <thread>

namespace shopbell::http {
namespace {

/// Gives its pieces, then does what its path says: ends, waits for ever, or fails.
class scripted final : public body_source {
public:
    scripted(std::vector<std::string> pieces, std::string last, std::atomic<int>& alive)
        : pieces_(std::move(pieces)), last_(std::move(last)), alive_(alive) {
        ++alive_;
    }
    ~scripted() override { --alive_; }
    scripted(const scripted&) = delete;
    scripted& operator=(const scripted&) = delete;

    [[nodiscard]] asio::awaitable<std::string> next() override {
        if (given_ < pieces_.size())
            co_return pieces_[given_++];
        if (last_ == "/fails")
            throw std::runtime_error("bug in a source");
        if (last_ == "/waits") {
            asio::steady_timer timer(co_await asio::this_coro::executor);
            timer.expires_after(1h);
            co_await timer.async_wait(asio::use_awaitable);
        }
        co_return std::string();
    }

private:
    const std::vector<std::string> pieces_;
    const std::string last_;
    std::atomic<int>& alive_;
    std::size_t given_ = 0;
};

class streamer final : public handler {
public:
    [[nodiscard]] beginning begin(request_head head) const override {
        return make_exchange(std::move(head), [this](request one) { return handle(std::move(one)); });
    }

    [[nodiscard]] asio::awaitable<response> handle(request one) const {
        std::vector<std::string> pieces{"first\n", std::string(300, 'x')};
        if (one.head.path == "/huge")
            pieces.assign(64, std::string(1 << 20, 'x'));
        response stream(200, "");
        stream.content_type = "text/plain";
        stream.stream = std::make_shared<scripted>(std::move(pieces), one.head.path, alive);
        stream.fields.push_back({"Seen-Query", one.head.query});
        co_return stream;
    }

    mutable std::atomic<int> alive = 0;
};

class a_streamed_answer : public testing::Test {
protected:
    void start() {
        server_settings settings;
        settings.listen = {*listen_address::parse("127.0.0.1:0")};
        settings.threads = 1;
        settings.body_timeout = body_timeout_;
        server_ = server::bind(settings, handler_, log::null()).value();
        server_->start();
    }

    raw_client get(std::string_view path, std::string_view version = "1.1", std::string_view method = "GET") {
        if (!server_)
            start();
        raw_client client(server_->addresses().front().port);
        client.send(std::string(method) + " " + std::string(path) + " HTTP/" + std::string(version) +
                    "\r\nHost: a.example\r\n\r\n");
        return client;
    }

    [[nodiscard]] bool let_go() {
        return test::eventually([this] { return handler_.alive == 0; });
    }

    streamer handler_;
    std::chrono::milliseconds body_timeout_ = 30s;
    std::unique_ptr<server> server_;
};

std::string body_of(const std::string& answer) {
    return answer.substr(answer.find("\r\n\r\n") + 4);
}

TEST_F(a_streamed_answer, comes_in_chunks_and_ends_its_connection) {
    const auto answer = get("/ends?a=b%20c").receive_all();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_NE(answer.find("\r\nTransfer-Encoding: chunked\r\n"), std::string::npos);
    EXPECT_NE(answer.find("\r\nConnection: close\r\n"), std::string::npos);
    EXPECT_NE(answer.find("\r\nSeen-Query: a=b%20c\r\n"), std::string::npos);
    EXPECT_EQ(answer.find("Content-Length"), std::string::npos);
    EXPECT_EQ(body_of(answer), "6\r\nfirst\n\r\n12c\r\n" + std::string(300, 'x') + "\r\n0\r\n\r\n");
    EXPECT_TRUE(let_go());
}

TEST_F(a_streamed_answer, comes_plain_to_http_1_0) {
    const auto answer = get("/ends", "1.0").receive_all();
    EXPECT_EQ(answer.find("Transfer-Encoding"), std::string::npos);
    EXPECT_EQ(body_of(answer), "first\n" + std::string(300, 'x'));
}

TEST_F(a_streamed_answer, has_no_body_for_head) {
    const auto answer = get("/waits", "1.1", "HEAD").receive_all();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_EQ(body_of(answer), "");
}

TEST_F(a_streamed_answer, lets_its_source_go_when_the_client_leaves_while_it_waits) {
    {
        auto client = get("/waits");
        ASSERT_EQ(client.receive(true).status, 200U);
        ASSERT_EQ(handler_.alive, 1);
    }
    EXPECT_TRUE(let_go());
    auto reset = get("/waits");
    ASSERT_EQ(reset.receive(true).status, 200U);
    reset.reset();
    EXPECT_TRUE(let_go());
}

TEST_F(a_streamed_answer, is_not_disturbed_by_what_the_client_sends_meanwhile) {
    auto client = get("/waits");
    ASSERT_EQ(client.receive(true).status, 200U);
    client.send("chatter");
    server_->drain(10s);
    EXPECT_TRUE(client.receive_all().ends_with("0\r\n\r\n"));
}

TEST_F(a_streamed_answer, ends_whole_when_the_server_drains) {
    auto client = get("/waits");
    ASSERT_EQ(client.receive(true).status, 200U);
    EXPECT_EQ(server_->drain(10s), 0U);
    EXPECT_TRUE(client.receive_all().ends_with("0\r\n\r\n"));
    EXPECT_EQ(handler_.alive, 0);
}

TEST_F(a_streamed_answer, ends_when_the_server_goes) {
    auto client = get("/waits");
    ASSERT_EQ(client.receive(true).status, 200U);
    server_.reset();
    EXPECT_EQ(handler_.alive, 0);
}

TEST_F(a_streamed_answer, ends_where_its_source_fails) {
    EXPECT_TRUE(get("/fails").receive_all().ends_with("0\r\n\r\n"));
    EXPECT_TRUE(let_go());
}

TEST_F(a_streamed_answer, ends_at_a_client_that_does_not_read) {
    body_timeout_ = 200ms;
    auto client = get("/huge");
    ASSERT_EQ(client.receive(true).status, 200U);
    EXPECT_TRUE(let_go());
    EXPECT_TRUE(client.cut_off());
}

}  // namespace
}  // namespace shopbell::http
