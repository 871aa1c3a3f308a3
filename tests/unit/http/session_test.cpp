#include "server_fixture.hpp"

#include <shopbell/core/json.hpp>

namespace shopbell::http {
namespace {

using namespace std::string_literals;

constexpr std::string_view post = "POST /hooks HTTP/1.1\r\nHost: a.example\r\n";

std::string with_body(std::string_view body, std::string_view fields = "") {
    return std::string(post) + std::string(fields) + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + std::string(body);
}

std::string in_chunks(std::string_view chunks) {
    return std::string(post) + "Transfer-Encoding: chunked\r\n\r\n" + std::string(chunks);
}

class a_session : public a_server {};

TEST_F(a_session, answers_with_the_usual_fields) {
    const auto answer = ask(with_body("hello"));
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.body, "hello");
    EXPECT_EQ(answer.field("Seen-Path"), "/hooks");
    EXPECT_EQ(answer.field("Content-Type"), "text/plain");
    EXPECT_EQ(answer.field("X-Request-Id").size(), 16U);
    EXPECT_TRUE(answer.field("Date").ends_with(" GMT"));
    EXPECT_EQ(answer.field("Connection"), "");
}

TEST_F(a_session, goes_by_the_name_that_a_trusted_proxy_gave_the_request) {
    EXPECT_EQ(ask(with_body("hello", "X-Request-Id: nginx-1\r\n")).field("X-Request-Id"), "nginx-1");
    EXPECT_EQ(ask(with_body("hello", "X-Request-Id: two words\r\n")).field("X-Request-Id").size(), 16U);
    const auto refused = ask("POST /hooks HTTP/1.1\r\nHost: a\r\nX-Request-Id: nginx-2\r\n\r\n");
    EXPECT_EQ(refused.status, 411U);
    EXPECT_EQ(refused.field("X-Request-Id"), "nginx-2");
}

TEST_F(a_session, lets_no_stranger_name_the_request) {
    settings_.trusted_proxies = {*network::parse("10.0.0.0/8")};
    EXPECT_EQ(ask(with_body("hello", "X-Request-Id: forged\r\n")).field("X-Request-Id").size(), 16U);
}

TEST_F(a_session, serves_many_requests_on_one_connection) {
    auto client = connect();
    EXPECT_EQ(client.ask(with_body("one")).body, "one");
    EXPECT_EQ(client.ask(in_chunks("3\r\ntwo\r\n0\r\n\r\n")).body, "two");
    EXPECT_EQ(client.ask("GET /x?secret HTTP/1.1\r\nHost: a\r\n\r\n").field("Seen-Path"), "/x");
    EXPECT_EQ(client.ask(with_body("four")).body, "four");
}

TEST_F(a_session, answers_pipelined_requests_in_order) {
    auto client = connect();
    client.send(with_body("one") + in_chunks("3\r\ntwo\r\n0\r\n\r\n") +
                with_body("three", "Connection: close\r\n"));
    EXPECT_EQ(client.receive().body, "one");
    EXPECT_EQ(client.receive().body, "two");
    EXPECT_EQ(client.receive().body, "three");
    EXPECT_TRUE(client.closed_by_server());
}

TEST_F(a_session, understands_requests_byte_by_byte) {
    auto client = connect();
    for (const char byte : with_body("hello") + in_chunks("2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nX: y\r\n\r\n"))
        client.send({&byte, 1});
    EXPECT_EQ(client.receive().body, "hello");
    EXPECT_EQ(client.receive().body, "hello");
}

TEST_F(a_session, understands_an_empty_chunked_body_byte_by_byte) {
    auto client = connect();
    for (const char byte : in_chunks("0\r\n\r\n"))
        client.send({&byte, 1});
    EXPECT_EQ(client.receive().status, 200U);
}

TEST_F(a_session, passes_over_empty_lines_before_a_request) {
    auto client = connect();
    EXPECT_EQ(client.ask("\r\n\r\n" + with_body("one") + "\r\n").body, "one");
    EXPECT_EQ(client.ask(with_body("two")).body, "two");
}

TEST_F(a_session, takes_the_path_of_an_absolute_target) {
    EXPECT_EQ(ask("GET http://b.example/hooks?x HTTP/1.1\r\nHost: a\r\n\r\n").field("Seen-Path"), "/hooks");
}

TEST_F(a_session, sends_no_body_with_the_answer_to_head) {
    auto client = connect();
    client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + with_body("next", "Connection: close\r\n"));
    EXPECT_EQ(client.receive(true).field("Seen-Method"), "HEAD");
    EXPECT_EQ(client.receive().body, "next");
}

