#include "raw_peer.hpp"
#include "support/eventually.hpp"
#include "support/http_peer.hpp"
#include "support/localhost.hpp"
#include "support/run.hpp"

#include <shopbell/http/client.hpp>

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <future>
#include <optional>

namespace shopbell::http {
namespace {

using namespace std::chrono_literals;
using test::answer;
using test::http_peer;
using test::raw_peer;
using test::read_request;
using test::say;
using action = test::answer::action;

class a_client : public testing::Test {
protected:
    void make(const std::string& url_text, std::chrono::milliseconds timeout = 20s) {
        client_settings settings;
        settings.url = *url::parse(url_text);
        settings.timeout = timeout;
        settings.max_idle = 1;
        settings.body_patience = body_patience_;
        client_ = *client::create(std::move(settings));
    }

    result<incoming_response> send(std::string body = "{}", std::string method = "POST",
                                   headers fields = {}) {
        return test::run(
            context_, client_->send(outgoing_request(std::move(method), std::move(fields), std::move(body))));
    }

    /// What the client makes of one scripted answer.
    result<incoming_response> hear(std::string_view text, std::string method = "POST") {
        const raw_peer peer([text](int socket) {
            read_request(socket);
            say(socket, text);
        });
        make(peer.url());
        auto heard = send("", std::move(method));
        client_.reset();
        return heard;
    }

