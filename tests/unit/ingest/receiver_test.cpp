#include "support/eventually.hpp"
#include "support/exchange.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"

#include <shopbell/crypto/digest.hpp>
#include <shopbell/crypto/encoding.hpp>
#include <shopbell/inbox/sqlite/sqlite_inbox.hpp>
#include <shopbell/ingest/endpoint_watches.hpp>
#include <shopbell/ingest/receiver.hpp>
#include <shopbell/rejections/diagnoser.hpp>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace shopbell::test {

namespace {

const char* const configuration_text = R"(
[[endpoint]]
name = "shop"
path = "/hooks/shop"
provider = "jumpseller"
store = "mystore"
hooks_token = "test-hooks-token"

[[endpoint]]
name = "card"
path = "/hooks/card"
provider = "usaepay"
basic_user = "store"
basic_password = "test-password"

[[endpoint]]
name = "code"
path = "/hooks/code"
provider = "github"
secret = "test-code-secret"

[[endpoint]]
name = "office"
path = "/hooks/office"
provider = "jumpseller"
auth = "none"
allow = ["203.0.113.0/24"]
)";

std::string note(const http::response& answer, std::string_view name) {
    for (const auto& one : answer.notes) {
        if (one.name == name)
            return std::get<std::string>(one.value);
    }
    return {};
}

class receiver_test : public ::testing::Test {
protected:
    receiver_test() {
        endpoints_ = std::make_shared<const endpoints>(read());
        open(0);
    }

    [[nodiscard]] endpoints read() {
        config::problems found("test.toml");
        const auto source = config::file::from_text(configuration_text, found);
        auto root = source.root();
        auto all = read_endpoints(root);
        EXPECT_FALSE(found.has_errors());
        watches_.attach(all);
        return all;
    }

    void open(std::uint64_t min_free) {
        inbox_.reset();
        sqlite_settings settings;
        settings.path = folder_.file("inbox.db");
        settings.min_free = min_free;
        inbox_ = open_sqlite_inbox(settings, log::null()).value();
    }

    static http::request_head make_head(std::string method, std::string path, headers fields = {}) {
        http::request_head head;
        head.method = std::move(method);
        head.path = std::move(path);
        head.fields = std::move(fields);
        return head;
    }

    static http::request make(std::string path, headers fields, std::string body) {
        return {make_head("POST", std::move(path), std::move(fields)), std::move(body)};
    }

    static http::request signed_order(std::string body, std::string store = "mystore") {
        const auto mac = hmac_sha256("test-hooks-token", body);
        headers fields = {{"Content-Type", "application/json"},
                          {"Jumpseller-Event", "order_paid"},
                          {"Jumpseller-Store-Code", std::move(store)},
                          {"Jumpseller-Hmac-Sha256", base64_encode(as_text(mac))},
                          {"Authorization", "Basic c2VjcmV0"}};
        return make("/hooks/shop", std::move(fields), std::move(body));
    }

    http::response answer(http::request one) {
        return test::answer(context_, receiver(endpoints_, *inbox_, refused_), std::move(one));
    }

    /// The configuration with that endpoint's refusals without a body.
    [[nodiscard]] std::shared_ptr<const endpoints> silent(const std::string& name) {
        auto all = read();
        std::ranges::find(all, name, &endpoint::name)->refusals = http::refusal_body::none;
        return std::make_shared<const endpoints>(std::move(all));
    }

    std::vector<stored_event> stored() { return run(context_, inbox_->read_after(0, 100, 1 << 20)).value(); }

    /// A sample of the counters of that endpoint: what stands behind its labels, "1", or nothing.
    [[nodiscard]] std::string counted(const std::string& name, const std::string& endpoint,
                                      const std::string& reason = "") const {
        const auto text = counts_.render(readings());
        for (std::size_t start = 0; start < text.size(); start = text.find('\n', start) + 1) {
            const auto line = text.substr(start, text.find('\n', start) - start);
            if (line.starts_with(name + "{endpoint=\"" + endpoint + "\"") &&
                line.find(reason.empty() ? "" : "reason=\"" + reason + "\"") != line.npos)
                return line.substr(line.rfind(' ') + 1);
        }
        return "";
    }

    temp_dir folder_;
    boost::asio::io_context context_{1};
    metrics counts_;
    housekeeping background_;
    rejection_diagnoser refused_{folder_.file("rejections"), log::null(), background_};
    endpoint_watches watches_{counts_, log::null()};
    std::shared_ptr<const endpoints> endpoints_;
    std::unique_ptr<inbox> inbox_;
};

