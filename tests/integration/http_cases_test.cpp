#include "http_cases.hpp"

#include "support/daemon.hpp"
#include "support/shop.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>

namespace shopbell::test {
namespace {

/// How a case's bytes reach the daemon. The outcome must not depend on it.
using delivery = std::function<void(raw_client&, std::string_view)>;

class http_server : public testing::Test {
protected:
    static void SetUpTestSuite() {
        place_ = std::make_unique<shop>();
        place_->write_config({.server = "max_body = \"64KiB\"\nmax_header = \"16KiB\"",
                              .listen = "127.0.0.1:0\", \"unix:" + place_->file("http.sock")});
        running_ = std::make_unique<daemon>(place_->config());
    }

    static void TearDownTestSuite() {
        EXPECT_EQ(running_->stop().code, 0);
        running_.reset();
        place_.reset();
    }

    static raw_client over_tcp() { return raw_client(running_->port()); }
    static raw_client over_unix() { return raw_client(place_->file("http.sock")); }

    /// A webhook that was never sent before.
    static store_request new_webhook() {
        static int number = 0;
        return genuine_webhook(fmt::format("case-{:06}", ++number));
    }

    /// What the daemon makes of it when it comes (again) by itself: "accepted" is the proof that it was not
    /// stored before, "duplicate" that it was, and under which id.
    static receipt ask_again(const store_request& webhook) { return running_->send(webhook); }

