#include "support/eventually.hpp"
#include "support/exchange.hpp"
#include "support/temp_dir.hpp"

#include <shopbell/core/text.hpp>
#include <shopbell/crypto/digest.hpp>
#include <shopbell/crypto/encoding.hpp>
#include <shopbell/inbox/sqlite/sqlite_inbox.hpp>
#include <shopbell/ingest/endpoint_watches.hpp>
#include <shopbell/ingest/receiver.hpp>
#include <shopbell/rejections/diagnoser.hpp>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>

namespace shopbell::test {
namespace {

const std::string handshake = "6b6833aca1f51dc7ca84723dba452a79";

std::string configuration_text(const std::string& token = "test-hooks-token", const std::string& more = "") {
    return "[[endpoint]]\nname = \"shop\"\npath = \"/hooks/shop\"\nprovider = \"jumpseller\"\n"
           "keep_rejected = true\nhooks_token = \"" +
           token + R"("
[[endpoint]]
name = "second"
path = "/hooks/second"
provider = "jumpseller"
store = "secondstore"
hooks_token = "second-hooks-token"

[[endpoint]]
name = "card"
path = "/hooks/card"
provider = "usaepay"
signature_key = "test-signature-key"

[[endpoint]]
name = "form"
path = "/hooks/form"
provider = "ejunkie"
keep_rejected = true
handshake = ")" +
           handshake +
           R"("
[[endpoint]]
name = "office"
path = "/hooks/office"
provider = "jumpseller"
auth = "none"
allow = ["203.0.113.0/24"]
)" + more;
}

http::request post(std::string path, headers fields = {}, std::string body = "{}") {
    http::request_head head;
    head.method = "POST";
    head.path = std::move(path);
    head.fields = std::move(fields);
    head.client = boost::asio::ip::make_address("198.51.100.7");
    return {std::move(head), std::move(body)};
}

headers signature(std::string_view token, std::string_view body = "{}") {
    return {{"Jumpseller-Event", "order_paid"},
            {"Jumpseller-Hmac-Sha256", base64_encode(as_text(hmac_sha256(token, body)))}};
}

class rejection_diagnoser_test : public ::testing::Test {
protected:
    rejection_diagnoser_test() {
        sqlite_settings settings;
        settings.path = folder_.file("inbox.db");
        settings.min_free = 0;
        inbox_ = open_sqlite_inbox(settings, log::null()).value();
        begin();
    }

    void begin() {
        refused_.emplace(folder_.file("rejections"), lines_, background_);
        configure(configuration_text());
    }
    void end() {
        receiving_.reset();
        refused_.reset();
    }

    void configure(const std::string& toml) {
        config::problems found("test.toml");
        const auto source = config::file::from_text(toml, found);
        auto root = source.root();
        auto all = read_endpoints(root);
        ASSERT_FALSE(found.has_errors());
        watches_.attach(all);
        auto in_force = std::make_shared<const endpoints>(std::move(all));
        refused_->attach(in_force);
        receiving_.emplace(std::move(in_force), *inbox_, *refused_);
    }

    /// As the session does.
    unsigned send(http::request one) { return answer(context_, *receiving_, std::move(one)).status; }

    std::vector<rejection_record> list() {
        EXPECT_TRUE(eventually([this] { return refused_->found().pending() == 0; }));
        return refused_->found().list({}, 1000).items;
    }

    /// What is said of a request that is refused.
    rejection_record refuse(http::request one, unsigned status) {
        EXPECT_EQ(send(std::move(one)), status);
        const auto all = list();
        if (all.empty()) {
            ADD_FAILURE() << "nothing is said";
            return {};
        }
        EXPECT_EQ(all[0].status, status);
        return all[0];
    }

    void expect(http::request one, unsigned status, std::string_view says, bool proven = false) {
        const auto said = refuse(std::move(one), status);
        EXPECT_NE(said.found.text.find(says), std::string::npos) << said.found.text;
        EXPECT_EQ(said.found.proven, proven) << said.found.text;
        EXPECT_TRUE(said.found.text.ends_with('.')) << said.found.text;
        EXPECT_FALSE(said.found.cause.empty()) << said.found.text;
    }