TEST_F(receiver_test, accepts_what_is_genuine_and_stores_it_exactly) {
    const std::string body = R"({"order":{"id":7,"status_enum":"paid","total":1.10}})";
    const auto reply = answer(signed_order(body));
    EXPECT_EQ(reply.status, 200U);
    const auto events = stored();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(reply.body, R"({"status":"accepted","id":")" + events[0].id + R"("})");
    EXPECT_EQ(events[0].body, body);
    EXPECT_EQ(events[0].type, "jumpseller.order.paid");
    EXPECT_EQ(events[0].store, "mystore");
    EXPECT_EQ(note(reply, "event_id"), events[0].id);
    EXPECT_EQ(note(reply, "endpoint"), "shop");
    EXPECT_EQ(note(reply, "outcome"), "accepted");
}

TEST_F(receiver_test, keeps_the_signature_but_never_a_password) {
    (void)answer(signed_order("{}"));
    const auto fields = stored().at(0).fields;
    EXPECT_EQ(count(fields, "Jumpseller-Hmac-Sha256"), 1U);
    EXPECT_EQ(count(fields, "Authorization"), 0U);
}

TEST_F(receiver_test, answers_a_repeat_with_the_first_id) {
    const auto first = answer(signed_order("{}"));
    const auto again = answer(signed_order("{}"));
    EXPECT_EQ(again.status, 200U);
    EXPECT_EQ(again.body, R"({"status":"duplicate","id":")" + note(first, "event_id") + R"("})");
    EXPECT_EQ(stored().size(), 1U);
}

TEST_F(receiver_test, shows_signed_content_that_comes_again_under_another_id) {
    const std::string body = R"({"action":"opened"})";
    const auto deliver = [&](const char* id) {
        const auto mac = hex_encode(as_text(hmac_sha256("test-code-secret", body)));
        return answer(
            make("/hooks/code", {{"X-Hub-Signature-256", "sha256=" + mac}, {"X-GitHub-Delivery", id}}, body));
    };
    const auto first = deliver("1");
    EXPECT_EQ(note(first, "same_content_as"), "");
    EXPECT_EQ(note(deliver("1"), "same_content_as"), "") << "a repeat is the same delivery";
    EXPECT_EQ(counted("shopbell_events_same_content_total", "code"), "");
    const auto replayed = deliver("2");
    EXPECT_EQ(replayed.status, 200U);
    EXPECT_EQ(note(replayed, "outcome"), "accepted");
    EXPECT_EQ(note(replayed, "same_content_as"), note(first, "event_id"));
    EXPECT_EQ(counted("shopbell_events_same_content_total", "code"), "1");
}

TEST_F(receiver_test, refuses_a_forgery_and_tells_the_store_nothing) {
    auto forged = signed_order("{}");
    forged.body = "{ }";
    const auto reply = answer(std::move(forged));
    EXPECT_EQ(reply.status, 401U);
    EXPECT_EQ(reply.body, R"({"error":"unauthorized"})");
    EXPECT_NE(note(reply, "reason"), "");
    EXPECT_TRUE(stored().empty());
}

TEST_F(receiver_test, refuses_early_what_the_header_section_rules_out) {
    const receiver receiving(endpoints_, *inbox_, refused_);
    const struct {
        const char* name;
        const char* method;
        const char* path;
        headers fields;
        unsigned status;
    } rows[] = {
        {"no such path", "POST", "/hooks/none", {}, 404},
        {"a path is matched exactly", "POST", "/hooks/shop/", {}, 404},
        {"no encoding is undone", "POST", "/hooks/%73hop", {}, 404},
        {"another method", "GET", "/hooks/shop", {}, 405},
        {"a compressed body", "POST", "/hooks/shop", {{"Content-Encoding", "gzip"}}, 415},
        {"another client's address", "POST", "/hooks/office", {}, 403},
    };
    for (const auto& [name, method, path, fields, status] : rows) {
        http::request_head head;
        head.method = method;
        head.path = path;
        head.fields = fields;
        const auto refused = early(receiving.begin(head));
        ASSERT_TRUE(refused) << name;
        EXPECT_EQ(refused->status, status) << name;
    }
}

