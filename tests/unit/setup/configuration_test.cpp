#include "support/certificates.hpp"
#include "support/temp_dir.hpp"

#include <shopbell/core/clock.hpp>
#include <shopbell/setup/configuration.hpp>

#include <gtest/gtest.h>

#include <filesystem>

namespace shopbell::test {

namespace {

const char* const smallest = R"([[endpoint]]
name = "shop"
path = "/hooks"
provider = "jumpseller"
hooks_token_env = "PATH"
)";

class configuration_test : public ::testing::Test {
protected:
    configuration read(const std::string& toml) {
        write_file(folder_.file("test.toml"), toml);
        config::problems found(folder_.file("test.toml"));
        const auto silent = [](const log_settings&) -> result<std::shared_ptr<log>> { return log::null(); };
        auto all = read_configuration(found.file(), found, {.open_log = silent});
        problems_.clear();
        for (const auto& one : found.sorted())
            problems_.push_back(found.describe(one).substr(found.file().size()));
        return all;
    }

    temp_dir folder_;
    std::vector<std::string> problems_;
};

TEST_F(configuration_test, has_the_defaults_of_the_contract) {
    const auto all = read(std::string("[inbox]\npath = \"") + folder_.file("inbox.db") + "\"\n" + smallest);
    EXPECT_EQ(problems_, std::vector<std::string>());
    ASSERT_EQ(all.server.listen.size(), 1U);
    EXPECT_EQ(all.server.listen[0].to_string(), "127.0.0.1:8080");
    EXPECT_EQ(all.server.max_body, 1024U * 1024);
    EXPECT_EQ(all.server.max_header, 16U * 1024);
    EXPECT_EQ(all.server.max_connections, 10000U);
    EXPECT_EQ(all.server.max_connections_per_client, 256U);
    EXPECT_EQ(all.server.header_timeout, std::chrono::seconds(10));
    EXPECT_EQ(all.server.body_timeout, std::chrono::seconds(30));
    EXPECT_EQ(all.server.idle_timeout, std::chrono::seconds(75));
    EXPECT_EQ(all.drain_timeout, std::chrono::seconds(20));
    EXPECT_EQ(common_settings(all.inbox).retain, std::chrono::days(30));
    EXPECT_EQ(common_settings(all.inbox).max_size, 0U);
    EXPECT_EQ(std::get<sqlite_settings>(all.inbox).min_free, 64U * 1024 * 1024);
    ASSERT_TRUE(all.admin.listen);
    EXPECT_EQ(all.admin.listen->to_string(), "127.0.0.1:9180");
    EXPECT_TRUE(http::contains(all.server.trusted_proxies, boost::asio::ip::make_address("127.0.0.1")));
    EXPECT_TRUE(http::contains(all.server.trusted_proxies, boost::asio::ip::make_address("::1")));
}

TEST_F(configuration_test, reads_an_inbox_on_postgresql) {
    write_file(folder_.file("password"), "secret\n");
    std::filesystem::permissions(folder_.file("password"), std::filesystem::perms::owner_read);
    const auto all =
        read(std::string("[inbox]\nengine = \"postgres\"\nretain = \"7d\"\n[inbox.postgres]\n") +
             "hosts = [\"db1.example.com\", \"192.0.2.7\"]\nport = 6432\npassword_file = \"" +
             folder_.file("password") + "\"\nstandby = \"provider\"\npatience = \"3s\"\n" + smallest);
    EXPECT_EQ(problems_, std::vector<std::string>());
    ASSERT_TRUE(std::holds_alternative<postgres_settings>(all.inbox));
    const auto& inbox = std::get<postgres_settings>(all.inbox);
    EXPECT_EQ(inbox.retain, std::chrono::days(7));
    EXPECT_EQ(inbox.hosts, (std::vector<std::string>{"db1.example.com", "192.0.2.7"}));
    EXPECT_EQ(inbox.port, 6432);
    EXPECT_EQ(inbox.database, "shopbell");
    EXPECT_EQ(inbox.user, "shopbell");
    EXPECT_TRUE(inbox.password.equals("secret"));
    EXPECT_EQ(inbox.standby, standby_demand::provider);
    EXPECT_EQ(inbox.patience, std::chrono::seconds(3));
    EXPECT_EQ(describe_place(all.inbox), "PostgreSQL at db1.example.com, 192.0.2.7");
}

TEST_F(configuration_test, tells_what_an_inbox_on_postgresql_cannot_have) {
    (void)read(std::string("[inbox]\nengine = \"postgres\"\npath = \"inbox.db\"\n[inbox.postgres]\n"
                           "standby = \"often\"\n") +
               smallest);
    const std::vector<std::string> expected{
        ":3:8: \"path\" is for an inbox in a file; with engine = \"postgres\" leave it out",
        ":4:1: missing key \"hosts\": where is PostgreSQL? A name, an address, or the folder of its unix "
        "socket",
    };
    ASSERT_EQ(problems_.size(), 3U);
    EXPECT_EQ(problems_[0], expected[0]);
    EXPECT_EQ(problems_[1], expected[1]);
    EXPECT_TRUE(problems_[2].starts_with(":5:11: ")) << problems_[2];
}

TEST_F(configuration_test, warns_of_sinks_that_write_where_they_are_held) {
    (void)read(std::string("[inbox]\nengine = \"postgres\"\n[inbox.postgres]\nhosts = [\"db1\"]\n") +
               smallest + "[[sink]]\nname = \"disk\"\ntype = \"file\"\npath = \"" + folder_.file("events") +
               "\"\n");
    ASSERT_GE(problems_.size(), 1U);
    EXPECT_NE(problems_[0].find("sink \"disk\" writes on whichever machine holds it"), std::string::npos)
        << problems_[0];
}

TEST_F(configuration_test, reads_every_part) {
    const auto all = read(
        "[server]\nlisten = [\"[::1]:0\", \"unix:/tmp/x.sock\"]\n[admin]\nlisten = \"\"\n"
        "[inbox]\npath = \"" +
        folder_.file("inbox.db") + "\"\n" + smallest +
        "[[sink]]\nname = \"file\"\ntype = \"file\"\npath = \"" + folder_.file("events") +
        "\"\n"
        "retry = { initial = \"2s\", max = \"4s\", give_up_after = \"1h\" }\nrate = \"90/m\"\n"
        "[[route]]\nevents = [\"**\"]\nsinks = [\"file\"]\n");
    EXPECT_EQ(problems_, std::vector<std::string>());
    EXPECT_EQ(all.server.listen.size(), 2U);
    EXPECT_FALSE(all.admin.listen);
    ASSERT_EQ(all.sinks.size(), 1U);
    EXPECT_EQ(all.sinks[0].type, "file");
    EXPECT_EQ(all.sinks[0].retry.initial, std::chrono::seconds(2));
    EXPECT_EQ(all.sinks[0].retry.give_up_after, std::chrono::hours(1));
    EXPECT_EQ(all.sinks[0].rate, (delivery_rate{90, std::chrono::minutes(1)}));
    EXPECT_EQ(all.routes.size(), 1U);
    EXPECT_EQ(all.endpoints.size(), 1U);
}

TEST_F(configuration_test, reports_all_problems_in_one_go) {
    (void)read(std::string(R"([server]
listen = ["localhost:8080"]
trusted_proxies = ["10.0.0.0/99"]
max_body = "0"
header_timeout = "0s"
thread = 4
[admin]
listen = "0.0.0.0:9180"
[inbox]
engine = "postgers"
path = "/etc/passwd/inbox.db"
[log]
level = "inof"
[[sink]]
name = "a"
type = "fiel"
[[sink]]
name = "a"
type = "log"
concurrency = 99
retry = { initial = "10s", max = "1s" }
[[route]]
events = ["**"]
sinks = ["b"]
[servre]
)") + smallest);
    const std::vector<std::string> expected = {
        ":2:10: \"localhost:8080\" is no address to listen on: give an IP address and port such as "
        "\"127.0.0.1:8080\" or \"[::1]:8080\", or \"unix:/path\"",
        ":3:19: \"10.0.0.0/99\" is no address or network such as \"10.0.0.0/8\"",
        ":4:12: must be between 1 byte and 64MiB",
        ":5:18: a timeout of zero would refuse every request: give at least \"1ms\"",
        ":6:1: unknown key \"thread\" (did you mean \"threads\"?)",
        ":8:10: other machines can reach this address: set token_file, or listen on loopback or a unix "
        "socket",
        ":10:10: \"engine\" expects one of \"sqlite\" or \"postgres\", got \"postgers\" (did you mean "
        "\"postgres\"?)",
        ":11:8: the directory of \"/etc/passwd/inbox.db\" cannot be written to by this user",
        ":13:9: \"level\" expects one of \"trace\", \"debug\", \"info\", \"warn\", \"error\" or \"off\", got "
        "\"inof\" (did "
        "you mean \"info\"?)",
        ":16:8: \"type\" expects one of \"file\", \"log\", \"forward\", \"exec\", \"nats\" or \"postgres\", "
        "got \"fiel\" (did you "
        "mean "
        "\"file\"?)",
        ":18:8: another sink is named \"a\" already",
        ":20:15: \"concurrency\" must be 1, got 99",
        ":21:34: max is shorter than initial",
        ":24:9: no sink is named \"b\" (did you mean \"a\"?)",
        ":25:2: unknown key \"servre\" (did you mean \"server\"?)"};
    EXPECT_EQ(problems_, expected);
}

TEST_F(configuration_test, a_file_that_is_no_toml_is_one_problem) {
    (void)read("[server\nlisten = 5\n");
    ASSERT_EQ(problems_.size(), 1U);
    EXPECT_TRUE(problems_[0].starts_with(":1:8: ")) << problems_[0];
}

class tls_settings : public configuration_test {
protected:
    /// Keeps both where `read_tls` finds them.
    void keep(const std::string& certificate, const std::string& key) {
        write_file(folder_.file("certificate.pem"), certificate);
        write_file(folder_.file("key.pem"), key);
        std::filesystem::permissions(folder_.file("key.pem"), std::filesystem::perms(0600));
    }

    configuration read_tls(const std::string& more = "") {
        return read("[server.tls]\ncertificate = \"" + folder_.file("certificate.pem") +
                    "\"\nprivate_key = \"" + folder_.file("key.pem") + "\"\n" + more + "[inbox]\npath = \"" +
                    folder_.file("inbox.db") + "\"\n" + smallest);
    }

    const certificate shown_ = self_signed("DNS:localhost");
};

TEST_F(tls_settings, make_an_identity) {
    keep(shown_.pem(), shown_.key_pem());
    const auto all = read_tls();
    EXPECT_EQ(problems_, std::vector<std::string>());
    ASSERT_NE(all.server.tls, nullptr);
    EXPECT_GT(all.server.tls->ends(), now());
    EXPECT_EQ(all.secret_files, std::vector<std::string>{folder_.file("key.pem")});
}

TEST_F(tls_settings, are_wrong_where_a_file_is) {
    keep("no certificate", shown_.key_pem());
    (void)read_tls();
    EXPECT_EQ(problems_,
              std::vector<std::string>{":2:15: \"certificate\": the file holds no certificate in PEM form"});
    keep(shown_.pem(), "no key");
    (void)read_tls();
    EXPECT_EQ(problems_,
              std::vector<std::string>{":3:15: \"private_key\": the file holds no private key in PEM form"});
    keep(shown_.pem(), self_signed("DNS:localhost").key_pem());
    (void)read_tls();
    EXPECT_EQ(problems_, std::vector<std::string>{
                             ":3:15: \"private_key\": the file holds the key of another certificate"});
    std::filesystem::remove(folder_.file("certificate.pem"));
    std::filesystem::remove(folder_.file("key.pem"));
    (void)read_tls("keyy = 1\n");
    EXPECT_EQ(problems_,
              (std::vector<std::string>{":2:15: \"certificate\" names " + folder_.file("certificate.pem") +
                                            ", which cannot be read: No such file or directory",
                                        ":3:15: \"private_key\" names " + folder_.file("key.pem") +
                                            ", which cannot be read: No such file or directory",
                                        ":4:1: unknown key \"keyy\""}));
}

TEST_F(tls_settings, take_both_keys) {
    (void)read("[server.tls]\n[inbox]\npath = \"" + folder_.file("inbox.db") + "\"\n" + smallest);
    EXPECT_EQ(problems_, (std::vector<std::string>{
                             ":1:1: \"certificate\" is missing in [server.tls]; it takes a string",
                             ":1:1: \"private_key\" is missing in [server.tls]; it takes a string"}));
}

TEST_F(tls_settings, are_warned_of_where_stores_or_other_users_care) {
    const auto old = authority().expired_certificate_for("DNS:localhost");
    keep(old.pem(), old.key_pem());
    std::filesystem::permissions(folder_.file("key.pem"), std::filesystem::perms(0644));
    const auto all = read_tls();
    EXPECT_NE(all.server.tls, nullptr);
    ASSERT_EQ(problems_.size(), 2U);
    EXPECT_EQ(problems_[0].substr(0, 57),
              ":2:15: warning: the certificate has expired on " + to_date(all.server.tls->ends()));
    EXPECT_NE(problems_[1].find("chmod 600 " + folder_.file("key.pem")), std::string::npos);
}

}  // namespace

}  // namespace shopbell::test
