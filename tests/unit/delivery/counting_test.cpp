#include "dispatcher_fixture.hpp"

namespace shopbell::test {
namespace {

class counting_test : public dispatcher_test {
protected:
    /// The value of that line of the metrics, or empty.
    [[nodiscard]] std::string value(const std::string& sample) const {
        const auto text = "\n" + counts_.render(readings());
        const auto at = text.find("\n" + sample + " ");
        const auto start = at + sample.size() + 2;
        return at == text.npos ? "" : text.substr(start, text.find('\n', start) - start);
    }

    [[nodiscard]] std::string outcomes(const std::string& outcome) const {
        return value(R"(shopbell_deliveries_total{outcome=")" + outcome + R"(",sink="target"})");
    }

    [[nodiscard]] std::string unrouted() const { return value("shopbell_events_unrouted_total"); }

    static stored_event numbered(sequence number, std::string type, std::string body = "{}") {
        stored_event one;
        one.number = number;
        one.type = std::move(type);
        one.endpoint = "shop";
        one.provider = "jumpseller";
        one.body = std::move(body);
        return one;
    }
};

TEST_F(counting_test, counts_each_event_by_what_came_of_its_attempts) {
    sink_->scripts["again"] = {retry{"503"}};
    sink_->scripts["never"] = {reject{"410"}};
    put("fine");
    put("again");
    put("never");
    deliver_until([this] { return sink_->received.size() == 2 && sink_->attempts.size() == 4; });
    EXPECT_EQ(outcomes("delivered"), "2");
    EXPECT_EQ(outcomes("failed"), "1");
    EXPECT_EQ(outcomes("dead"), "1");
    EXPECT_EQ(value(R"(shopbell_delivery_duration_seconds_count{sink="target"})"), "4");
}

TEST_F(counting_test, counts_a_batch_as_one_call) {
    make_sink(10, 1);
    put("1");
    put("2");
    put("3");
    deliver(3);
    EXPECT_EQ(outcomes("delivered"), "3");
    EXPECT_EQ(value(R"(shopbell_delivery_duration_seconds_count{sink="target"})"), "1");
}

TEST_F(counting_test, counts_what_no_route_takes) {
    routes_[0].events = {"*.order.shipped"};
    put("1");
    put("2");
    // Nothing reaches the sink: its place in the inbox says that it has read both.
    run_until([this](dispatcher&) { return unrouted() == "2"; });
    EXPECT_EQ(unrouted(), "2");
}

TEST_F(counting_test, looks_at_each_event_once_for_all_sinks) {
    event_cache cache;
    unrouted_counter counter(counts_);
    const routes none;
    counter.begin_at(5);
    counter.begin_at(3);
    counter.count(numbered(5, "a.b"), none, cache);
    EXPECT_EQ(unrouted(), "0");
    counter.count(numbered(6, "a.b"), none, cache);
    counter.count(numbered(7, "a.b"), none, cache);
    counter.count(numbered(6, "a.b"), none, cache);
    EXPECT_EQ(unrouted(), "2");
}

TEST_F(counting_test, looks_into_an_event_where_a_condition_decides) {
    event_cache cache;
    unrouted_counter counter(counts_);
    routes_[0].where = {condition::parse("/data/payload/n == 5").value()};
    counter.count(numbered(1, "jumpseller.order.paid", R"({"n":5})"), routes_, cache);
    EXPECT_EQ(unrouted(), "0");
    counter.count(numbered(2, "jumpseller.order.paid", R"({"n":4})"), routes_, cache);
    EXPECT_EQ(unrouted(), "1");
}

}  // namespace
}  // namespace shopbell::test