TEST_F(receiver_test, takes_a_content_encoding_for_a_compression_only_where_it_is_one) {
    const receiver receiving(endpoints_, *inbox_, refused_);
    const struct {
        headers fields;
        bool refused;
    } rows[] = {
        {{{"Content-Encoding", ""}}, false},
        {{{"Content-Encoding", " , "}}, false},
        {{{"Content-Encoding", "identity"}}, false},
        {{{"Content-Encoding", "UTF-8"}}, false},
        {{{"Content-Encoding", "iso-8859-1"}}, false},
        {{{"Content-Encoding", "GZIP"}}, true},
        {{{"content-encoding", "x-gzip"}}, true},
        {{{"Content-Encoding", "deflate"}}, true},
        {{{"Content-Encoding", "br"}}, true},
        {{{"Content-Encoding", "zstd"}}, true},
        {{{"Content-Encoding", "compress"}}, true},
        {{{"Content-Encoding", "identity, gzip"}}, true},
        {{{"Content-Encoding", "UTF-8"}, {"Content-Encoding", "br"}}, true},
    };
    for (const auto& row : rows) {
        http::request_head head;
        head.method = "POST";
        head.path = "/hooks/shop";
        head.fields = row.fields;
        const auto refused = early(receiving.begin(head));
        ASSERT_EQ(refused.has_value(), row.refused) << row.fields.front().value;
        EXPECT_EQ(refused ? refused->status : 0U, row.refused ? 415U : 0U);
    }
}

TEST_F(receiver_test, judges_credentials_with_the_body_so_that_no_refusal_is_faster) {
    const receiver receiving(endpoints_, *inbox_, refused_);
    for (const auto* path : {"/hooks/shop", "/hooks/card"}) {
        http::request_head head;
        head.method = "POST";
        head.path = path;
        EXPECT_FALSE(early(receiving.begin(head))) << path;
        EXPECT_EQ(answer(make(path, {}, "{}")).status, 401U) << path;
    }
}

TEST_F(receiver_test, names_what_a_client_needs_to_do_better) {
    http::request_head head;
    head.path = "/hooks/card";
    head.method = "PUT";
    const receiver receiving(endpoints_, *inbox_, refused_);
    EXPECT_EQ(value_of(early(receiving.begin(head)).value().fields, "Allow"), "POST");
    EXPECT_EQ(value_of(answer(make("/hooks/card", {}, "{}")).fields, "WWW-Authenticate"),
              "Basic realm=\"shopbell\"");
    EXPECT_EQ(count(answer(make("/hooks/shop", {}, "{}")).fields, "WWW-Authenticate"), 0U);
}

TEST_F(receiver_test, lets_the_allowed_clients_in) {
    auto one = make("/hooks/office", {}, "{}");
    one.head.client = boost::asio::ip::make_address("203.0.113.200");
    EXPECT_EQ(answer(std::move(one)).status, 200U);
    auto stranger = make("/hooks/office", {}, "{}");
    stranger.head.client = boost::asio::ip::make_address("198.51.100.1");
    EXPECT_EQ(answer(std::move(stranger)).status, 403U);
}

TEST_F(receiver_test, refuses_what_is_genuine_but_of_another_store) {
    const auto reply = answer(signed_order("{}", "otherstore"));
    EXPECT_EQ(reply.status, 403U);
    EXPECT_TRUE(stored().empty());
}

TEST_F(receiver_test, accepts_what_it_does_not_understand) {
    const auto reply = answer(signed_order("not JSON"));
    EXPECT_EQ(reply.status, 200U);
    EXPECT_EQ(stored().at(0).type, "jumpseller.unparsed");
    EXPECT_EQ(stored().at(0).body, "not JSON");
}

TEST_F(receiver_test, serves_what_a_reload_brought_from_the_next_request_on) {
    receiver receiving(endpoints_, *inbox_, refused_);
    const auto order = [] { return signed_order(R"({"order":{"id":1}})"); };
    EXPECT_EQ(test::answer(context_, receiving, order()).status, 200U);
    receiving.replace(std::make_shared<const endpoints>());
    EXPECT_EQ(early(receiving.begin(order().head)).value().status, 404U);
    receiving.replace(endpoints_);
    EXPECT_EQ(test::answer(context_, receiving, order()).status, 200U);
}

