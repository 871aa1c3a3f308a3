#include "archive_fixture.hpp"

#include <algorithm>

namespace shopbell::test {

namespace {

class archive_events_test : public engine_archive_test {};
using numbers = std::vector<sequence>;

TEST_P(archive_events_test, lists_what_an_event_is_without_its_body) {
    open();
    const auto stored = put(make("one", std::string(100'000, 'x'))).value();
    open_archive();
    const auto found = list();
    ASSERT_EQ(found.items.size(), 1U);
    EXPECT_FALSE(found.next);
    const auto& one = found.items[0];
    EXPECT_EQ(one.number, 1);
    EXPECT_EQ(one.id, stored.id);
    EXPECT_EQ(one.accepted_at, after(0)[0].accepted_at);
    EXPECT_EQ(one.endpoint, "shop");
    EXPECT_EQ(one.provider, "jumpseller");
    EXPECT_EQ(one.type, "jumpseller.order.paid");
    EXPECT_EQ(one.subject, "order/1");
    EXPECT_EQ(one.store, "mystore");
    EXPECT_EQ(one.bytes, 100'000U);
    EXPECT_EQ(one.state, event_state::delivered);
}

TEST_P(archive_events_test, pages_join_without_gap_or_repeat) {
    open();
    put_many(25);
    open_archive();
    numbers ascending, descending;
    for (sequence number = 1; number <= 25; ++number)
        ascending.push_back(number);
    descending.assign(ascending.rbegin(), ascending.rend());
    for (const std::size_t limit : {1U, 4U, 5U, 24U, 25U, 26U}) {
        EXPECT_EQ(listed({}, limit), descending) << limit;
        EXPECT_EQ(read_through({}, limit), ascending) << limit;
    }
    EXPECT_FALSE(list({}, {}, 25).next);
    EXPECT_TRUE(list({}, {}, 24).next);
}

TEST_P(archive_events_test, searches_few_megabytes_at_a_time_and_goes_on) {
    open();
    for (int i = 0; i < 5; ++i)
        ASSERT_TRUE(put(make(std::to_string(i), std::string(3 * 1024 * 1024, 'x'))));
    open_archive();
    std::size_t looked_at = 0;
    const auto is_first = [&looked_at](const stored_event& one) {
        ++looked_at;
        return one.number == 1;
    };
    std::optional<sequence> cursor;
    numbers found;
    do {
        const auto before = looked_at;
        const auto part = run(context_, archive_->search({}, is_first, cursor, 10)).value();
        EXPECT_LE(looked_at - before, 2U);
        for (const auto& one : part.items)
            found.push_back(one.number);
        cursor = part.next;
    } while (cursor && looked_at < 10);
    EXPECT_EQ(looked_at, 5U);
    EXPECT_EQ(found, numbers{1});
}

TEST_P(archive_events_test, looks_at_few_events_at_a_time_and_goes_on) {
    open();
    auto wanted = make("wanted");
    wanted.endpoint = "another";
    ASSERT_TRUE(put(wanted));
    put_many(4500);
    open_archive();
    event_filter filter;
    filter.endpoint = "another";
    const auto first = list(filter);
    EXPECT_TRUE(first.items.empty());
    EXPECT_TRUE(first.next);
    EXPECT_EQ(listed(filter), numbers{1});
    EXPECT_EQ(read_through(filter), numbers{1});
}

TEST_P(archive_events_test, filters_by_what_an_event_is) {
    open();
    const struct {
        const char *endpoint, *type, *subject;
    } events[] = {{"shop-a", "jumpseller.order.paid", "order/1"},
                  {"shop-b", "jumpseller.order.created", "order/1"},
                  {"shop-b", "jumpseller.product.updated", "product/2"}};
    for (const auto& [endpoint, type, subject] : events) {
        auto one = make(type);
        one.endpoint = endpoint;
        one.type = type;
        one.subject = subject;
        ASSERT_TRUE(put(one));
    }
    open_archive();
    const struct {
        const char *name, *endpoint, *type, *subject;
        numbers expected;
    } rows[] = {{"everything", "", "", "", {3, 2, 1}},
                {"one type", "", "jumpseller.order.paid", "", {1}},
                {"a word of the type", "", "*.order.*", "", {2, 1}},
                {"any words", "", "jumpseller.**", "", {3, 2, 1}},
                {"a star is one word", "", "jumpseller.*", "", {}},
                {"an endpoint", "shop-b", "", "", {3, 2}},
                {"a pattern of endpoints", "shop-*", "", "", {3, 2, 1}},
                {"a subject", "", "", "order/1", {2, 1}},
                {"a subject is no pattern", "", "", "order/*", {}},
                {"all must hold", "shop-b", "jumpseller.order.*", "order/1", {2}}};
    for (const auto& row : rows) {
        event_filter filter;
        filter.endpoint = row.endpoint;
        filter.type = row.type;
        filter.subject = row.subject;
        EXPECT_EQ(listed(filter), row.expected) << row.name;
        auto forward = read_through(filter);
        std::reverse(forward.begin(), forward.end());
        EXPECT_EQ(forward, row.expected) << row.name;
    }
}

TEST_P(archive_events_test, filters_by_the_exact_time_of_acceptance) {
    open();
    while (after(0).empty() ||
           after(0).back().accepted_at - after(0).front().accepted_at < std::chrono::milliseconds(12))
        put_many(3, std::to_string(after(0).size()) + "/");
    const auto all = after(0);
    open_archive();
    for (const auto& bound : all) {
        for (const auto shift : {-1, 0, 1}) {
            const auto time = bound.accepted_at + std::chrono::milliseconds(shift);
            numbers since, until;
            for (const auto& one : all)
                (one.accepted_at >= time ? since : until).push_back(one.number);
            event_filter from, to;
            from.since = time;
            to.until = time;
            EXPECT_EQ(read_through(from), since) << bound.number << shift;
            EXPECT_EQ(read_through(to), until) << bound.number << shift;
        }
    }
    event_filter wide;
    wide.since = time_point{std::chrono::milliseconds{-5}};
    wide.until = time_point::max();
    EXPECT_EQ(read_through(wide).size(), all.size());
    event_filter none;
    none.until = time_point{};
    EXPECT_TRUE(listed(none).empty());
}

TEST_P(archive_events_test, tells_what_became_of_each) {
    open();
    put_many(6);
    open_archive();
    EXPECT_EQ(list().items.at(0).state, event_state::delivered) << "no sink wants it";

    deliver_up_to("file", 6);
    deliver_up_to("crm", 5, {1, 2});
    settlement results;
    results.sink = "file";
    pending_delivery waiting;
    waiting.number = 3;
    results.pending = {waiting};
    waiting.number = 2;
    results.pending.push_back(waiting);
    ASSERT_TRUE(settle(results));
    ASSERT_EQ(apply(replay_request{"crm", {4}}).value(), 1U);

    using enum event_state;
    const event_state expected[] = {dead, dead, pending, pending, delivered, pending};
    for (const auto& one : list().items)
        EXPECT_EQ(one.state, expected[one.number - 1]) << one.number;
    const struct {
        event_state wanted;
        numbers found;
    } rows[] = {{dead, {2, 1}}, {pending, {6, 4, 3}}, {delivered, {5}}};
    for (const auto& [wanted, found] : rows) {
        event_filter filter;
        filter.states = {wanted};
        EXPECT_EQ(listed(filter), found);
    }
}

TEST_P(archive_events_test, reads_whole_events_oldest_first_and_few_megabytes_of_them) {
    open();
    for (int i = 0; i < 12; ++i)
        ASSERT_TRUE(put(make(std::to_string(i), std::string(1024 * 1024, 'x'))));
    open_archive();
    const auto part = read();
    ASSERT_EQ(part.items.size(), 4U);
    EXPECT_EQ(part.next, 4);
    EXPECT_EQ(part.items[0].number, 1);
    EXPECT_EQ(part.items[0].body.size(), 1024U * 1024U);
    EXPECT_EQ(value_of(part.items[0].fields, "jumpseller-event"), "order_paid");
    EXPECT_EQ(read_through().size(), 12U);
    EXPECT_TRUE(read({}, 12).items.empty());
}

TEST_P(archive_events_test, finds_one_by_its_id) {
    open();
    put_many(10);
    const auto stored = put(make("one", "the body")).value();
    open_archive();
    const auto found = run(context_, archive_->find(stored.id)).value();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->number, 11);
    EXPECT_EQ(found->body, "the body");
    EXPECT_FALSE(run(context_, archive_->find("01930000-0000-7000-8000-000000000001")).value());
    EXPECT_FALSE(run(context_, archive_->find("")).value());
}

TEST_P(archive_events_test, knows_the_newest) {
    open();
    open_archive();
    EXPECT_EQ(run(context_, archive_->newest()).value(), 0);
    put_many(3);
    EXPECT_EQ(run(context_, archive_->newest()).value(), 3);
}

INSTANTIATE_TEST_SUITE_P(engine, archive_events_test, every_engine, engine_name);

}  // namespace

}  // namespace shopbell::test
