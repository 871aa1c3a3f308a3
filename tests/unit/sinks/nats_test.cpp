#include "../src/sinks/nats_ack.hpp"

#include "made_sink.hpp"
#include "nats_accounts.hpp"
#include "support/certificates.hpp"
#include "support/eventually.hpp"
#include "support/nats_server.hpp"
#include "support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <stdlib.h>

#include <filesystem>

namespace shopbell::test {
namespace {

nats_ack failed(natsStatus status, int code = 0, const std::string& text = "no") {
    nats_ack ack;
    ack.status = status;
    ack.code = code;
    ack.text = text;
    return ack;
}

TEST(a_nats_acknowledgement, is_delivered_where_the_stream_has_it) {
    nats_ack ack;
    ack.stream = "ORDERS";
    ack.sequence = 7;
    EXPECT_EQ(describe(classify(ack)), "delivered");
    EXPECT_EQ(response_of(classify(ack)), "stream ORDERS, sequence 7");
    ack.duplicate = true;
    EXPECT_EQ(response_of(classify(ack)), "stream ORDERS, sequence 7, a duplicate");
    ack.sequence = 0;
    EXPECT_EQ(describe(classify(ack)), "retry: the stream calls it a duplicate, but does not have it");
}

TEST(a_nats_acknowledgement, is_tried_again_where_somebody_can_mend_it) {
    for (const auto status :
         {NATS_TIMEOUT, NATS_NO_RESPONDERS, NATS_CONNECTION_DISCONNECTED, NATS_INSUFFICIENT_BUFFER,
          NATS_CONNECTION_CLOSED, NATS_NO_SERVER, NATS_CONNECTION_AUTH_FAILED, NATS_SSL_ERROR})
        EXPECT_TRUE(std::holds_alternative<retry>(classify(failed(status)))) << natsStatus_GetText(status);
    for (const int code : {10008, 10023, 10060, 10076, 10077, 10039, 10047})
        EXPECT_EQ(describe(classify(failed(NATS_ERR, code))), "retry: no") << code;
}

TEST(a_nats_acknowledgement, is_a_dead_letter_where_the_message_is_too_large) {
    EXPECT_EQ(describe(classify(failed(NATS_MAX_PAYLOAD))),
              "reject: larger than the server takes (max_payload)");
    EXPECT_EQ(describe(classify(failed(NATS_ERR, 10054, "message size exceeds maximum allowed"))),
              "reject: larger than the stream takes: message size exceeds maximum allowed");
}

class nats_keys : public ::testing::Test {
protected:
    std::vector<std::string> problems(const std::string& toml) {
        (void)bench_.make("nats", toml);
        return bench_.problems;
    }
    sink_workbench bench_;
    temp_dir folder_;
};

constexpr const char* least = "servers = \"nats://127.0.0.1:4222\"\nsubject = \"shop.{type}\"\n";

TEST_F(nats_keys, are_two_at_least) {
    EXPECT_EQ(problems(least), std::vector<std::string>());
    EXPECT_EQ(problems("").size(), 2U);
    EXPECT_EQ(problems("servers = []\nsubject = \"x\"\n").size(), 1U);
    const auto target = bench_.make("nats",
                                    "servers = [\"nats://a.example.com\", \"nats://b.example.com:4223\"]\n"
                                    "subject = \"x\"\nstream = \"ORDERS\"\n");
    ASSERT_NE(target, nullptr);
    EXPECT_EQ(target->address(), "nats://a.example.com,nats://b.example.com:4223");
    const auto message = target->preview(*make_event("e1")).value();
    EXPECT_EQ(value_of(message.fields, "Subject"), "x");
    EXPECT_EQ(value_of(message.fields, "Nats-Msg-Id"), "e1");
}

TEST_F(nats_keys, are_refused_with_what_is_wrong) {
    const auto only = [this](const std::string& toml) {
        const auto all = problems(toml);
        EXPECT_EQ(all.size(), 1U) << toml;
        return all.empty() ? std::string() : all.front();
    };
    const std::string subject = "subject = \"x\"\n";
    for (const std::string server :
         {"127.0.0.1:4222", "http://a.example.com", "nats://", "ws://a.example.com"})
        EXPECT_NE(
            only("servers = \"" + server + "\"\n" + subject).find("sink.toml:1:11: \"servers\" expects URLs"),
            std::string::npos)
            << server;
    EXPECT_NE(only("servers = \"nats://u:s3cret@a.example.com\"\n" + subject).find("cannot hold a user"),
              std::string::npos);
    EXPECT_EQ(only("servers = \"nats://u:s3cret@a.example.com\"\n" + subject).find("s3cret"),
              std::string::npos);
    EXPECT_NE(only("servers = \"nats://a.example.com/x\"\n" + subject).find("ends behind the port"),
              std::string::npos);
    EXPECT_NE(only("servers = \"nats://127.0.0.1\"\nsubject = \"a.*\"\n").find("no wildcards"),
              std::string::npos);
    EXPECT_NE(only(std::string(least) + "stream = \"a.b\"\n").find("\"stream\" expects"), std::string::npos);
    EXPECT_NE(only(std::string(least) + "user = \"u\"\n").find("go together"), std::string::npos);
    EXPECT_NE(only(std::string(least) + "client_key = \"/x\"\n").find("go together"), std::string::npos);
    EXPECT_NE(only(std::string(least) + "ca_file = \"/nonexistent\"\n").find("/nonexistent"),
              std::string::npos);
    write_file(folder_.file("ca.pem"), "not a certificate");
    EXPECT_NE(only(std::string(least) + "ca_file = \"" + folder_.file("ca.pem") + "\"\n").find("PEM"),
              std::string::npos);
}

class nats_sink_test : public ::testing::Test {
protected:
    void SetUp() override {
        if (!nats_server::is_installed())
            GTEST_SKIP() << "nats-server is not installed";
        ::setenv("NATS_TEST_PASSWORD", "s3cret pass", 1);
    }
    void TearDown() override { ::unsetenv("NATS_TEST_PASSWORD"); }