    boost::asio::io_context context_;
    std::optional<std::chrono::milliseconds> body_patience_;
    std::unique_ptr<client> client_;
};

TEST_F(a_client, understands_a_status_line_without_the_space_behind_the_status) {
    const auto heard = hear("HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok");
    ASSERT_TRUE(heard) << heard.error().reason;
    EXPECT_EQ(heard->status, 200U);
    EXPECT_EQ(heard->body, "ok");
}

TEST_F(a_client, sends_the_request_as_it_is) {
    const http_peer peer({{201, {{"X-Answer", "yes"}}, "thanks"}});
    make(peer.url("/hooks?a=b"));
    const auto heard =
        send(R"({"id":1})", "PUT", {{"Content-Type", "application/json"}, {"Webhook-Id", "7"}});
    ASSERT_TRUE(heard) << heard.error().reason;
    EXPECT_EQ(heard->status, 201U);
    EXPECT_EQ(heard->body, "thanks");
    EXPECT_EQ(value_of(heard->fields, "x-answer"), "yes");

    const auto seen = peer.requests().at(0);
    EXPECT_EQ(seen.method, "PUT");
    EXPECT_EQ(seen.target, "/hooks?a=b");
    EXPECT_EQ(seen.body, R"({"id":1})");
    EXPECT_EQ(value_of(seen.fields, "Host"), "127.0.0.1:" + std::to_string(peer.port()));
    EXPECT_EQ(value_of(seen.fields, "Webhook-Id"), "7");
    EXPECT_EQ(value_of(seen.fields, "User-Agent"), "shopbell/" SHOPBELL_VERSION);
}

TEST_F(a_client, sets_the_framing_fields_itself) {
    const http_peer peer;
    make(peer.url());
    EXPECT_TRUE(send(
        "four", "POST",
        {{"Content-Length", "99"}, {"Transfer-Encoding", "chunked"}, {"Host", "x"}, {"X", "a\r\nY: b"}}));
    const auto seen = peer.requests().at(0);
    EXPECT_EQ(seen.body, "four");
    EXPECT_EQ(count(seen.fields, "Host"), 1U);
    EXPECT_EQ(value_of(seen.fields, "X"), "a  Y: b");
}

TEST_F(a_client, keeps_its_connection) {
    const http_peer peer;
    make(peer.url());
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(send());
    for (const auto& seen : peer.requests())
        EXPECT_EQ(seen.connection, 0U);
}

TEST_F(a_client, opens_another_when_the_server_closes) {
    const http_peer peer({{200, {}, "", action::respond_and_close}});
    make(peer.url());
    EXPECT_TRUE(send());
    EXPECT_TRUE(send());
    EXPECT_EQ(peer.requests().at(1).connection, 1U);
}

TEST_F(a_client, replaces_a_kept_connection_that_is_dead) {
    const http_peer peer({{200}, {0, {}, "", action::reset}, {202}});
    make(peer.url());
    EXPECT_EQ(send()->status, 200U);
    const auto heard = send();
    ASSERT_TRUE(heard) << heard.error().reason;
    EXPECT_EQ(heard->status, 202U);
    EXPECT_EQ(peer.requests().size(), 3U);
}

TEST_F(a_client, does_not_repeat_on_a_fresh_connection) {
    const http_peer peer({{0, {}, "", action::close}, {200}});
    make(peer.url());
    const auto heard = send();
    ASSERT_FALSE(heard);
    EXPECT_EQ(heard.error().code, errc::unavailable);
    EXPECT_EQ(peer.requests().size(), 1U);
}

TEST_F(a_client, opens_connections_for_requests_at_the_same_time) {
    const http_peer peer;
    make(peer.url());
    int answered = 0;
    for (int i = 0; i < 5; ++i) {
        auto done = [&answered](const std::exception_ptr&, const result<incoming_response>& heard) {
            answered += heard ? 1 : 0;
        };
        boost::asio::co_spawn(context_, client_->send(outgoing_request("POST", {}, "{}")), done);
    }
    context_.run();
    EXPECT_EQ(answered, 5);
}

TEST_F(a_client, gives_up_in_time) {
    const http_peer peer({{0, {}, "", action::hang}});
    make(peer.url(), 50ms);
    const auto heard = send();
    ASSERT_FALSE(heard);
    EXPECT_EQ(heard.error().code, errc::timeout);
}

TEST_F(a_client, does_not_wait_for_ever_for_the_rest_of_an_answer) {
    const raw_peer peer([](int socket) {
        read_request(socket);
        say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        read_request(socket);
    });
    make(peer.url(), 50ms);
    EXPECT_EQ(send().error().code, errc::timeout);
    client_.reset();
}

TEST_F(a_client, takes_the_status_where_only_the_rest_of_the_body_is_missing) {
    body_patience_ = 20ms;
    const raw_peer peer([](int socket) {
        read_request(socket);
        say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        read_request(socket);
    });
    make(peer.url());
    for (int i = 0; i < 2; ++i) {
        const auto heard = send();
        ASSERT_TRUE(heard) << heard.error().reason;
        EXPECT_EQ(heard->status, 200U);
        EXPECT_EQ(heard->body, "half");
    }
    EXPECT_EQ(peer.connections(), 2);
    client_.reset();
}

/// Answers 200 to the head of a request, and reads no more.
void answer_early(int socket) {
    const int little = 4096;
    ::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
    std::array<char, 512> head{};
    (void)::recv(socket, head.data(), head.size(), 0);
    say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

TEST_F(a_client, does_not_believe_a_success_that_comes_before_the_whole_body_is_sent) {
    const raw_peer peer([](int socket) {
        answer_early(socket);
        ::shutdown(socket, SHUT_RDWR);
    });
    make(peer.url());
    const auto heard = send(std::string(8 << 20, 'x'));
    ASSERT_FALSE(heard);
    EXPECT_EQ(heard.error().code, errc::unavailable);
    client_.reset();
}

TEST_F(a_client, does_not_take_what_waits_in_our_own_buffers_for_sent) {
    std::promise<void> end;
    const auto ended = end.get_future().share();
    {
        const raw_peer peer([ended](int socket) {
            answer_early(socket);
            ended.wait();
        });
        make(peer.url());
        // More than the peer takes in without reading, less than the system takes from us.
        const auto heard = send(std::string(1 << 20, 'x'));
        EXPECT_FALSE(heard);
        const auto reason = heard ? std::string() : heard.error().reason;
        EXPECT_NE(reason.find("answered 200 before it had the whole request"), std::string::npos) << reason;
        client_.reset();
        end.set_value();
    }
}

TEST_F(a_client, uses_no_connection_again_on_which_more_has_come_than_was_asked_for) {
    std::atomic<int> said = 0;
    const raw_peer chatty([&said](int socket) {
        while (!read_request(socket).empty()) {
            say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            ++said;
        }
    });
    make(chatty.url());
    EXPECT_TRUE(send());
    EXPECT_TRUE(test::eventually([&] { return said == 1; }));
    EXPECT_TRUE(send());
    EXPECT_EQ(chatty.connections(), 2);
    client_.reset();
}

TEST_F(a_client, names_a_refused_connection) {
    std::string url_text;
    {
        const http_peer gone;
        url_text = gone.url();
    }
    make(url_text);
    const auto heard = send();
    ASSERT_FALSE(heard);
    EXPECT_EQ(heard.error().code, errc::unreachable);
    EXPECT_EQ(heard.error().reason,
              "connect to " + url::parse(url_text)->host_header() + ": Connection refused");
}

TEST_F(a_client, names_a_host_that_does_not_exist) {
    make("http://no-such-host.invalid/");
    const auto heard = send();
    ASSERT_FALSE(heard);
    EXPECT_EQ(heard.error().code, errc::unresolved);
    EXPECT_TRUE(heard.error().reason.starts_with("resolve no-such-host.invalid: ")) << heard.error().reason;
}

TEST_F(a_client, resolves_names) {
    SKIP_WITHOUT_LOCALHOST();
    const http_peer peer;
    make("http://localhost:" + std::to_string(peer.port()) + "/");
    const auto heard = send();
    EXPECT_TRUE(heard) << heard.error().reason;
}

TEST_F(a_client, does_not_read_a_huge_body) {
    std::atomic<std::size_t> sent = 0;
    const raw_peer peer([&](int socket) {
        read_request(socket);
        const std::string block(1 << 20, 'x');
        say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n");
        for (int i = 0; i < 100 && say(socket, block); ++i)
            sent += block.size();
    });
    make(peer.url());
    for (int i = 0; i < 2; ++i) {
        const auto heard = send();
        ASSERT_TRUE(heard) << heard.error().reason;
        EXPECT_EQ(heard->body, std::string(2048, 'x'));
    }
    EXPECT_EQ(peer.connections(), 2);
    EXPECT_LT(sent, std::size_t{100} << 20);
}

TEST_F(a_client, does_not_reuse_a_connection_with_bytes_left_over) {
    const raw_peer peer([](int socket) {
        read_request(socket);
        say(socket,
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
    });
    make(peer.url());
    EXPECT_EQ(send()->status, 200U);
    EXPECT_EQ(send()->status, 200U);
    client_.reset();
}

TEST_F(a_client, sees_an_answer_that_comes_before_the_body_is_read) {
    const raw_peer peer([](int socket) {
        read_request(socket);
        say(socket, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        ::shutdown(socket, SHUT_WR);
    });
    make(peer.url());
    const auto heard = send(std::string(8 << 20, 'x'));
    ASSERT_TRUE(heard) << heard.error().reason;
    EXPECT_EQ(heard->status, 413U);
}

struct answer_row {
    const char* name;
    std::string_view text;
    unsigned status;  ///< 0: a failure
    std::string_view body_or_reason;
    const char* method = "POST";
};

class an_answer : public a_client, public testing::WithParamInterface<answer_row> {};

TEST_P(an_answer, is_understood_or_a_failure) {
    const auto& row = GetParam();
    const auto heard = hear(row.text, row.method);
    ASSERT_EQ(heard ? heard->status : 0, row.status) << (heard ? "" : heard.error().reason);
    if (heard)
        EXPECT_EQ(heard->body, row.body_or_reason);
    else
        EXPECT_NE(heard.error().reason.find(row.body_or_reason), std::string::npos) << heard.error().reason;
}

const std::string long_header = "HTTP/1.1 200 OK\r\nX: " + std::string(200'000, 'x') + "\r\n\r\n";
const std::string interim = [] {
    std::string text;
    for (int i = 0; i < 2000; ++i)
        text += "HTTP/1.1 100 Continue\r\n\r\n";
    return text;
}();

INSTANTIATE_TEST_SUITE_P(
    forms, an_answer,
    testing::Values(
        answer_row{"no_content", "HTTP/1.1 204 No Content\r\n\r\n", 204, ""},
        answer_row{"not_modified_with_a_length", "HTTP/1.1 304 No\r\nContent-Length: 5\r\n\r\n", 304, ""},
        answer_row{"head", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 200, "", "HEAD"},
        answer_row{"until_the_end", "HTTP/1.0 200 OK\r\n\r\nhello", 200, "hello"},
        answer_row{"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                   200, "hello"},
        answer_row{
            "after_interim_ones",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 202 OK\r\n"
            "Content-Length: 0\r\n\r\n",
            202, ""},
        answer_row{"no_reason_phrase", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", 200, ""},
        answer_row{"redirect_is_not_followed",
                   "HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", 307, ""},
        answer_row{"cut_body_after_a_status", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", 200,
                   "half"},
        answer_row{"broken_chunk_after_a_status",
                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 200, ""},
        answer_row{"garbage", "\x01\x02garbage\r\n\r\n", 0, "is not HTTP"},
        answer_row{"half_a_status_line", "HTTP/1.1 20", 0, "connection closed"},
        answer_row{"half_a_header", "HTTP/1.1 200 OK\r\nContent-Le", 0, "connection closed"},
        answer_row{"nothing", "", 0, "connection closed"},
        answer_row{"two_lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
                   200, "hello"},
        answer_row{"one_length_twice",
                   "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 200, "hello"},
        answer_row{"length_and_chunks",
                   "HTTP/1.1 500 No\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nx", 500, "x"},
        answer_row{"length_that_is_no_number", "HTTP/1.1 202 OK\r\nContent-Length: -1\r\n\r\nhello", 202,
                   "hello"},
        answer_row{"line_ends_without_cr", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", 200, "ok"},
        answer_row{"line_ends_of_both_kinds", "HTTP/1.1 500 OK\nContent-Length: 2\r\n\nok", 500, "ok"},
        answer_row{"empty_line_in_front", "\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok"},
        answer_row{"empty_lines_without_cr_in_front", "\n\nHTTP/1.1 404 No\nContent-Length: 2\n\nno", 404,
                   "no"},
        answer_row{"line_without_a_colon", "HTTP/1.1 200 OK\r\nwhat is this\r\nContent-Length: 2\r\n\r\nok",
                   200, "ok"},
        answer_row{"name_that_is_no_token", "HTTP/1.1 200 OK\r\nX Y: 1\r\nContent-Length: 2\r\n\r\nok", 200,
                   "ok"},
        answer_row{"space_before_the_colon", "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok", 200, "ok"},
        answer_row{"folded_line", "HTTP/1.1 200 OK\r\nX: a\r\n b: c\r\nContent-Length: 2\r\n\r\nok", 200,
                   "ok"},
        answer_row{"control_byte_in_a_value", "HTTP/1.1 200 OK\r\nX: a\rb\x01\r\nContent-Length: 2\r\n\r\nok",
                   200, "ok"},
        answer_row{"two_spaces", "HTTP/1.1  503 Busy\r\nContent-Length: 0\r\n\r\n", 503, ""},
        answer_row{"reason_without_a_space", "HTTP/1.1 200OK\r\nContent-Length: 0\r\n\r\n", 200, ""},
        answer_row{"no_version", "HTTP 200 OK\r\n\r\nhello", 200, "hello"},
        answer_row{"another_version", "HTTP/2 200\r\nContent-Length: 2\r\n\r\nok", 200, "ok"},
        answer_row{"interim_ones_without_cr", "HTTP/1.1 100 Go on\n\nHTTP/1.1 200 OK\nContent-Length: 0\n\n",
                   200, ""},
        answer_row{"status_of_four_digits", "HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n", 0,
                   "is not HTTP"},
        answer_row{"no_status_line", "<html>hello</html>\r\n\r\n", 0, "is not HTTP"},
        answer_row{"header_too_long", long_header, 0, "is not HTTP"},
        answer_row{"status_in_letters", "HTTP/1.1 abc Hm\r\n\r\n", 0, "is not HTTP"},
        answer_row{"status_too_high", "HTTP/1.1 600 Hm\r\nContent-Length: 0\r\n\r\n", 0, "status 600"},
        answer_row{"status_too_low", "HTTP/1.1 099 Hm\r\nContent-Length: 0\r\n\r\n", 0, "status 99"},
        answer_row{"switching_protocols", "HTTP/1.1 101 Hm\r\n\r\n", 0, "status 101"},
        answer_row{"only_interim_ones", interim, 0, "interim"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace shopbell::http