    static void expect_case(const http_case& one, raw_client client, const delivery& deliver);

private:
    static std::unique_ptr<shop> place_;
    static std::unique_ptr<daemon> running_;
};

std::unique_ptr<shop> http_server::place_;
std::unique_ptr<daemon> http_server::running_;

/// The next answer but for "100 Continue", which may only come where somebody waits for it.
raw_answer next_answer(raw_client& client, const http_case& one, unsigned expected) {
    const bool head = one.request.starts_with("HEAD ");
    auto answer = client.receive(head);
    if (answer.status != 100 || expected == 100)
        return answer;
    EXPECT_TRUE((expected == 200 || expected == 401) && one.request.find("Expect:") != one.request.npos);
    EXPECT_EQ(answer.head, "HTTP/1.1 100 Continue\r\n");
    return client.receive(head);
}

void expect_json(const raw_answer& answer, bool head) {
    EXPECT_EQ(answer.field("Content-Type"), "application/json");
    EXPECT_EQ(answer.field("Transfer-Encoding"), "");
    EXPECT_NE(answer.field("Date"), "");
    if (head)
        return;
    const auto body = nlohmann::json::parse(answer.body, nullptr, false);
    ASSERT_TRUE(body.is_object()) << answer.body;
    EXPECT_EQ(body.contains("error"), answer.status != 200);
    EXPECT_EQ(body.size(), answer.status == 200 ? 2U : 1U) << answer.body;
}

/// Sends the case with a webhook of its own and, right behind it, another one; checks what is answered, and
/// what was stored by asking for it once more.
void http_server::expect_case(const http_case& one, raw_client client, const delivery& deliver) {
    const auto webhook = new_webhook();
    const auto behind = new_webhook();
    const bool breaks_off = one.after == ending::silence;
    deliver(client, fill_in(one.request, webhook) + (breaks_off ? "" : behind.bytes()));
    if (breaks_off)
        client.finish();

    std::string id;
    for (std::size_t i = 0; i < one.answers.size(); ++i) {
        const auto answer = read_receipt(next_answer(client, one, one.answers[i]));
        ASSERT_EQ(answer.status, one.answers[i]) << answer.raw.head << answer.raw.body;
        if (answer.status == 100)
            continue;
        expect_json(answer.raw, one.request.starts_with("HEAD "));
        const bool last = i + 1 == one.answers.size() && one.after == ending::closes;
        EXPECT_EQ(answer.raw.field("Connection") == "close", last) << answer.raw.head;
        EXPECT_EQ(answer.raw.field("Allow"), answer.status == 405 ? "POST" : "");
        if (answer.status == 200) {
            EXPECT_EQ(answer.outcome, id.empty() ? "accepted" : "duplicate");
            EXPECT_EQ(answer.id, id.empty() ? answer.id : id);
            id = answer.id;
        }
    }
    std::string id_behind;
    if (one.after == ending::keeps) {
        const auto answer = read_receipt(client.receive());
        EXPECT_EQ(answer.outcome, "accepted") << answer.raw.head << answer.raw.body;
        id_behind = answer.id;
        client.finish();
    }
    EXPECT_TRUE(client.closed_by_server()) << "more is answered than was asked: " << client.receive_all();

    for (const auto& [sent, stored_as] : {std::pair(webhook, id), std::pair(behind, id_behind)}) {
        const auto again = ask_again(sent);
        EXPECT_EQ(again.outcome, stored_as.empty() ? "accepted" : "duplicate");
        EXPECT_TRUE(stored_as.empty() || again.id == stored_as);
    }
}

void in_one_write(raw_client& client, std::string_view bytes) {
    client.send(bytes);
}

void in_segments_of_a_byte(raw_client& client, std::string_view bytes) {
    client.send_in_segments(bytes);
}

/// In reads of a byte; what is long in some more, a prime number of them, so that the ends come anywhere.
void in_small_reads(raw_client& client, std::string_view bytes) {
    const std::size_t piece = bytes.size() < 4096 ? 1 : 499;
    for (std::size_t i = 0; i < bytes.size(); i += piece)
        client.send_to_be_read(bytes.substr(i, piece));
}

class an_http_server : public http_server, public testing::WithParamInterface<http_case> {};

TEST_P(an_http_server, answers_as_the_rfc_says) {
    expect_case(GetParam(), over_tcp(), in_one_write);
}

TEST_P(an_http_server, answers_the_same_to_segments_of_a_byte) {
    expect_case(GetParam(), over_tcp(), in_segments_of_a_byte);
}

TEST_P(an_http_server, answers_the_same_when_it_reads_byte_by_byte) {
    expect_case(GetParam(), over_unix(), in_small_reads);
}

/// Whether that place is in the middle of `part`, where a byte is like the one before.
bool is_within(std::string_view part, std::string_view bytes, std::size_t place) {
    const auto begin = bytes.find(part);
    return begin != bytes.npos && place > begin + 1 && place + 1 < begin + part.size();
}

class a_split_request : public http_server, public testing::WithParamInterface<http_case> {};

TEST_P(a_split_request, is_answered_the_same_wherever_it_is_split) {
    const auto webhook = genuine_webhook("any");
    const auto bytes = fill_in(GetParam().request, webhook);
    for (std::size_t at = 1; at <= bytes.size() && !HasFailure(); ++at) {
        if (is_within(value_of(webhook.fields, "X-Signature"), bytes, at) ||
            is_within(webhook.body.substr(5), bytes, at))
            continue;
        SCOPED_TRACE(testing::Message() << "split at " << at);
        const auto in_two = [at](raw_client& client, std::string_view all) {
            client.send_to_be_read(all.substr(0, at));
            client.send(all.substr(at));
        };
        expect_case(GetParam(), over_unix(), in_two);
    }
}

std::string case_name(const testing::TestParamInfo<http_case>& row) {
    return row.param.name;
}

#define SHOPBELL_CASES(group) \
    INSTANTIATE_TEST_SUITE_P(group, an_http_server, testing::ValuesIn(group##_cases()), case_name)

SHOPBELL_CASES(request_line);
SHOPBELL_CASES(method);
SHOPBELL_CASES(version);
SHOPBELL_CASES(target);
SHOPBELL_CASES(host);
SHOPBELL_CASES(field);
SHOPBELL_CASES(content_length);
SHOPBELL_CASES(transfer_encoding);
SHOPBELL_CASES(chunk);
SHOPBELL_CASES(trailer);
SHOPBELL_CASES(expectation);
SHOPBELL_CASES(connection);
SHOPBELL_CASES(end);

INSTANTIATE_TEST_SUITE_P(tricky, a_split_request, testing::ValuesIn(tricky_cases()), case_name);

/// A request with both framings, one of them disguised by a byte. Whatever a proxy makes of it: by its length
/// the body holds a whole second request, which must stay a body.
class a_disguised_coding : public http_server, public testing::WithParamInterface<std::string> {};

TEST_P(a_disguised_coding, never_makes_two_requests_of_one) {
    for (int byte = 0; byte < 256; ++byte) {
        SCOPED_TRACE(testing::Message() << "byte " << byte);
        auto disguised = GetParam();
        disguised.replace(disguised.find('?'), 1, 1, static_cast<char>(byte));
        const auto hidden = new_webhook();
        auto client = over_tcp();
        auto request = usaepay_signed("0\r\n\r\n" + hidden.bytes()).bytes();
        request.insert(request.find("\r\n") + 2, disguised + "\r\n");
        client.send(request);
        client.finish();
        const auto answer = client.receive();
        EXPECT_TRUE(answer.status == 200 || answer.status == 400 || answer.status == 501) << answer.head;
        EXPECT_TRUE(client.closed_by_server());
        EXPECT_EQ(ask_again(hidden).outcome, "accepted") << answer.head;
    }
}

INSTANTIATE_TEST_SUITE_P(places, a_disguised_coding,
                         testing::Values("?Transfer-Encoding: chunked", "Transfer?-Encoding: chunked",
                                         "Transfer-Encoding?: chunked", "Transfer-Encoding:?chunked",
                                         "Transfer-Encoding: chunked?", "Transfer-Encoding: chun?ked",
                                         "X: y?Transfer-Encoding: chunked"));

TEST_F(http_server, stores_nothing_of_a_client_that_resets_the_connection) {
    const auto webhook = new_webhook();
    const auto bytes = webhook.bytes();
    for (std::size_t size = 1; size < bytes.size(); ++size) {
        auto client = over_unix();
        client.send_to_be_read(bytes.substr(0, size));
        client.reset();
    }
    EXPECT_EQ(ask_again(webhook).outcome, "accepted");
}

TEST_F(http_server, survives_clients_that_reset_the_connection_before_their_answer) {
    std::vector<store_request> sent;
    for (int i = 0; i < 100; ++i) {
        sent.push_back(new_webhook());
        auto client = over_tcp();
        client.send(sent.back().bytes());
        client.reset();
    }
    // Stored or not, as it came; the store will send it again, and then it is.
    for (const auto& webhook : sent)
        EXPECT_EQ(ask_again(webhook).status, 200U);
}

}  // namespace
}  // namespace shopbell::test
