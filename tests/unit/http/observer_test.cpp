#include "server_fixture.hpp"

#include "support/eventually.hpp"

#include <mutex>
#include <vector>

namespace shopbell::http {
namespace {

/// Remembers what it was told.
class notebook final : public request_observer {
public:
    void answered(const answered_request& one) override {
        const std::lock_guard guard(mutex_);
        told_.push_back(one);
    }

    [[nodiscard]] std::vector<answered_request> told() const {
        const std::lock_guard guard(mutex_);
        return told_;
    }

    /// Waits for that many; the client may have its answer before the server has told of it.
    [[nodiscard]] std::vector<answered_request> wait(std::size_t count) const {
        EXPECT_TRUE(test::eventually([&] { return told().size() >= count; }));
        return told();
    }

private:
    mutable std::mutex mutex_;
    std::vector<answered_request> told_;
};

/// The mirror, which tells of requests to "/watched..." itself.
class watched_mirror final : public handler {
public:
    explicit watched_mirror(request_observer& watching) : watching_(watching) {}

    [[nodiscard]] beginning begin(request_head head) const override {
        if (!head.path.starts_with("/watched"))
            return mirror_.begin(std::move(head));
        if (!head.path.ends_with("early"))
            return std::make_unique<watched>(*this, std::move(head));
        auto early = response::refusal(405);
        early.observer = &watching_;
        return early;
    }
    [[nodiscard]] response refuse(const server_refusal& why) const override {
        auto answer = response::refusal(why.status);
        if (why.path.starts_with("/watched"))
            answer.observer = &watching_;
        return answer;
    }

private:
    class watched final : public exchange {
    public:
        watched(const watched_mirror& in, request_head head) : in_(in), head_(std::move(head)) {}

        [[nodiscard]] asio::awaitable<response> finish(std::string body) override {
            if (head_.path.ends_with("throws"))
                throw std::runtime_error("bug in finish");
            return in_.mirror_.handle(request(std::move(head_), std::move(body)));
        }
        [[nodiscard]] request_observer* observer() const noexcept override { return &in_.watching_; }

    private:
        const watched_mirror& in_;
        request_head head_;
    };

    request_observer& watching_;
    mirror mirror_;
};

class an_observed_server : public a_server {
protected:
    an_observed_server() { settings_.observer = &others_; }

    [[nodiscard]] raw_client open() {
        if (!observed_) {
            observed_ = server::bind(settings_, answering_, lines_).value();
            observed_->start();
        }
        return raw_client(observed_->addresses().front().port);
    }

    notebook watched_, others_;
    watched_mirror answering_{watched_};
    std::unique_ptr<server> observed_;  // behind what it tells
};

TEST_F(an_observed_server, tells_of_each_answer_whom_the_handler_names) {
    const std::string first = "POST /watched HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
    const std::string second = "GET /watched HTTP/1.1\r\nHost: a\r\n\r\n";
    auto client = open();
    EXPECT_EQ(client.ask(first + second).status, 200U);
    EXPECT_EQ(client.receive().status, 200U);
    const auto told = watched_.wait(2);
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].status, 200U);
    EXPECT_TRUE(told[0].sent);
    EXPECT_FALSE(told[0].by_server);
    EXPECT_EQ(told[0].received, first.size());
    EXPECT_EQ(told[1].received, second.size());
    EXPECT_TRUE(others_.told().empty());
}

struct refused_row {
    const char* name;
    const char* bytes;
    unsigned status;
    bool watched;
    bool by_server;
};

class a_refusal : public an_observed_server, public testing::WithParamInterface<refused_row> {};

TEST_P(a_refusal, is_told_to_who_has_the_path) {
    const auto& row = GetParam();
    EXPECT_EQ(open().ask(row.bytes).status, row.status);
    const auto told = (row.watched ? watched_ : others_).wait(1);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].status, row.status);
    EXPECT_EQ(told[0].by_server, row.by_server);
    EXPECT_TRUE((row.watched ? others_ : watched_).told().empty());
}

const refused_row refused_rows[] = {
    {"by_the_handler", "GET /screened HTTP/1.1\r\nHost: a\r\n\r\n", 404, false, false},
    {"by_a_watched_handler", "GET /watched/early HTTP/1.1\r\nHost: a\r\n\r\n", 405, true, false},
    {"no_http", "hello\r\n\r\n", 400, false, true},
    {"declared_too_large", "POST /watched?x HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n", 413, true,
     true},
    {"without_length", "POST /watched HTTP/1.1\r\nHost: a\r\n\r\n", 411, true, true},
    {"chunk_too_large", "POST /watched HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n", 413,
     true, true},
    {"a_bug", "GET /watched/throws HTTP/1.1\r\nHost: a\r\n\r\n", 500, true, true},
};

INSTANTIATE_TEST_SUITE_P(of_the_server, a_refusal, testing::ValuesIn(refused_rows),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(an_observed_server, tells_of_a_client_that_leaves) {
    auto client = open();
    client.send("POST /watched HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel");
    client.finish();
    const auto told = watched_.wait(1);
    EXPECT_EQ(told[0].status, 0U);
    EXPECT_FALSE(told[0].sent);
}

TEST_F(an_observed_server, counts_connections_and_tells_of_those_beyond_the_limit) {
    settings_.max_connections = 1;
    auto first = open();
    EXPECT_EQ(first.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status, 200U);
    (void)others_.wait(1);
    EXPECT_EQ(observed_->connections().open, 1U);
    EXPECT_EQ(observed_->connections().refused, 0U);
    EXPECT_EQ(open().receive().status, 503U);
    EXPECT_EQ(observed_->connections().refused, 1U);
    const auto told = others_.wait(2);
    EXPECT_EQ(told[1].status, 503U);
    EXPECT_TRUE(told[1].by_server);
}

}  // namespace
}  // namespace shopbell::http
