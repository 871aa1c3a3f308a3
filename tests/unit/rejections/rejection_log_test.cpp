#include "support/temp_dir.hpp"

#include <shopbell/rejections/rejection_log.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

namespace shopbell::test {
namespace {

rejection_record record(std::string text, std::string client = "203.0.113.7", bool proven = false) {
    rejection_record one;
    one.endpoint = "shop";
    one.provider = "jumpseller";
    one.status = 401;
    one.reason = "the signature is wrong";
    one.found = {std::move(text), proven};
    one.first = now();
    one.last = one.first;
    one.client = std::move(client);
    one.method = "POST";
    one.path = "/hooks/shop";
    one.fields = {{"Host", "a.example"}, {"X-Signature", ""}};
    one.bytes = 12;
    return one;
}

rejection_record with_body(rejection_record one, std::string body) {
    one.body = std::move(body);
    return one;
}

/// An address of that number's own network.
std::string address(int number) {
    return "10." + std::to_string(number / 256 % 256) + "." + std::to_string(number % 256) + ".1";
}

std::size_t count_of(const rejection_log& log, std::string_view text) {
    std::size_t count = 0;
    for (const auto& one : log.list({}, 10'000).items)
        count += one.found.text == text ? 1U : 0U;
    return count;
}

TEST(rejection_log, counts_what_is_alike_and_keeps_the_latest_s_particulars) {
    rejection_log log;
    const auto first = record("a");
    EXPECT_TRUE(log.add(first));
    auto again = record("a", "203.0.113.200");
    again.last = first.first + std::chrono::minutes(5);
    again.path = "/hooks/shop2";
    EXPECT_FALSE(log.add(again));
    EXPECT_TRUE(log.add(record("a", "203.0.114.7"))) << "another network";
    EXPECT_TRUE(log.add(record("b"))) << "another cause";
    auto other_status = record("a");
    other_status.status = 403;
    EXPECT_TRUE(log.add(other_status));

    const auto all = log.list({}, 100).items;
    ASSERT_EQ(all.size(), 4U);
    EXPECT_EQ(all[3].count, 2U);
    EXPECT_EQ(all[3].client, "203.0.113.200");
    EXPECT_EQ(all[3].path, "/hooks/shop2");
    EXPECT_EQ(all[3].first, first.first);
    EXPECT_EQ(all[3].last, again.last);
}

TEST(rejection_log, takes_the_addresses_of_one_owner_for_one) {
    rejection_log log;
    EXPECT_TRUE(log.add(record("a", "2001:db8:1:1::1")));
    EXPECT_FALSE(log.add(record("a", "2001:db8:1:2::9")));
    EXPECT_TRUE(log.add(record("a", "2001:db8:2::1")));
    EXPECT_TRUE(log.add(record("a", "203.0.113.1")));
    EXPECT_FALSE(log.add(record("a", "::ffff:203.0.113.2")));
    EXPECT_TRUE(log.add(record("a", "")));
}

TEST(rejection_log, lists_the_latest_first_in_parts) {
    rejection_log log;
    for (const auto* const text : {"a", "b", "c", "d"})
        (void)log.add(record(text));
    (void)log.add(record("b"));  // is the latest now
    std::string texts;
    std::optional<std::uint64_t> before;
    int parts = 0;
    do {
        const auto part = log.list(before, 2);
        for (const auto& one : part.items)
            texts += one.found.text;
        before = part.next;
        ++parts;
    } while (before);
    EXPECT_EQ(texts, "bdca");
    EXPECT_EQ(parts, 2);
}

TEST(rejection_log, keeps_what_a_secret_s_holder_has_sent_whatever_strangers_send) {
    rejection_log log;
    (void)log.add(record("proven", "198.51.100.1", true));
    for (int i = 0; i < 2'000; ++i)
        (void)log.add(record("forged " + std::to_string(i % 7), address(i)));
    EXPECT_EQ(log.list({}, 10'000).items.size(), rejection_log::most);
    EXPECT_EQ(count_of(log, "proven"), 1U);
}

TEST(rejection_log, makes_room_where_most_is_alike) {
    rejection_log log;
    (void)log.add(record("header missing", "198.51.100.1"));
    for (int i = 0; i < 2'000; ++i)
        (void)log.add(record("forged", address(i)));
    EXPECT_EQ(count_of(log, "header missing"), 1U);
    EXPECT_EQ(count_of(log, "forged"), rejection_log::most - 1);
    EXPECT_EQ(log.list({}, 1).items[0].client, address(1'999)) << "the latest is there";
}

TEST(rejection_log, bounds_each_endpoint_by_itself) {
    rejection_log log;
    for (int i = 0; i < 200; ++i) {
        (void)log.add(record("a", address(i)));
        auto other = record("a", address(i));
        other.endpoint = i % 2 == 0 ? "form" : "";
        (void)log.add(other);
    }
    EXPECT_EQ(log.list({}, 10'000).items.size(), 3 * rejection_log::most);
    const std::string_view names[] = {"shop"};
    log.keep_endpoints(names);
    EXPECT_EQ(log.list({}, 10'000).items.size(), 2 * rejection_log::most) << "those of no endpoint stay";
}

TEST(rejection_log, bounds_the_bodies_it_keeps) {
    rejection_log log;
    const std::string large(rejection_log::largest_body, 'x');
    (void)log.add(with_body(record("proven", "198.51.100.1", true), large));
    for (int i = 0; i < 40; ++i)
        (void)log.add(with_body(record("forged", address(i)), large));
    std::size_t bytes = 0;
    for (const auto& one : log.list({}, 100).items) {
        bytes += one.body.size();
        EXPECT_TRUE(!one.found.proven || one.body == large);
    }
    EXPECT_LE(bytes, rejection_log::most_body_bytes);
    EXPECT_EQ(log.list({}, 1).items[0].body, large) << "the latest one's is there";
}

TEST(rejection_log, forgets_bodies) {
    rejection_log log;
    (void)log.add(with_body(record("a"), "jane@example.com"));
    (void)log.add(with_body(record("b"), "joe@example.com"));
    const auto version = log.version();
    EXPECT_EQ(log.erase_bodies([](std::string_view body) { return body.starts_with("jane"); }), 1U);
    EXPECT_NE(log.version(), version);
    EXPECT_EQ(log.list({}, 1).items[0].body, "joe@example.com");
    EXPECT_EQ(log.list({}, 2).items[1].body, "");
}

TEST(rejection_log, is_the_same_once_read_back) {
    rejection_log log;
    (void)log.add(record("a"));
    (void)log.add(record("a"));
    (void)log.add(with_body(record("b", "", true),
                            "Pe\xF1"
                            "a"));
    auto stray = with_body(record("\"quoted\"\n"), "{\"a\":\"Peña\"}");
    stray.endpoint = "";
    stray.body_cut = true;
    (void)log.add(stray);

    rejection_log again;
    ASSERT_TRUE(again.read_json(log.to_json()));
    EXPECT_EQ(again.to_json(), log.to_json());
    EXPECT_EQ(again.list({}, 10).items[1].body, log.list({}, 10).items[1].body);
    EXPECT_FALSE(again.add(record("a"))) << "it goes on counting";
    EXPECT_EQ(again.list({}, 1).items[0].count, 3U);
    EXPECT_EQ(again.list({}, 1).items[0].number, 5U);
}

TEST(rejection_log, shows_what_it_knows_as_json) {
    json_writer out;
    write_rejection(out, with_body(record("Change it."), "{}"));
    auto shown = nlohmann::json::parse(out.text());
    EXPECT_EQ(shown.at("time"), shown.at("first_time"));
    shown.erase("time");
    shown.erase("first_time");
    EXPECT_EQ(shown, nlohmann::json::parse(R"({"number":0,"count":1,"endpoint":"shop","provider":"jumpseller",
        "status":401,"reason":"the signature is wrong","diagnosis":"Change it.","summary":"Change it.",
        "steps":[],"proven":false,"client":"203.0.113.7","method":"POST","path":"/hooks/shop",
        "headers":[{"name":"Host","value":"a.example"},{"name":"X-Signature"}],"bytes":12,"body":"{}"})"));
}

TEST(rejections_file, is_written_whole_for_its_owner_alone_and_read_back) {
    const temp_dir folder;
    const auto path = rejections_path(folder.file("inbox.db"));
    rejection_log log;
    EXPECT_TRUE(load_rejections(path, log)) << "no file is no failure";
    (void)log.add(record("a"));
    ASSERT_TRUE(save_rejections(path, log));
    (void)log.add(record("b"));
    ASSERT_TRUE(save_rejections(path, log));
    struct stat status {};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    rejection_log again;
    ASSERT_TRUE(load_rejections(path, again));
    EXPECT_EQ(again.to_json(), log.to_json());
}

TEST(rejections_file, that_is_damaged_is_said_so) {
    const temp_dir folder;
    for (const auto* const text : {"", "{", "[]", "{\"rejections\":[}"}) {
        write_file(folder.file("r"), text);
        rejection_log log;
        const auto loaded = load_rejections(folder.file("r"), log);
        ASSERT_FALSE(loaded) << text;
        EXPECT_EQ(loaded.error().code, errc::malformed);
    }
    EXPECT_FALSE(save_rejections("/nowhere/r", rejection_log()));
}

}  // namespace
}  // namespace shopbell::test
