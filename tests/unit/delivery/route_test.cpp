#include <shopbell/delivery/route_change.hpp>

#include <gtest/gtest.h>

namespace shopbell::test {

namespace {

constexpr std::string_view endpoints[] = {"jumpseller-main", "ejunkie", "v1.usaepay"};
constexpr std::string_view sinks[] = {"file", "crm"};

struct reading {
    routes all;
    std::vector<std::string> problems;
};

reading read(std::string_view toml) {
    config::problems found("test.toml");
    reading out;
    {
        const auto source = config::file::from_text(toml, found);
        auto root = source.root();
        out.all = read_routes(root, endpoints, sinks);
    }
    for (const auto& one : found.sorted())
        out.problems.push_back(found.describe(one));
    return out;
}

event make(std::string type, std::string endpoint, std::string document = R"({"data":{"n":5}})") {
    event one;
    one.type = std::move(type);
    one.endpoint = std::move(endpoint);
    one.document = std::move(document);
    return one;
}

TEST(route, takes_by_type_and_endpoint) {
    const auto [all, problems] = read(R"([[route]]
events = ["*.order.paid", "usaepay.transaction.sale.success"]
endpoints = ["jumpseller-*", "v1.*"]
sinks = ["crm"]
)");
    ASSERT_EQ(problems, std::vector<std::string>());
    EXPECT_TRUE(takes(all, "crm", make("jumpseller.order.paid", "jumpseller-main")));
    EXPECT_TRUE(takes(all, "crm", make("usaepay.transaction.sale.success", "v1.usaepay")));
    EXPECT_FALSE(takes(all, "crm", make("jumpseller.order.paid", "ejunkie")));
    EXPECT_FALSE(takes(all, "crm", make("jumpseller.order.shipped", "jumpseller-main")));
    EXPECT_FALSE(takes(all, "file", make("jumpseller.order.paid", "jumpseller-main")));
    EXPECT_FALSE(may_take(all, "crm", "jumpseller.order.paid", "ejunkie"));
}

TEST(route, tells_what_no_route_takes_anywhere) {
    const auto [all, problems] = read(R"([[route]]
events = ["*.order.paid"]
sinks = ["crm"]
[[route]]
events = ["*.order.*"]
where = ["/data/n == 5"]
sinks = ["file"]
)");
    ASSERT_EQ(problems, std::vector<std::string>());
    EXPECT_EQ(fit_of(all, "a.order.paid", "ejunkie"), route_fit::certain);
    EXPECT_EQ(fit_of(all, "a.order.shipped", "ejunkie"), route_fit::conditional);
    EXPECT_EQ(fit_of(all, "a.product.updated", "ejunkie"), route_fit::none);
    EXPECT_TRUE(takes(all, make("a.order.shipped", "ejunkie")));
    EXPECT_FALSE(takes(all, make("a.order.shipped", "ejunkie", R"({"data":{"n":4}})")));
    EXPECT_FALSE(takes(all, make("a.product.updated", "ejunkie")));
}

TEST(route, all_conditions_must_hold_and_any_route_is_enough) {
    const auto [all, problems] = read(R"([[route]]
events = ["**"]
where = ["/data/n > 3", "/data/n < 5"]
sinks = ["crm"]
[[route]]
events = ["a.b"]
where = ["/data/n == 5"]
sinks = ["crm", "file"]
)");
    ASSERT_EQ(problems, std::vector<std::string>());
    EXPECT_TRUE(takes(all, "crm", make("x", "ejunkie", R"({"data":{"n":4}})")));
    EXPECT_FALSE(takes(all, "crm", make("x", "ejunkie")));
    EXPECT_TRUE(takes(all, "crm", make("a.b", "ejunkie")));
    EXPECT_TRUE(may_take(all, "crm", "x", "ejunkie"));
}

TEST(route, conditions_see_into_a_payload_as_deep_as_any_store_may_nest_it) {
    const auto [all, problems] = read(R"([[route]]
events = ["**"]
where = ["/type exists"]
sinks = ["crm"]
)");
    const std::string payload =
        std::string(json::document::max_depth, '[') + std::string(json::document::max_depth, ']');
    EXPECT_TRUE(
        takes(all, "crm", make("x", "ejunkie", R"({"type":"x","data":{"payload":)" + payload + "}}")));
}

TEST(route, reports_every_mistake_where_it_stands) {
    const auto [all, problems] = read(R"([[route]]
events = ["Order.*"]
endpoints = ["jumpseller-mian"]
where = ["amount > 3"]
sinks = ["cmr"]
[[route]]
event = ["**"]
)");
    const std::vector<std::string> expected = {
        "test.toml:2:10: \"Order.*\" is no event type: dotted lower-case words, `*` for one word, `**` for "
        "any",
        "test.toml:3:13: no endpoint is named \"jumpseller-mian\" (did you mean \"jumpseller-main\"?)",
        "test.toml:4:9: \"amount > 3\": a condition begins with a JSON pointer; expected POINTER OP LITERAL "
        "or POINTER "
        "exists, such as '/data/order/total/amount >= 100'",
        "test.toml:5:9: no sink is named \"cmr\" (did you mean \"crm\"?)",
        "test.toml:6:1: name at least one event type or glob, such as \"*.order.paid\" or \"**\"",
        "test.toml:6:1: name at least one sink",
        "test.toml:7:1: unknown key \"event\" (did you mean \"events\"?)"};
    EXPECT_EQ(problems, expected);
}

routes routes_of(std::string_view toml) {
    auto [all, problems] = read(toml);
    EXPECT_TRUE(problems.empty());
    return std::move(all);
}

TEST(an_edit_of_routes, is_one_only_for_the_sinks_whose_routes_it_changes) {
    const auto before = routes_of(R"([[route]]
events = ["a.*"]
where = ['/data/n >= 5']
sinks = ["file", "crm"]
)");
    const auto after = routes_of(R"([[route]]
name = "a name decides nothing"
events = ["a.*"]
where = ['/data/n >= 5']
sinks = ["file"]
[[route]]
events = ["a.*"]
where = ['/data/n >= 6']
sinks = ["crm"]
)");
    EXPECT_TRUE(lead_alike(before, after, "file"));
    EXPECT_FALSE(lead_alike(before, after, "crm"));
    EXPECT_TRUE(lead_alike(before, after, "nobody"));
}

TEST(an_edit_of_routes, takes_away_what_went_to_the_sink_before_and_not_afterwards) {
    const auto all = routes_of("[[route]]\nevents = [\"**\"]\nsinks = [\"crm\"]\n");
    const auto none = routes_of("[[route]]\nevents = [\"**\"]\nsinks = [\"file\"]\n");
    const auto large =
        routes_of("[[route]]\nevents = [\"**\"]\nwhere = ['/data/payload/n >= 5']\nsinks = [\"crm\"]\n");
    const auto larger =
        routes_of("[[route]]\nevents = [\"**\"]\nwhere = ['/data/payload/n >= 6']\nsinks = [\"crm\"]\n");
    const struct {
        const char* name;
        const routes& before;
        const routes& after;
        bool lost;
    } rows[] = {
        {"a route less", all, none, true},
        {"a route more", none, all, false},
        {"the same", all, all, false},
        {"a condition that holds", all, large, false},
        {"one that does not", all, larger, true},
        {"a tighter one", large, larger, true},
        {"a looser one", larger, large, false},
    };
    for (const auto& row : rows) {
        event_cache cache;
        stored_event one;
        one.number = 1;
        one.type = "jumpseller.order.paid";
        one.endpoint = "jumpseller-main";
        one.provider = "jumpseller";
        one.body = R"({"n":5})";
        EXPECT_EQ(takes_away(row.before, row.after, "crm", one, cache), row.lost) << row.name;
    }
}

}  // namespace

}  // namespace shopbell::test