    temp_dir folder_;
    std::shared_ptr<log> lines_ = log::open({log_level::info, log_format::json, folder_.file("log")}).value();
    boost::asio::io_context context_{1};
    metrics counts_;
    housekeeping background_;
    endpoint_watches watches_{counts_, log::null()};
    std::unique_ptr<inbox> inbox_;
    std::optional<rejection_diagnoser> refused_;
    std::optional<receiver> receiving_;
};

TEST_F(rejection_diagnoser_test, tells_one_endpoint_s_request_from_another_s) {
    auto second = signature("second-hooks-token");
    second.push_back({"Jumpseller-Store-Code", "secondstore"});
    expect(
        post("/hooks/shop", second), 401,
        "is right for the endpoint \"second\": in the panel of the store that sent it enter the address that "
        "ends in /hooks/second",
        true);
    expect(post("/hooks/card", second), 401, "is right for the endpoint \"second\"", true);
    expect(post("/hooks/shop", {}, "txn_id=1&handshake=" + handshake), 401, "for the endpoint \"form\"",
           true);
    second.back().value = "secondstore.example";
    expect(post("/hooks/second", second), 403, "is of another store than \"secondstore\"", true);
}

TEST_F(rejection_diagnoser_test, knows_a_kind_of_store_by_its_headers) {
    expect(
        post("/hooks/card", signature("guess")), 401,
        "looks like one of the store \"jumpseller\", and this endpoint is for \"usaepay\": enter the address "
        "of the endpoint \"shop\" (/hooks/shop) or \"second\" (/hooks/second) or \"office\" (/hooks/office)");
    expect(post("/hooks/shop", {{"X-Signature", "x"}}), 401, "\"card\" (/hooks/card) in the store's panel");
}

TEST_F(rejection_diagnoser_test, asks_the_store_s_own_provider) {
    expect(post("/hooks/shop",
                {{"Jumpseller-Hmac-Sha256", hex_encode(as_text(hmac_sha256("test-hooks-token", "{}")))}}),
           401, "were written in base64 and not in hexadecimal", true);
    expect(post("/hooks/form", {}, "handshake=" + to_upper(handshake)), 401, "capital and small letters",
           true);
    expect(post("/hooks/form", {{"Content-Type", "application/json"}}), 400, "is not that of a form");
    expect(post("/hooks/shop"), 401, "has no Jumpseller-Hmac-Sha256 header");
}

TEST_F(rejection_diagnoser_test, remembers_secrets_that_a_reload_took_away) {
    configure(configuration_text("another-token"));
    expect(post("/hooks/shop", signature("test-hooks-token")), 401,
           "is right for the secret that this endpoint had until the configuration was reloaded at 20", true);
    configure(configuration_text("third-token"));
    expect(post("/hooks/shop", signature("test-hooks-token")), 401, "until the configuration", true);
    for (int i = 0; i < 8; ++i)
        configure(configuration_text("token-" + std::to_string(i)));
    expect(post("/hooks/shop", signature("test-hooks-token")), 401, "is not one of this body");
}

TEST_F(rejection_diagnoser_test, explains_what_is_refused_before_any_proof) {
    const auto from = [](http::request one, const char* client) {
        one.head.client = boost::asio::ip::make_address(client);
        return one;
    };
    expect(post("/hooks/office"), 403, "The client's address is not in `allow`");
    expect(from(post("/hooks/office"), "10.1.2.3"), 403, "one of a local network, as a proxy has");
    expect(from(post("/hooks/office", {{"X-Forwarded-For", "203.0.113.7, 192.0.2.1"}}), "192.0.2.9"), 403,
           "add it to trusted_proxies");
    auto nobody = post("/hooks/office");
    nobody.head.client.reset();
    expect(std::move(nobody), 403, "over a unix socket without X-Forwarded-For");
    auto looked_at = post("/hooks/shop");
    looked_at.head.method = "GET";
    expect(std::move(looked_at), 405, "Stores deliver with POST");
    expect(post("/hooks/shop", {{"Content-Encoding", "gzip"}}), 415, "is compressed (Content-Encoding)");
}

TEST_F(rejection_diagnoser_test, finds_the_path_that_was_meant) {
    for (const auto* const path : {"/hooks/shpo", "/Hooks/Shop", "/hooks/shop/", "//hooks//shop",
                                   "/hooks/%73hop", "/shopbell/hooks/shop", "/shop"})
        expect(post(path), 404, "but \"shop\" has /hooks/shop: correct the address");
    expect(post("/webhook", signature("guess")), 404, "enter the address of the endpoint \"shop\"");
    const auto known = list().size();
    for (const auto* const path : {"/", "/wp-login.php", "/.env", "/hooks", "/admin/config"})
        EXPECT_EQ(send(post(path)), 404U);
    EXPECT_EQ(send(post("/" + std::string(2000, 'x'))), 404U);
    EXPECT_EQ(list().size(), known) << "a scanner's paths tell nothing";
}

TEST_F(rejection_diagnoser_test, says_that_what_could_not_be_stored_was_genuine) {
    inbox_.reset();
    sqlite_settings settings;
    settings.path = folder_.file("inbox.db");
    settings.min_free = std::uint64_t{1} << 62;
    inbox_ = open_sqlite_inbox(settings, log::null()).value();
    configure(configuration_text());
    const auto said = refuse(post("/hooks/shop", signature("test-hooks-token")), 503);
    EXPECT_NE(said.found.text.find("is genuine but could not be stored"), std::string::npos);
    EXPECT_NE(said.reason.find("min_free"), std::string::npos);
}

TEST_F(rejection_diagnoser_test, shows_names_of_headers_and_no_credentials) {
    const auto said = refuse(post("/hooks/card",
                                  {{"Host", "a.example"},
                                   {"User-Agent", "store \xFF " + std::string(500, 'x')},
                                   {"Authorization", "Basic c2VjcmV0"},
                                   {"X-Signature", "cafe"},
                                   {"X-Forwarded-For", "has test-signature-key in it"},
                                   {"test-hooks-token", "y"}},
                                  "body"),
                             401);
    ASSERT_EQ(said.fields.size(), 6U);
    EXPECT_EQ(said.fields[0].value, "a.example");
    EXPECT_TRUE(is_utf8(said.fields[1].value));
    EXPECT_LT(said.fields[1].value.size(), 210U);
    EXPECT_EQ(said.fields[2].name, "Authorization");
    EXPECT_EQ(said.fields[2].value, "");
    EXPECT_EQ(said.fields[3].value, "");
    EXPECT_EQ(said.fields[4].value, "") << "a secret in the wrong place";
    EXPECT_EQ(said.fields[5].name, "");
    EXPECT_EQ(said.client, "198.51.100.7");
    EXPECT_EQ(said.method, "POST");
    EXPECT_EQ(said.path, "/hooks/card");
    EXPECT_EQ(said.bytes, 4U);
    EXPECT_EQ(said.body, "") << "it is not kept unless the endpoint says so";
}

TEST_F(rejection_diagnoser_test, keeps_bodies_where_it_is_told_to_without_secrets) {
    EXPECT_EQ(refuse(post("/hooks/shop", {}, "{\"a\":1}"), 401).body, "{\"a\":1}");
    EXPECT_EQ(refuse(post("/hooks/form", {}, "a=1&handshake=guess&b=2"), 401).body, "a=1&handshake=&b=2");
    EXPECT_EQ(refuse(post("/hooks/shop", {}, "a=1&handshake=" + handshake), 401).body, "a=1&handshake=");
    EXPECT_EQ(refuse(post("/hooks/shop", {}, "{\"key\":\"test-signature-key\"}"), 401).body, "");
    const auto large = refuse(post("/hooks/shop", {}, std::string(100'000, 'x')), 401);
    EXPECT_EQ(large.body.size(), rejection_log::largest_body);
    EXPECT_TRUE(large.body_cut);
    EXPECT_EQ(large.bytes, 100'000U);
    const auto huge = refuse(post("/hooks/shop", {}, std::string(2'000'000, 'x')), 401);
    EXPECT_NE(huge.found.text.find("too large to be looked into"), std::string::npos) << huge.found.text;
    EXPECT_EQ(huge.bytes, 2'000'000U);
    EXPECT_EQ(huge.body.size(), rejection_log::largest_body);
    EXPECT_TRUE(huge.body_cut);
}

TEST_F(rejection_diagnoser_test, counts_a_flood_and_still_sees_who_is_not_part_of_it) {
    constexpr int forged = 10'000;
    for (int i = 0; i < forged; ++i) {
        auto one = post("/hooks/shop", signature("guess" + std::to_string(i)));
        one.head.client = boost::asio::ip::address_v4(0x0A000001U + (static_cast<unsigned>(i) % 5U << 8U));
        EXPECT_EQ(send(std::move(one)), 401U);
    }
    auto genuine = post("/hooks/shop", signature("test-hooks-token\n"));
    genuine.head.client = boost::asio::ip::make_address("203.0.113.50");
    EXPECT_EQ(send(std::move(genuine)), 401U);
    EXPECT_TRUE(eventually([&] {
        std::uint64_t count = 0;
        for (const auto& one : list())
            count += one.count;
        return count == forged + 1;
    }));
    const auto all = list();
    EXPECT_LE(all.size(), 5U + 2U)
        << "examined forgeries of five networks, those only counted, and the one that matters";
    EXPECT_TRUE(std::ranges::any_of(all, [](const auto& one) {
        return one.client == "203.0.113.50" && one.found.proven &&
               one.found.text.find("ended in a line break") != std::string::npos;
    }));
}

TEST_F(rejection_diagnoser_test, goes_on_after_a_restart_with_what_it_knew) {
    (void)refuse(post("/hooks/shop", signature("guess")), 401);
    (void)refuse(post("/hooks/card"), 401);
    end();
    begin();
    EXPECT_EQ(list().size(), 2U);
    EXPECT_EQ(refuse(post("/hooks/shop", signature("guess2")), 401).count, 2U);
    end();
    write_file(folder_.file("rejections"), "damaged");
    begin();
    EXPECT_TRUE(list().empty());
    EXPECT_EQ(refuse(post("/hooks/shop"), 401).count, 1U);
}

TEST_F(rejection_diagnoser_test, looks_at_the_last_before_it_ends) {
    for (int i = 0; i < 16; ++i)
        EXPECT_EQ(send(post("/hooks/shop", signature("guess"))), 401U);
    end();
    begin();
    std::uint64_t count = 0;
    for (const auto& one : list())
        count += one.count;
    EXPECT_EQ(count, 16U);
}

TEST_F(rejection_diagnoser_test, drops_what_is_of_endpoints_that_are_gone) {
    (void)refuse(post("/hooks/shop"), 401);
    (void)refuse(post("/hooks/shpo"), 404);
    configure("[[endpoint]]\nname = \"other\"\npath = \"/o\"\nprovider = \"jumpseller\"\nauth = \"none\"\n");
    ASSERT_EQ(list().size(), 1U);
    EXPECT_EQ(list()[0].endpoint, "");
}

TEST_F(rejection_diagnoser_test, logs_what_is_proven_once) {
    for (int i = 0; i < 3; ++i)
        (void)refuse(post("/hooks/shop", signature("test-hooks-token\n")), 401);
    (void)refuse(post("/hooks/shop", signature("guess")), 401);
    end();
    lines_.reset();
    const auto text = read_file(folder_.file("log"));
    const auto at = text.find("refused for a reason that is known");
    EXPECT_NE(at, std::string::npos) << text;
    EXPECT_EQ(text.find("refused for a reason", at + 1), std::string::npos) << text;
    EXPECT_NE(text.find("hooks_token ended in a line break"), std::string::npos) << text;
}

}  // namespace
}  // namespace shopbell::test