TEST_F(receiver_test, ends_a_request_as_it_began_whatever_a_reload_brings_meanwhile) {
    receiver receiving(std::make_shared<const endpoints>(read()), *inbox_, refused_);
    auto order = signed_order(R"({"order":{"id":1}})");
    auto begun = receiving.begin(std::move(order.head));
    auto& with = *std::get<std::unique_ptr<http::exchange>>(begun);
    receiving.replace(std::make_shared<const endpoints>());
    EXPECT_EQ(run(context_, with.finish(std::move(order.body))).status, 200U);
    EXPECT_EQ(stored().size(), 1U);
}

TEST_F(receiver_test, refuses_without_a_body_where_an_answer_is_shown_to_people) {
    const receiver receiving(silent("shop"), *inbox_, refused_);
    const auto expect_silence = [](const http::response& answer, unsigned status, const char* what) {
        EXPECT_EQ(answer.status, status) << what;
        EXPECT_EQ(answer.body, "") << what;
        EXPECT_EQ(answer.content_type, "") << what;
    };
    const auto begin = [&](const char* method, const char* path) {
        return early(receiving.begin(make_head(method, path))).value();
    };
    expect_silence(test::answer(context_, receiving, make("/hooks/shop", {}, "{}")), 401, "a forgery");
    expect_silence(begin("GET", "/hooks/shop"), 405, "another method");
    expect_silence(begin("POST", "/hooks/shop/"), 404, "a slash behind");
    expect_silence(begin("POST", "/hooks/shop/x"), 404, "a path behind");
    expect_silence(receiving.refuse({.status = 413, .path = "/hooks/shop"}), 413, "a long body");
    expect_silence(receiving.refuse({.status = 411, .path = "/hooks/shop/x"}), 411, "behind, by the server");
    expect_silence(receiving.refuse({.status = 400}), 400, "whatever it was for");
    expect_silence(receiving.reject_overload(), 503, "overload");
    const auto begun = receiving.begin(make_head("POST", "/hooks/shop"));
    const auto& with = std::get<std::unique_ptr<http::exchange>>(begun);
    expect_silence(with->refuse({.status = 408, .path = "/hooks/shop"}), 408, "a slow body");

    EXPECT_NE(begin("GET", "/hooks/card").body, "");
    EXPECT_NE(begin("POST", "/hooks/shopping").body, "");
    EXPECT_NE(receiving.refuse({.status = 413, .path = "/hooks/card"}).body, "");
    EXPECT_NE(receiver(endpoints_, *inbox_, refused_).reject_overload().body, "");
}

TEST_F(receiver_test, asks_to_come_again_when_it_cannot_commit) {
    open(std::uint64_t{1} << 62);
    const auto reply = answer(signed_order("{}"));
    EXPECT_EQ(reply.status, 503U);
    EXPECT_EQ(value_of(reply.fields, "Retry-After"), "5");
    EXPECT_NE(note(reply, "reason").find("min_free"), std::string::npos);
}

TEST_F(receiver_test, counts_what_becomes_of_deliveries) {
    (void)answer(signed_order(R"({"order":{"id":7,"status_enum":"paid"}})"));
    (void)answer(signed_order("not JSON"));
    (void)answer(signed_order("not JSON"));
    (void)answer(signed_order(R"({"order":{"id":8,"status_enum":"pending"}})"));
    EXPECT_EQ(counted("shopbell_events_accepted_total", "shop"), "3");
    EXPECT_EQ(counted("shopbell_events_duplicate_total", "shop"), "1");
    EXPECT_EQ(counted("shopbell_events_unparsed_total", "shop"), "1");
    EXPECT_EQ(counted("shopbell_events_contradicted_total", "shop"), "1");
    EXPECT_EQ(counted("shopbell_events_accepted_total", "card"), "0");
    EXPECT_TRUE(watches_.read(endpoint_watch::clock::now()).at(0).last_accepted);
    EXPECT_FALSE(watches_.read(endpoint_watch::clock::now()).at(1).last_accepted);
}

