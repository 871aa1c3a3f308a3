#include "api_fixture.hpp"

#include <boost/asio/steady_timer.hpp>

namespace shopbell::test {
namespace {

class a_stream : public api_test {
protected:
    std::shared_ptr<http::body_source> open(const std::string& target = "/api/stream") {
        auto answer = ask("GET", target);
        EXPECT_EQ(answer.status, 200U) << answer.body;
        EXPECT_EQ(answer.content_type, "text/event-stream");
        return answer.stream;
    }
    std::string next(http::body_source& from) { return run(context_, from.next()); }
};

TEST_F(a_stream, begins_with_a_sign_of_life_and_tells_what_is_accepted_from_then_on) {
    put(1);
    const auto stream = open();
    EXPECT_EQ(next(*stream), ":\n\n");
    const auto id = put(2);
    const auto message = next(*stream);
    EXPECT_TRUE(
        message.starts_with("id: " + id + "\nevent: jumpseller.order.paid\ndata: {\"id\":\"" + id + "\","))
        << message;
    EXPECT_TRUE(message.ends_with("}\n\n"));
    const auto data = json::parse(message.substr(message.find("data: ") + 6));
    EXPECT_EQ(data.at("subject"), "order/2");
}

TEST_F(a_stream, waits_for_the_next_event) {
    const auto stream = open();
    EXPECT_EQ(next(*stream), ":\n\n");
    boost::asio::steady_timer later(context_, std::chrono::milliseconds(50));
    std::optional<result<receipt>> stored;
    later.async_wait([&](const auto&) {
        arrival one;
        one.endpoint = "shop";
        one.provider = "jumpseller";
        one.type = "jumpseller.order.paid";
        one.body = "{}";
        one.identity = "late";
        boost::asio::co_spawn(
            context_, inbox_->put(std::move(one)),
            [&](const std::exception_ptr&, result<receipt> got) { stored = std::move(got); });
    });
    EXPECT_TRUE(next(*stream).starts_with("id: "));
    EXPECT_TRUE(stored && *stored);
}

TEST_F(a_stream, tells_only_of_the_types_asked_for) {
    const auto stream = open("/api/stream?type=*.order.updated");
    EXPECT_EQ(next(*stream), ":\n\n");
    put(1);
    const auto id = put(2, "jumpseller.order.updated");
    EXPECT_TRUE(next(*stream).starts_with("id: " + id));
}

TEST_F(a_stream, goes_on_behind_the_event_seen_last) {
    const auto seen = put(1);
    const auto missed = put(2);
    fields_ = {{"Last-Event-ID", seen}};
    const auto stream = open();
    EXPECT_EQ(next(*stream), ":\n\n");
    EXPECT_TRUE(next(*stream).starts_with("id: " + missed));
}

TEST_F(a_stream, is_one_of_few) {
    std::vector<std::shared_ptr<http::body_source>> all;
    for (int i = 0; i < 32; ++i)
        all.push_back(open());
    EXPECT_EQ(refusal("GET", "/api/stream", 503), "32 streams are open, which is the most");
    all.pop_back();
    all.push_back(open());
}

}  // namespace
}  // namespace shopbell::test