    std::unique_ptr<sink> make(const nats_server& server, const std::string& more = "") {
        auto target = bench_.make(
            "nats", "servers = \"" + server.url() + "\"\nsubject = \"shop.{endpoint}.{type}\"\n" + more);
        EXPECT_EQ(bench_.problems, std::vector<std::string>());
        return target;
    }
    bool comes_through(sink& target, const std::string& id) {
        return eventually([&] { return bench_.deliver_one(target, make_event(id)) == "delivered"; });
    }
    static bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

    sink_workbench bench_;
};

TEST_F(nats_sink_test, delivers_once_for_each_id) {
    const nats_server server;
    server.create({"SHOP", {"shop.>"}});
    const auto target = make(server);
    const auto first = make_event("e1");
    EXPECT_EQ(bench_.deliver_one(*target, first), "delivered");
    EXPECT_EQ(response_of(bench_.deliver_for_outcome(*target, first)),
              "stream SHOP, sequence 1, a duplicate");
    EXPECT_EQ(bench_.deliver_one(*target, make_event("e2", "x..*")), "delivered");
    const auto got = server.wait_for("SHOP", 2);
    ASSERT_EQ(got.size(), 2U);
    EXPECT_EQ(got[0].subject, "shop.jumpseller-main.jumpseller.order.paid");
    EXPECT_EQ(got[0].id, "e1");
    EXPECT_EQ(got[0].body, first->document);
    EXPECT_EQ(got[1].subject, "shop.jumpseller-main.x._._");
}

TEST_F(nats_sink_test, goes_on_when_a_lost_server_is_back) {
    nats_server server;
    server.create({"SHOP", {"shop.>"}});
    const auto target = make(server);
    ASSERT_EQ(bench_.deliver_one(*target, make_event("e1")), "delivered");
    server.kill();
    EXPECT_TRUE(has(bench_.deliver_one(*target, make_event("e2")), "retry: "));
    EXPECT_TRUE(has(bench_.deliver_one(*target, make_event("e2")), "retry: "));
    server.start();
    EXPECT_TRUE(comes_through(*target, "e2"));
    std::vector<std::string> ids;
    for (const auto& each : server.wait_for("SHOP", 2))
        ids.push_back(each.id);
    EXPECT_EQ(ids, (std::vector<std::string>{"e1", "e2"}));
}

TEST_F(nats_sink_test, waits_for_a_server_that_is_not_there_yet) {
    nats_server server;
    server.create({"SHOP", {"shop.>"}});
    server.kill();
    const auto target = make(server);
    const auto refused = bench_.deliver_one(*target, make_event("e1"));
    EXPECT_EQ(refused, "retry: " + server.url() + ": cannot connect: No server available for connection");
    server.start();
    EXPECT_TRUE(comes_through(*target, "e1"));
}

TEST_F(nats_sink_test, waits_for_a_stream_that_takes_the_subject) {
    const nats_server server;
    server.create({"OTHER", {"other"}});
    const auto target = make(server);
    EXPECT_EQ(bench_.deliver_one(*target, make_event("e1")),
              "retry: " + server.url() +
                  ": no stream takes the subject shop.jumpseller-main.jumpseller.order.paid");
    server.create({"SHOP", {"shop.>"}});
    EXPECT_EQ(bench_.deliver_one(*target, make_event("e1")), "delivered");
    const auto particular = make(server, "stream = \"OTHER\"\n");
    const auto elsewhere = bench_.deliver_one(*particular, make_event("e2"));
    EXPECT_TRUE(has(elsewhere, "retry: ")) << elsewhere;
    EXPECT_EQ(server.count("SHOP"), 1U) << "it stands in no stream but the one that is asked for";
}

TEST_F(nats_sink_test, waits_for_room_in_a_full_stream) {
    const nats_server server;
    server.create({"SHOP", {"shop.>"}, 1});
    const auto target = make(server, "stream = \"SHOP\"\n");
    ASSERT_EQ(bench_.deliver_one(*target, make_event("e1")), "delivered");
    const auto full = bench_.deliver_one(*target, make_event("e2"));
    EXPECT_TRUE(has(full, "retry: ") && has(full, "maximum messages exceeded")) << full;
    EXPECT_EQ(bench_.inspect(*target).how, sink_finding::grade::bad);
    EXPECT_TRUE(has(bench_.inspect(*target).text, "is full"));
}

TEST_F(nats_sink_test, gives_up_what_is_too_large) {
    const nats_server server({.more = "max_payload: 2048\n"});
    server.create({"SHOP", {"shop.>"}, -1, 1000});
    const auto target = make(server);
    const auto sized = [](std::string id, std::size_t size) {
        const auto one = make_event(std::move(id));
        one->document.resize(size, ' ');
        return one;
    };
    EXPECT_EQ(bench_.deliver_one(*target, sized("e1", 4000)),
              "reject: larger than the server takes (max_payload)");
    const auto refused = bench_.deliver_one(*target, sized("e2", 1500));
    EXPECT_TRUE(has(refused, "reject: larger than the stream takes")) << refused;
    EXPECT_EQ(bench_.deliver_one(*target, make_event("e3")), "delivered");
}

TEST_F(nats_sink_test, speaks_tls_and_shows_a_certificate) {
    const nats_server server({.tls = true, .asks_client = true});
    server.create({"SHOP", {"shop.>"}});
    const auto trust = "ca_file = \"" + server.ca_file() + "\"\n";
    const auto shown = "client_certificate = \"" + server.client_certificate() + "\"\nclient_key = \"" +
                       server.client_key() + "\"\n";
    EXPECT_EQ(bench_.deliver_one(*make(server, trust + shown), make_event("e1")), "delivered");
    EXPECT_TRUE(has(bench_.deliver_one(*make(server, trust), make_event("e2")), "retry: "));
    EXPECT_TRUE(has(bench_.deliver_one(*make(server, shown), make_event("e2")), "retry: "));
    EXPECT_EQ(server.count("SHOP"), 1U);
}

TEST_F(nats_sink_test, does_not_trust_a_certificate_of_another_host) {
    const nats_server server({.tls = true});
    const temp_dir folder;
    const authority other("Another authority");
    write_file(folder.file("other.pem"), other.pem());
    const auto refused = bench_.deliver_one(*make(server, "ca_file = \"" + folder.file("other.pem") + "\"\n"),
                                            make_event("e1"));
    EXPECT_TRUE(has(refused, "retry: ")) << refused;
}

TEST_F(nats_sink_test, proves_who_it_is_and_never_says_the_password) {
    const nats_server server({.user = "shop", .password = "s3cret pass"});
    server.create({"SHOP", {"shop.>"}});
    EXPECT_EQ(bench_.deliver_one(*make(server, "user = \"shop\"\npassword_env = \"NATS_TEST_PASSWORD\"\n"),
                                 make_event("e1")),
              "delivered");
}

TEST_F(nats_sink_test, proves_who_it_is_by_a_file_of_credentials) {
    const auto accounts = make_nats_accounts();
    const nats_server server({.more = accounts.server_configuration, .credentials = accounts.credentials});
    server.create({"SHOP", {"shop.>"}});
    const temp_dir folder;
    const auto with = [&](const char* name, const std::string& content) {
        write_file(folder.file(name), content);
        std::filesystem::permissions(folder.file(name), std::filesystem::perms(0600));
        return make(server, "credentials_file = \"" + folder.file(name) + "\"\n");
    };
    const auto own = with("own.creds", accounts.credentials);
    std::string answer;
    for (int tries = 0; tries < 10 && answer != "delivered"; ++tries) {  // see nats_server.cpp
        answer = bench_.deliver_one(*own, make_event("e1"));
        EXPECT_TRUE(answer == "delivered" || has(answer, "Authorization")) << answer;
    }
    EXPECT_EQ(answer, "delivered");
    const auto refused =
        bench_.deliver_one(*with("foreign.creds", accounts.foreign_credentials), make_event("e2"));
    EXPECT_TRUE(has(refused, "retry: ") && has(refused, "Authorization")) << refused;
    EXPECT_EQ(server.count("SHOP"), 1U);
}

TEST_F(nats_sink_test, is_back_after_credentials_that_were_refused_again_and_again) {
    nats_server server({.user = "shop", .password = "other"});
    server.create({"SHOP", {"shop.>"}});
    const auto target = make(server, "user = \"shop\"\npassword_env = \"NATS_TEST_PASSWORD\"\n");
    for (int i = 0; i < 3; ++i) {
        const auto refused = bench_.deliver_one(*target, make_event("e1"));
        EXPECT_TRUE(has(refused, "retry: ")) << refused;
        EXPECT_FALSE(has(refused, "s3cret")) << refused;
    }
}

TEST_F(nats_sink_test, gives_up_a_server_that_stands_still_in_time) {
    const nats_server server;
    server.create({"SHOP", {"shop.>"}});
    bench_.timeout = std::chrono::milliseconds(300);
    auto target = make(server);
    ASSERT_TRUE(comes_through(*target, "e1"));
    server.freeze();
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_TRUE(has(bench_.deliver_one(*target, make_event("e2")), "retry: "));
    target.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5))
        << "nobody waits for its end";
    server.thaw();
    EXPECT_TRUE(comes_through(*make(server), "e3"));
}

TEST_F(nats_sink_test, tells_whether_the_other_side_is_there) {
    nats_server server;
    server.create({"SHOP", {"shop.>"}});
    using grade = sink_finding::grade;
    EXPECT_EQ(bench_.inspect(*make(server)).how, grade::good);
    const auto found = bench_.inspect(*make(server, "stream = \"SHOP\"\n"));
    EXPECT_EQ(found.text, "connected to " + server.url() + ", JetStream answers and has stream SHOP");
    const auto missing = bench_.inspect(*make(server, "stream = \"NONE\"\n"));
    EXPECT_EQ(missing.how, grade::bad);
    EXPECT_TRUE(has(missing.text, "stream NONE: ")) << missing.text;
    const auto target = make(server);
    server.kill();
    EXPECT_EQ(bench_.inspect(*target).how, grade::bad);
}

}  // namespace
}  // namespace shopbell::test