TEST_F(receiver_test, counts_refusals_by_reason) {
    auto forged = signed_order("{}");
    forged.body = "{ }";
    (void)answer(std::move(forged));
    (void)answer(signed_order("{}", "otherstore"));
    (void)answer(make("/hooks/shop", {}, "{}"));
    (void)answer(make("/hooks/office", {}, "{}"));
    auto compressed = signed_order("{}");
    compressed.head.fields.push_back({"Content-Encoding", "gzip"});
    (void)answer(std::move(compressed));
    auto looked_at = signed_order("{}");
    looked_at.head.method = "GET";
    (void)answer(std::move(looked_at));
    open(std::uint64_t{1} << 62);
    (void)answer(signed_order("{}"));
    EXPECT_EQ(counted("shopbell_rejections_total", "shop", "unauthorized"), "2");
    EXPECT_EQ(counted("shopbell_rejections_total", "shop", "store"), "1");
    EXPECT_EQ(counted("shopbell_rejections_total", "office", "address"), "1");
    EXPECT_EQ(counted("shopbell_rejections_total", "shop", "encoding"), "1");
    EXPECT_EQ(counted("shopbell_rejections_total", "shop", "method"), "1");
    EXPECT_EQ(counted("shopbell_rejections_total", "shop", "unavailable"), "1");
}

TEST_F(receiver_test, names_who_counts_the_answer) {
    const receiver receiving(endpoints_, *inbox_, refused_);
    auto* const shop = endpoints_->at(0).watch;
    const auto begun = receiving.begin(make_head("POST", "/hooks/shop"));
    EXPECT_EQ(std::get<std::unique_ptr<http::exchange>>(begun)->observer(), shop);
    EXPECT_EQ(early(receiving.begin(make_head("GET", "/hooks/shop"))).value().observer, shop);
    EXPECT_EQ(receiving.refuse({.status = 413, .path = "/hooks/shop"}).observer, shop);
    EXPECT_EQ(early(receiving.begin(make_head("GET", "/hooks/none"))).value().observer, nullptr);
    EXPECT_EQ(receiving.refuse({.status = 413, .path = "/hooks/none"}).observer, nullptr);
}

/// What the HTTP server refuses by itself is known to the operator as well.
class receiver_told_of_a_refusal : public receiver_test {
protected:
    std::vector<rejection_record> after(const http::server_refusal& one) {
        const receiver receiving(endpoints_, *inbox_, refused_);
        (void)receiving.refuse(one);
        EXPECT_TRUE(eventually([this] { return refused_.found().pending() == 0; }));
        return refused_.found().list({}, 10).items;
    }
};

TEST_F(receiver_told_of_a_refusal, knows_the_endpoint_by_its_path) {
    const auto client = boost::asio::ip::make_address("203.0.113.7");
    const auto all = after({.status = 413,
                            .reason = "declared body too large",
                            .client = client,
                            .method = "POST",
                            .path = "/hooks/shop"});
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].endpoint, "shop");
    EXPECT_EQ(all[0].provider, "jumpseller");
    EXPECT_EQ(all[0].status, 413U);
    EXPECT_EQ(all[0].client, "203.0.113.7");
    EXPECT_EQ(all[0].method, "POST");
    EXPECT_EQ(all[0].reason, "declared body too large");
    EXPECT_NE(all[0].found.text.find("max_body"), std::string::npos);
    EXPECT_EQ(after({.status = 413, .client = client, .path = "/hooks/shop"}).at(0).count, 2U);
}

struct mismatch_row {
    const char* name;
    http::mismatch what;
    const char* advice;
};

class receiver_told_of_a_mismatch : public receiver_told_of_a_refusal,
                                    public testing::WithParamInterface<mismatch_row> {};

TEST_P(receiver_told_of_a_mismatch, says_what_to_do) {
    const auto client = boost::asio::ip::make_address("203.0.113.7");
    const auto all = after({.status = 400, .reason = "x", .what = GetParam().what, .client = client});
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].endpoint, "");
    EXPECT_EQ(all[0].client, "203.0.113.7");
    EXPECT_NE(all[0].found.text.find(GetParam().advice), std::string::npos) << all[0].found.text;
}

INSTANTIATE_TEST_SUITE_P(
    kinds, receiver_told_of_a_mismatch,
    testing::Values(
        mismatch_row{"none", http::mismatch::none, "not HTTP"},
        mismatch_row{"tls_on_a_plain_port", http::mismatch::tls_on_plain_port, "[server.tls]"},
        mismatch_row{"plain_on_a_tls_port", http::mismatch::plain_on_tls_port, "https address"},
        mismatch_row{"unexpected_header", http::mismatch::unexpected_proxy_header, "proxy_protocol = true"},
        mismatch_row{"no_header", http::mismatch::no_proxy_header, "proxy_protocol = false"},
        mismatch_row{"malformed_header", http::mismatch::malformed_proxy_header, "PROXY protocol"}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace

}  // namespace shopbell::test
