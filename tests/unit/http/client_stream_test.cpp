#include "raw_peer.hpp"
#include "support/eventually.hpp"
#include "support/http_peer.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"

#include <shopbell/http/client.hpp>

#include <gtest/gtest.h>

#include <array>
#include <thread>

namespace shopbell::http {
namespace {

using namespace std::chrono_literals;
using test::http_peer;
using test::raw_peer;
using test::read_request;
using test::say;

class a_client_of : public testing::Test {
protected:
    void make(const std::string& url_text) {
        settings_.url = *url::parse(url_text);
        client_ = *client::create(settings_);
    }
    result<incoming_response> send() {
        return test::run(context_, client_->send(outgoing_request("GET", {}, "")));
    }
    result<incoming_response> stream() {
        std::function<void(std::string_view)> consume = [this](std::string_view bytes) {
            consumed_ += bytes;
            if (on_bytes_)
                on_bytes_();
        };
        return test::run(context_, client_->stream(outgoing_request("GET", {}, ""), std::move(consume)));
    }

    test::temp_dir folder_;
    client_settings settings_;
    boost::asio::io_context context_;
    std::unique_ptr<client> client_;
    std::string consumed_;
    std::function<void()> on_bytes_;
};

class a_unix_socket : public a_client_of {};

TEST_F(a_unix_socket, is_talked_to_instead_of_the_host) {
    settings_.unix_path = folder_.file("admin.sock");
    std::string seen;
    {
        const raw_peer peer(settings_.unix_path, [&seen](int socket) {
            seen = read_request(socket);
            say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
        });
        make("http://no-such-host.invalid/api/events?limit=1");
        const auto heard = send();
        ASSERT_TRUE(heard) << heard.error().reason;
        EXPECT_EQ(heard->body, "hi");
        client_.reset();
    }
    EXPECT_TRUE(seen.starts_with("GET /api/events?limit=1 HTTP/1.1\r\nHost: no-such-host.invalid\r\n"))
        << seen;
}

TEST_F(a_unix_socket, is_named_where_nobody_listens) {
    settings_.unix_path = folder_.file("gone.sock");
    make("http://localhost/");
    const auto heard = send();
    ASSERT_FALSE(heard);
    EXPECT_EQ(heard.error().code, errc::unreachable);
    EXPECT_EQ(heard.error().reason, "connect to unix:" + settings_.unix_path + ": No such file or directory");
}

TEST_F(a_unix_socket, cannot_have_an_endless_path) {
    settings_.url = *url::parse("http://localhost/");
    settings_.unix_path = "/" + std::string(200, 'x');
    const auto made = client::create(settings_);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, errc::io);
}

struct bound_row {
    const char* name;
    std::size_t bound;
    std::size_t kept;
};

class a_bound : public a_client_of, public testing::WithParamInterface<bound_row> {};

TEST_P(a_bound, is_how_much_of_a_body_is_kept) {
    const http_peer peer({{200, {}, std::string(100'000, 'x')}});
    settings_.max_body = GetParam().bound;
    make(peer.url());
    const auto heard = send();
    ASSERT_TRUE(heard) << heard.error().reason;
    EXPECT_EQ(heard->body, std::string(GetParam().kept, 'x'));
}

INSTANTIATE_TEST_SUITE_P(bodies, a_bound,
                         testing::Values(bound_row{"none", 0, 0}, bound_row{"less", 5000, 5000},
                                         bound_row{"just_so", 100'000, 100'000},
                                         bound_row{"more", 1 << 20, 100'000}),
                         [](const auto& row) { return row.param.name; });

class a_stream : public a_client_of {};

TEST_F(a_stream, hands_over_the_body_without_its_chunks) {
    const raw_peer peer([](int socket) {
        read_request(socket);
        say(socket,
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
            "8\r\ndata: 1\n\r\n9;x=y\r\n\ndata: 2\n\r\n0\r\n\r\n");
    });
    make(peer.url());
    const auto heard = stream();
    ASSERT_TRUE(heard) << heard.error().reason;
    EXPECT_EQ(heard->status, 200U);
    EXPECT_EQ(value_of(heard->fields, "Content-Type"), "text/event-stream");
    EXPECT_EQ(heard->body, "");
    EXPECT_EQ(consumed_, "data: 1\n\ndata: 2\n");
    client_.reset();
}

TEST_F(a_stream, ends_when_the_other_side_does) {
    const raw_peer peer([](int socket) {
        read_request(socket);
        say(socket, "HTTP/1.1 200 OK\r\n\r\nuntil the end");
    });
    make(peer.url());
    const auto heard = stream();
    ASSERT_TRUE(heard) << heard.error().reason;
    EXPECT_EQ(consumed_, "until the end");
    client_.reset();
}

TEST_F(a_stream, hands_over_every_byte_at_once_and_for_longer_than_the_timeout) {
    struct part {
        std::string_view text;
        std::size_t consumed;
    };
    constexpr std::array<part, 5> parts{part{"4\r\nab", 2}, part{"c", 3}, part{"d\r\n", 4}, part{"2\r\ne", 5},
                                        part{"f\r\n", 6}};
    settings_.timeout = 500ms;
    std::atomic<std::size_t> consumed = 0;
    const raw_peer peer([&](int socket) {
        read_request(socket);
        say(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        std::this_thread::sleep_for(settings_.timeout + 100ms);  // time is what this is about
        for (const part& one : parts) {
            say(socket, one.text);
            EXPECT_TRUE(test::eventually([&] { return consumed == one.consumed; })) << one.text;
        }
    });
    on_bytes_ = [&] { consumed = consumed_.size(); };
    make(peer.url());
    const auto heard = stream();
    ASSERT_TRUE(heard) << heard.error().reason;
    EXPECT_EQ(consumed_, "abcdef");
    client_.reset();
}

TEST_F(a_stream, keeps_the_body_of_a_refusal_like_any_other_answer) {
    const http_peer peer({{401, {}, R"({"error":"unauthorized"})"}});
    make(peer.url());
    const auto heard = stream();
    ASSERT_TRUE(heard) << heard.error().reason;
    EXPECT_EQ(heard->status, 401U);
    EXPECT_EQ(heard->body, R"({"error":"unauthorized"})");
    EXPECT_EQ(consumed_, "");
}

TEST_F(a_stream, waits_for_its_beginning_in_bounds_only) {
    const http_peer peer({{0, {}, "", test::answer::action::hang}});
    settings_.timeout = 50ms;
    make(peer.url());
    const auto heard = stream();
    ASSERT_FALSE(heard);
    EXPECT_EQ(heard.error().code, errc::timeout);
}

}  // namespace
}  // namespace shopbell::http