TEST_F(a_session, closes_after_http_1_0) {
    auto client = connect();
    const auto answer = client.ask("POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi");
    EXPECT_EQ(answer.body, "hi");
    EXPECT_EQ(answer.field("Connection"), "close");
    EXPECT_TRUE(client.closed_by_server());
}

TEST_F(a_session, keeps_http_1_0_open_on_request) {
    auto client = connect();
    const std::string request = "POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi";
    EXPECT_EQ(client.ask(request).field("Connection"), "keep-alive");
    EXPECT_EQ(client.ask(request).body, "hi");
}

TEST_F(a_session, stays_open_behind_an_early_answer_that_is_no_refusal) {
    auto client = connect();
    EXPECT_EQ(client.ask("GET /fine HTTP/1.1\r\nHost: a\r\n\r\n").status, 200U);
    EXPECT_EQ(client.ask("POST /fine HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi").status, 200U);
    EXPECT_EQ(client.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi").body, "hi");
}

TEST_F(a_session, closes_when_the_handler_says_so) {
    auto client = connect();
    EXPECT_EQ(client.ask("GET /close HTTP/1.1\r\nHost: a\r\n\r\n").field("Connection"), "close");
    EXPECT_TRUE(client.closed_by_server());
}

TEST_F(a_session, answers_500_when_the_handler_throws) {
    for (const std::string_view path : {"/throws", "/begin-throws"}) {
        auto client = connect();
        const auto answer = client.ask("GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n");
        EXPECT_EQ(answer.status, 500U);
        EXPECT_EQ(answer.body, R"({"error":"internal error"})");
        EXPECT_TRUE(client.closed_by_server());
    }
}

TEST_F(a_session, asks_for_the_body_that_waits) {
    auto client = connect();
    client.send(std::string(post) + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    EXPECT_EQ(client.receive().head, "HTTP/1.1 100 Continue\r\n");
    EXPECT_EQ(client.ask("hello").body, "hello");
}

TEST_F(a_session, does_not_ask_for_a_body_that_is_there) {
    EXPECT_EQ(ask(with_body("hello", "Expect: 100-continue\r\n")).status, 200U);
}

TEST_F(a_session, does_not_ask_an_old_client_for_its_body) {
    auto client = connect();
    client.send("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    EXPECT_FALSE(client.hears_within(30ms));
    EXPECT_EQ(client.ask("hello").body, "hello");
}

TEST_F(a_session, refuses_a_screened_request_before_its_body) {
    expect_refused("POST /screened HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
                   404);
    EXPECT_EQ(handler_.begun, 0);
}

TEST_F(a_session, delivers_the_answer_to_who_is_still_sending) {
    settings_.max_body = 1 << 20;
    auto client = connect();
    client.send("POST /screened HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n" +
                std::string(60000, 'x'));
    EXPECT_EQ(client.receive().status, 404U);
}

TEST_F(a_session, keeps_trailers_out_of_the_fields) {
    const auto answer = ask(in_chunks("2\r\nhi\r\n0\r\nX-Signature: forged\r\nConnection: close\r\n\r\n"));
    EXPECT_EQ(answer.body, "hi");
    EXPECT_EQ(answer.field("Seen-Signature"), "");
    EXPECT_EQ(answer.field("Connection"), "");
}

TEST_F(a_session, ends_an_endless_chunk_extension) {
    expect_refused(in_chunks("2;a=" + std::string(200'000, 'x')), 400);
}

TEST_F(a_session, ends_endless_trailers) {
    std::string trailers;
    while (trailers.size() < 200'000)
        trailers += "X-Trailer: value\r\n";
    expect_refused(in_chunks("2\r\nhi\r\n0\r\n" + trailers), 431);
}

TEST_F(a_session, finds_the_client_behind_a_trusted_proxy) {
    EXPECT_EQ(ask(with_body("", "X-Forwarded-For: 203.0.113.9\r\n")).field("Seen-Client"), "203.0.113.9");
}

TEST_F(a_session, takes_no_forwarding_from_strangers) {
    settings_.trusted_proxies.clear();
    EXPECT_EQ(ask(with_body("", "X-Forwarded-For: 203.0.113.9\r\n")).field("Seen-Client"), "127.0.0.1");
}

struct smuggling_row {
    const char* name;
    std::string bytes;
    unsigned status;
};

class a_smuggler : public a_server, public testing::WithParamInterface<smuggling_row> {};

TEST_P(a_smuggler, gets_one_answer_and_no_more) {
    // Whatever is refused is followed by what would be a request of its own.
    expect_refused(GetParam().bytes + "GET /second HTTP/1.1\r\nHost: a\r\n\r\n", GetParam().status);
    EXPECT_EQ(handler_.begun, 0);
}

smuggling_row fields(const char* name, unsigned status, std::string_view lines) {
    return {name, std::string(post) + std::string(lines) + "\r\n0\r\n\r\n", status};
}

INSTANTIATE_TEST_SUITE_P(
    requests, a_smuggler,
    testing::Values(
        fields("unknown_coding", 501, "Transfer-Encoding: gzip\r\n"),
        fields("chunked_not_last", 400, "Transfer-Encoding: chunked, identity\r\n"),
        fields("another_coding_first", 501, "Transfer-Encoding: gzip, chunked\r\n"),
        fields("length_and_chunks", 400, "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
        fields("chunks_and_length", 400, "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
        fields("two_codings", 400, "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"),
        fields("two_lengths", 400, "Content-Length: 5\r\nContent-Length: 6\r\n"),
        fields("the_same_length_twice", 400, "Content-Length: 5\r\nContent-Length: 5\r\n"),
        fields("list_of_lengths", 400, "Content-Length: 5, 5\r\n"),
        fields("folded_coding", 400, "Transfer-Encoding:\r\n chunked\r\n"),
        fields("folded_field", 400, "Content-Length: 5\r\nX: a\r\n b\r\n"),
        fields("nul_in_a_value", 400, "Content-Length: 5\r\nX: a\0b\r\n"s),
        fields("nul_in_a_name", 400, "Content-Length: 5\r\nX\0: a\r\n"s),
        fields("vertical_tab_before_chunked", 400, "Transfer-Encoding: \vchunked\r\n"),
        fields("bare_lf", 400, "Content-Length: 5\nX: a\r\n"),
        fields("bare_cr", 400, "Content-Length: 5\rX: a\r\n"),
        fields("space_before_the_colon", 400, "Transfer-Encoding : chunked\r\n"),
        fields("no_colon", 400, "Content-Length: 5\r\nwhatever\r\n"),
        fields("no_name", 400, "Content-Length: 5\r\n: x\r\n"),
        fields("second_host", 400, "Content-Length: 5\r\nHost: b.example\r\n"),
        fields("no_length", 411, "X: a\r\n"),
        fields("unknown_expectation", 417, "Content-Length: 5\r\nExpect: x\r\n"),
        smuggling_row{"no_host", "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", 400},
        smuggling_row{"chunks_in_1_0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        smuggling_row{"http_2", "POST / HTTP/2.0\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 505},
        smuggling_row{"http_0_9", "GET /\r\n\r\n", 400},
        smuggling_row{"asterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 501},
        smuggling_row{"connect", "CONNECT a.example:443 HTTP/1.1\r\nHost: a\r\n\r\n", 405},
        smuggling_row{"space_in_the_target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
        smuggling_row{"tls", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, 400},
        smuggling_row{"chunk_size_that_is_none", in_chunks("zz\r\nhi\r\n0\r\n\r\n"), 400},
        smuggling_row{"negative_chunk", in_chunks("-2\r\nhi\r\n0\r\n\r\n"), 400},
        smuggling_row{"chunk_longer_than_it_says", in_chunks("2\r\nhiho\r\n0\r\n\r\n"), 400},
        smuggling_row{"chunk_ends_with_lf", in_chunks("2\r\nhi\n0\r\n\r\n"), 400},
        smuggling_row{"chunk_size_ends_with_lf", in_chunks("2\nhi\r\n0\r\n\r\n"), 400},
        smuggling_row{"chunk_size_overflows", in_chunks("10000000000000002\r\nhi\r\n0\r\n\r\n"), 413}),
    [](const auto& row) { return row.param.name; });

class a_log_line : public a_server {
protected:
    /// Has the lines written and reads the last.
    json::document last_line() {
        server_.reset();
        lines_.reset();
        const auto text = test::read_file(path_);
        const auto start = text.rfind('\n', text.size() - 2);
        auto line = json::document::parse(std::string_view(text).substr(start == text.npos ? 0 : start + 1));
        return std::move(line.value());
    }

    std::string text_of(const json::document& line, std::string_view name) {
        const auto* found = line.root().find(name);
        return found == nullptr ? "" : std::string(found->text());
    }

    void SetUp() override { lines_ = *log::open({log_level::info, log_format::json, path_}); }

    test::temp_dir folder_;
    std::string path_ = folder_.file("log");
};

TEST_F(a_log_line, tells_what_was_answered) {
    const auto answer = ask("GET /hooks?token=s3cret HTTP/1.1\r\nHost: a\r\nX-Key: s3cret\r\n\r\n");
    const auto line = last_line();
    EXPECT_EQ(text_of(line, "message"), "request");
    EXPECT_EQ(text_of(line, "request_id"), answer.field("X-Request-Id"));
    EXPECT_EQ(text_of(line, "client"), "127.0.0.1");
    EXPECT_EQ(text_of(line, "method"), "GET");
    EXPECT_EQ(text_of(line, "path"), "/hooks");
    EXPECT_EQ(text_of(line, "status"), "200");
    EXPECT_EQ(text_of(line, "note"), "of the handler");
    EXPECT_EQ(test::read_file(path_).find("s3cret"), std::string::npos);
}

TEST_F(a_log_line, tells_why_a_request_was_refused) {
    EXPECT_EQ(ask("POST /hooks HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n").status, 501U);
    const auto line = last_line();
    EXPECT_EQ(text_of(line, "status"), "501");
    EXPECT_EQ(text_of(line, "reason"), "unknown transfer coding");
    EXPECT_EQ(text_of(line, "path"), "/hooks");
}

TEST_F(a_log_line, holds_no_target_that_is_none) {
    EXPECT_EQ(ask("GET http://user:s3cret@a/hooks HTTP/1.1\r\nHost: a\r\n\r\n").status, 400U);
    EXPECT_EQ(text_of(last_line(), "path"), "");
    EXPECT_EQ(test::read_file(path_).find("s3cret"), std::string::npos);
}

TEST_F(a_log_line, is_bounded_whatever_the_path) {
    EXPECT_EQ(ask("GET /" + std::string(3000, '\xff') + " HTTP/1.1\r\nHost: a\r\n\r\n").status, 200U);
    EXPECT_LT(test::read_file(path_).size() + text_of(last_line(), "path").size(), 2000U);
}

}  // namespace
}  // namespace shopbell::http
