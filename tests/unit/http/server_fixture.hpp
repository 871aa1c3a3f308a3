#pragma once

#include "support/raw_client.hpp"
#include "support/temp_dir.hpp"

#include <shopbell/http/server.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

namespace shopbell::http {

using namespace std::chrono_literals;
using test::raw_answer;
using test::raw_client;

inline constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";

/// Answers with what it saw. Some paths do something else:
///   /screened  refused from the header (404)      /throws    the handler has a bug
///   /fine      answered from the header (200)
///   /slow      answers after 300 ms               /stuck     never answers
///   /close     asks to close                      /big, /large  a body of 8 MiB, 256 KiB
class mirror final : public handler {
public:
    [[nodiscard]] beginning begin(request_head head) const override {
        if (head.path == "/screened")
            return response::error(404, "not found");
        if (head.path == "/fine")
            return response(200, "{}");
        if (head.path == "/begin-throws")
            throw std::runtime_error("bug in begin");
        return make_exchange(std::move(head), [this](request one) { return handle(std::move(one)); });
    }

    [[nodiscard]] asio::awaitable<response> handle(request one) const {
        ++begun;
        const auto& path = one.head.path;
        if (path == "/throws")
            throw std::runtime_error("bug in handle");
        if (path == "/slow" || path == "/stuck") {
            asio::steady_timer timer(co_await asio::this_coro::executor);
            timer.expires_after(path == "/slow" ? 300ms : 1h);
            co_await timer.async_wait(asio::use_awaitable);
        }
        response seen(200, std::move(one.body));
        if (path == "/big" || path == "/large")
            seen.body.assign(path == "/big" ? 8 << 20 : 256 << 10, 'x');
        seen.content_type = "text/plain";
        seen.close = path == "/close";
        seen.fields.push_back({"Seen-Method", one.head.method});
        seen.fields.push_back({"Seen-Path", path});
        seen.fields.push_back({"Seen-Client", one.head.client ? one.head.client->to_string() : "none"});
        seen.fields.push_back({"Seen-Signature", std::string(value_of(one.head.fields, "X-Signature"))});
        seen.notes.push_back({"note", std::string("of the handler")});
        co_return seen;
    }

    mutable std::atomic<int> begun = 0;
};

/// A real server on a free port, with limits small enough to be met in a test.
class a_server : public testing::Test {
protected:
    a_server() {
        settings_.listen = {*listen_address::parse("127.0.0.1:0")};
        settings_.threads = 2;
        settings_.trusted_proxies = {*network::parse("127.0.0.0/8")};
        settings_.max_body = 1000;
        settings_.max_header = 4096;
    }

    void start() {
        auto bound = server::bind(settings_, handler_, lines_);
        ASSERT_TRUE(bound) << bound.error().reason;
        server_ = std::move(*bound);
        server_->start();
    }

    [[nodiscard]] raw_client connect() {
        if (!server_)
            start();
        return raw_client(server_->addresses().front().port);
    }

    /// The answer to one request on a connection of its own.
    [[nodiscard]] raw_answer ask(std::string_view bytes) { return connect().ask(bytes); }

    /// Whether the answer is this refusal, and the connection ends after it.
    void expect_refused(std::string_view bytes, unsigned status) {
        auto client = connect();
        const auto answer = client.ask(bytes);
        EXPECT_EQ(answer.status, status) << bytes.substr(0, 200);
        EXPECT_EQ(answer.field("Connection"), "close");
        EXPECT_TRUE(client.closed_by_server()) << "the refused body was read as a request";
    }

    server_settings settings_;
    mirror handler_;
    std::shared_ptr<log> lines_ = log::null();
    std::unique_ptr<server> server_;
};

}  // namespace shopbell::http
