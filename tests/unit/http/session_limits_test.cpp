#include "server_fixture.hpp"
#include "support/eventually.hpp"

namespace shopbell::http {
namespace {

constexpr std::string_view post = "POST /hooks HTTP/1.1\r\nHost: a.example\r\n";

std::string declared(std::size_t size) {
    return std::string(post) + "Content-Length: " + std::to_string(size) + "\r\n\r\n";
}

std::string chunk(std::size_t size) {
    char digits[20];
    std::snprintf(digits, sizeof digits, "%zx\r\n", size);
    return digits + std::string(size, 'x') + "\r\n";
}

class a_limit : public a_server {};

TEST_F(a_limit, lets_a_body_of_its_size_pass) {
    EXPECT_EQ(ask(declared(1000) + std::string(1000, 'x')).body.size(), 1000U);
    EXPECT_EQ(
        ask(std::string(post) + "Transfer-Encoding: chunked\r\n\r\n" + chunk(600) + chunk(400) + "0\r\n\r\n")
            .body.size(),
        1000U);
}

TEST_F(a_limit, refuses_a_larger_declared_body_before_it_comes) {
    expect_refused(declared(1001), 413);
    expect_refused(declared(100'000'000'000), 413);
}

TEST_F(a_limit, refuses_to_ask_for_a_larger_body) {
    expect_refused(std::string(post) + "Expect: 100-continue\r\nContent-Length: 1001\r\n\r\n", 413);
}

TEST_F(a_limit, refuses_a_larger_chunked_body) {
    const std::string head = std::string(post) + "Transfer-Encoding: chunked\r\n\r\n";
    expect_refused(head + chunk(1001), 413);
    expect_refused(head + chunk(600) + chunk(401), 413);
    expect_refused(head + "ffffffffffffffff\r\n", 413);
}

TEST_F(a_limit, refuses_a_larger_header_section) {
    expect_refused("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(4096, 'x') + "\r\n\r\n", 431);
    expect_refused("GET /" + std::string(5000, 'x'), 414);
}

TEST_F(a_limit, of_the_header_section_holds_for_a_single_field) {
    settings_.max_header = 256 * 1024;
    EXPECT_EQ(ask("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(200'000, 'x') + "\r\n\r\n").status, 200U);
}

TEST_F(a_limit, lets_a_header_section_of_nearly_its_size_pass) {
    EXPECT_EQ(ask("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(4000, 'x') + "\r\n\r\n").status, 200U);
}

TEST_F(a_limit, counts_the_header_section_without_what_follows) {
    settings_.max_body = 1 << 20;
    const std::string body(300'000, 'x');
    EXPECT_EQ(ask(declared(body.size()) + body).body, body);
}

/// Two bodies of which only one finds room.
class long_bodies : public a_server {
protected:
    static constexpr std::size_t size = 200'000;

    long_bodies() {
        settings_.max_body = settings_.body_budget = size;
        settings_.threads = 1;  // whose bytes are read has his room before another's are
        settings_.listen = {*listen_address::parse("unix:" + place_.file("socket"))};
    }

    raw_client connect() {
        if (!server_)
            start();
        return raw_client(place_.file("socket"));
    }

    raw_answer ask(const std::string& bytes) { return connect().ask(bytes); }

    /// A client whose long body has come, all but its last byte.
    raw_client in_the_middle() {
        auto client = connect();
        client.send_to_be_read(declared(size) + std::string(size - 1, 'x'));
        return client;
    }

    static void expect_sent_away(const raw_answer& answer) {
        EXPECT_EQ(answer.status, 503U);
        EXPECT_EQ(answer.field("Retry-After"), "1");
        EXPECT_EQ(answer.field("Connection"), "close");
    }

    /// The room may be given back a moment after the answer.
    void expect_room_again() {
        EXPECT_TRUE(test::eventually([this] { return ask(long_one()).status == 200; }));
    }

    static std::string long_one() { return declared(size) + std::string(size, 'x'); }

private:
    test::temp_dir place_;
};

TEST_F(long_bodies, beyond_what_all_may_take_are_told_to_come_again) {
    auto first = in_the_middle();
    expect_sent_away(ask(long_one()));
    expect_sent_away(ask(std::string(post) + "Transfer-Encoding: chunked\r\n\r\n" + chunk(size)));

    first.send("x");
    EXPECT_EQ(first.receive().body.size(), size);
    expect_room_again();
}

TEST_F(long_bodies, leave_room_to_short_ones) {
    auto first = in_the_middle();
    expect_sent_away(ask(long_one()));
    EXPECT_EQ(ask(declared(64 * 1024) + std::string(64 * 1024, 'x')).status, 200U);
}

TEST_F(long_bodies, that_do_not_come_give_their_room_back) {
    auto first = in_the_middle();
    expect_sent_away(ask(long_one()));
    first.reset();
    expect_room_again();
}

TEST_F(long_bodies, take_no_room_by_being_announced) {
    std::vector<raw_client> announcing;
    for (int i = 0; i < 10; ++i) {
        announcing.push_back(connect());
        announcing.back().send_to_be_read(declared(size) + "x");
    }
    EXPECT_EQ(ask(long_one()).status, 200U);
}

class a_deadline : public a_server {
protected:
    /// Sends a byte every few milliseconds until the server has something to say.
    raw_answer drip(raw_client& client, std::string_view byte) {
        while (!client.hears_within(5ms))
            client.send(byte);
        return client.receive();
    }
};

TEST_F(a_deadline, closes_a_connection_that_says_nothing) {
    settings_.header_timeout = 50ms;
    EXPECT_TRUE(connect().closed_by_server());
}

TEST_F(a_deadline, answers_408_to_a_header_that_does_not_end) {
    settings_.header_timeout = 150ms;
    auto client = connect();
    const auto answer = client.ask("POST / HTTP/1.1\r\nHost:");
    EXPECT_EQ(answer.status, 408U);
    EXPECT_EQ(answer.body, R"({"error":"request timeout"})");
    EXPECT_TRUE(client.closed_by_server());
}

TEST_F(a_deadline, holds_for_the_whole_header_not_for_each_read) {
    settings_.header_timeout = 150ms;
    auto client = connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nX: ");
    EXPECT_EQ(drip(client, "x").status, 408U);
}

TEST_F(a_deadline, answers_408_to_a_body_that_does_not_end) {
    settings_.body_timeout = 50ms;
    auto client = connect();
    EXPECT_EQ(client.ask(declared(10) + "half").status, 408U);
    EXPECT_TRUE(client.closed_by_server());
}

TEST_F(a_deadline, holds_for_the_whole_body_not_for_each_read) {
    settings_.body_timeout = 50ms;
    auto client = connect();
    client.send(declared(1000));
    EXPECT_EQ(drip(client, "x").status, 408U);
}

TEST_F(a_deadline, holds_for_all_chunks_together) {
    settings_.body_timeout = 50ms;
    auto client = connect();
    client.send(std::string(post) + "Transfer-Encoding: chunked\r\n\r\n");
    EXPECT_EQ(drip(client, "1\r\nx\r\n").status, 408U);
}

TEST_F(a_deadline, closes_an_idle_connection_without_a_word) {
    settings_.idle_timeout = 50ms;
    auto client = connect();
    EXPECT_EQ(client.ask(get).status, 200U);
    EXPECT_TRUE(client.closed_by_server());
}

TEST_F(a_deadline, does_not_hold_for_the_handler) {
    settings_.header_timeout = 150ms;
    settings_.body_timeout = 150ms;
    EXPECT_EQ(ask("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").status, 200U);
}

TEST_F(a_deadline, ends_a_client_that_does_not_read_its_answer) {
    settings_.body_timeout = 50ms;
    auto client = connect();
    client.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(client.cut_off());
    EXPECT_EQ(ask(get).status, 200U);
}

TEST_F(a_deadline, ends_a_client_that_reads_none_of_many_answers) {
    settings_.body_timeout = 50ms;
    auto client = connect();
    for (int i = 0; i < 4; ++i)
        client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(client.cut_off());
}

/// Over a unix socket what was written stays with the sender's kernel until it is read.
class an_answer_left_with_the_kernel : public a_server {
protected:
    void SetUp() override { settings_.listen = {*listen_address::parse("unix:" + path_)}; }

    [[nodiscard]] raw_client connect() {
        if (!server_)
            start();
        return raw_client(path_);
    }

    test::temp_dir folder_;
    std::string path_ = folder_.file("http.sock");
};

TEST_F(an_answer_left_with_the_kernel, ends_the_connection_as_one_that_could_not_be_written) {
    settings_.body_timeout = 50ms;
    auto client = connect();
    client.send(get);
    EXPECT_TRUE(client.cut_off());
}

TEST_F(an_answer_left_with_the_kernel, ends_an_idle_connection) {
    settings_.idle_timeout = 50ms;
    auto client = connect();
    client.send(get);
    EXPECT_TRUE(client.cut_off());
}

TEST_F(an_answer_left_with_the_kernel, keeps_no_connection_from_being_idle_once_it_is_read) {
    settings_.body_timeout = 50ms;
    auto client = connect();
    EXPECT_EQ(client.ask(get).status, 200U);
    EXPECT_FALSE(client.hears_within(200ms)) << "idle longer than body_timeout";
    EXPECT_EQ(client.ask(get).status, 200U);
}

class a_client_that_leaves : public a_server {};

TEST_F(a_client_that_leaves, in_the_middle_of_its_body_harms_nobody) {
    for (int i = 0; i < 200; ++i) {
        auto client = connect();
        client.send(declared(1000) + "half");
        client.reset();
    }
    EXPECT_EQ(ask(get).status, 200U);
    EXPECT_EQ(handler_.begun, 1);
}

TEST_F(a_client_that_leaves, before_its_answer_harms_nobody) {
    for (int i = 0; i < 20; ++i) {
        auto client = connect();
        client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
        client.reset();
    }
    EXPECT_EQ(ask("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").status, 200U);
}

TEST_F(a_client_that_leaves, after_it_sent_all_still_gets_the_answer) {
    auto client = connect();
    client.send(get);
    client.finish();
    EXPECT_EQ(client.receive().status, 200U);
    EXPECT_TRUE(client.closed_by_server());
}

TEST_F(a_client_that_leaves, with_half_a_header_gets_nothing) {
    auto client = connect();
    client.send("GET / HTTP");
    client.finish();
    EXPECT_TRUE(client.closed_by_server());
}

}  // namespace
}  // namespace shopbell::http
