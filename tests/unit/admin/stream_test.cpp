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

TEST_F(a_stream, names_no_person_to_who_may_only_look) {
    caller_.may_change = false;
    for (const auto* const target :
         {"/api/stream", "/api/stream?kinds=accepted", "/api/stream?kinds=accepted&brief=1"}) {
        const auto stream = open(target);
        EXPECT_EQ(next(*stream), ":\n\n");
        arrival one;
        one.endpoint = "shop";
        one.provider = "jumpseller";
        one.type = "jumpseller.customer.created";
        one.subject = "customer/jane@example.com";
        one.body = "{}";
        one.identity = target;
        (void)run(context_, inbox_->put(std::move(one))).value();
        const auto piece = next(*stream);
        EXPECT_NE(piece.find("\"subject\":\"•\""), std::string::npos) << piece;
        EXPECT_EQ(piece.find("jane@"), std::string::npos) << piece;
    }
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

/// The messages of one piece, each as kind and data.
std::vector<std::pair<std::string, json>> messages_in(const std::string& piece) {
    std::vector<std::pair<std::string, json>> all;
    std::size_t at = 0;
    while ((at = piece.find("event: ", at)) != std::string::npos) {
        const auto kind = piece.substr(at + 7, piece.find('\n', at) - at - 7);
        const auto data = piece.find("data: ", at) + 6;
        all.emplace_back(kind, json::parse(piece.substr(data, piece.find('\n', data) - data)));
        at = data;
    }
    return all;
}

class a_stream_of_kinds : public a_stream {
protected:
    /// The data of the next message of that kind.
    json next_of(http::body_source& from, std::string_view kind) {
        for (int i = 0; i < 100; ++i) {
            for (const auto& [name, data] : messages_in(next(from))) {
                if (name == kind)
                    return data;
            }
        }
        ADD_FAILURE() << "no " << kind;
        return {};
    }
};

TEST_F(a_stream_of_kinds, names_its_messages_after_their_kind_and_gathers_what_comes_at_once) {
    const auto stream = open("/api/stream?kinds=accepted&brief=1&mask=1");
    EXPECT_EQ(next(*stream), ":\n\n");
    const auto first = put(1);
    const auto second = put(2);
    const auto piece = next(*stream);
    EXPECT_TRUE(piece.starts_with("id: " + second + "\nevent: accepted\ndata: [")) << piece;
    const auto messages = messages_in(piece);
    ASSERT_EQ(messages.size(), 1U);
    EXPECT_EQ(ids_of(messages[0].second), (std::vector{first, second}));
    EXPECT_EQ(messages[0].second[0].at("title"), "Order 1 paid");
}

TEST_F(a_stream_of_kinds, says_how_much_it_leaves_out_and_goes_on_with_the_newest) {
    const auto seen = put(1);
    for (int i = 0; i < 1001; ++i)
        put(i + 2);
    fields_ = {{"Last-Event-ID", seen}};
    const auto stream = open("/api/stream?kinds=accepted");
    EXPECT_EQ(next(*stream), ":\n\n");
    EXPECT_EQ(next(*stream), "event: gap\ndata: [{\"missed\":1001}]\n\n");
    const auto newest = put(2000);
    EXPECT_EQ(next_of(*stream, "accepted")[0].at("id"), newest);
}

TEST_F(a_stream_of_kinds, tells_what_becomes_of_the_events_it_told_of) {
    const auto stream = open("/api/stream?kinds=accepted,settled,sink");
    EXPECT_EQ(next(*stream), ":\n\n");
    const auto id = put(1);
    EXPECT_EQ(next_of(*stream, "accepted")[0].at("id"), id);
    EXPECT_EQ(ask("POST", "/api/sinks/crm/pause").status, 200U);
    const auto sinks = next_of(*stream, "sink");
    EXPECT_TRUE(std::ranges::any_of(sinks, [](const json& sink) { return sink.at("state") == "paused"; }))
        << sinks;
    settle("disk", {id});
    const auto settled = next_of(*stream, "settled")[0];
    EXPECT_EQ(settled.at("id"), id);
    EXPECT_EQ(settled.at("state"), "dead");
    EXPECT_EQ(settled.at("sinks")[1], json::parse(R"({"name":"disk","state":"dead"})"));
}

TEST_F(a_stream_of_kinds, tells_of_endpoints_rejections_and_the_passing_of_time) {
    const auto stream = open("/api/stream?kinds=endpoint,rejection,tick");
    EXPECT_EQ(next(*stream), ":\n\n");
    const auto tick = next_of(*stream, "tick")[0];
    EXPECT_TRUE(tick.contains("per_minute"));
    for (const auto* const name : {"accepted", "duplicate", "refused", "delivered", "failed", "dead"})
        EXPECT_EQ(tick.value(name, -1), 0) << name;
    endpoints_[0].watch->accepted("jumpseller.order.paid");
    rejection_record record;
    record.endpoint = "shop";
    record.status = 401;
    record.body = "kept";
    refused_.add(record);
    bool endpoint = false, rejection = false;
    for (int i = 0; i < 5 && !(endpoint && rejection); ++i) {
        for (const auto& [kind, data] : messages_in(next(*stream))) {
            endpoint = endpoint || (kind == "endpoint" && data[0].at("state") == "healthy");
            rejection =
                rejection || (kind == "rejection" && data[0].at("number") == 1 && !data[0].contains("body"));
        }
    }
    EXPECT_TRUE(endpoint);
    EXPECT_TRUE(rejection);
}

TEST_F(a_stream_of_kinds, refuses_kinds_that_there_are_not) {
    EXPECT_NE(refusal("GET", "/api/stream?kinds=accepted,all", 400).find("settled"), std::string::npos);
}

}  // namespace
}  // namespace shopbell::test
