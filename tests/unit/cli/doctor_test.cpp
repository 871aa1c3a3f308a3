#include <shopbell/cli/doctor.hpp>

#include "operator_fixture.hpp"

#include <shopbell/core/json.hpp>

#include <sys/stat.h>

namespace shopbell {
namespace {

using test::printed;

/// A configuration that is in order, its inbox, and the daemon's admin interface when it is started. Nobody
/// listens for stores.
class the_doctor : public test::operator_test {
protected:
    the_doctor() {
        test::write_file(secret(), "token");
        ::chmod(secret().c_str(), 0600);
        test::write_file(config(), "[server]\nlisten = [\"unix:" + folder_.file("http.sock") +
                                       "\"]\n[admin]\nlisten = \"unix:" + socket() +
                                       "\"\n[inbox]\nmin_free = \"1\"\n" + "path = \"" +
                                       folder_.file("inbox.db") + "\"\n" + R"([[endpoint]]
name = "shop"
path = "/hooks"
provider = "jumpseller"
hooks_token_file = ")" + secret() + R"("
[[sink]]
name = "disk"
type = "file"
path = ")" + folder_.file("events.jsonl") +
                                       R"("
[[sink]]
name = "crm"
type = "exec"
command = ["/bin/true"]
[[route]]
events = ["**"]
sinks = ["disk", "crm"]
)");
    }

    [[nodiscard]] std::string secret() const { return folder_.file("token"); }

    printed examine(const doctor_options& options = {}, bool json = false) {
        std::ostringstream out, err;
        const int status = doctor(config(), options, {out, err, json});
        return {status, out.str(), err.str()};
    }
};

bool has_line(const printed& report, const std::string& start) {
    for (const auto& line : test::lines_of(report.out)) {
        if (line.starts_with(start))
            return true;
    }
    return false;
}

TEST_F(the_doctor, looks_at_everything_and_fails_where_the_stores_find_nobody) {
    start();
    const auto report = examine();
    EXPECT_EQ(report.status, exit_failed);
    EXPECT_EQ(report.err, "");
    for (const auto* const line :
         {"ok   configuration: ", "ok   user: ", "ok   secrets: ", "ok   inbox: ", "ok   inbox-space: ",
          "ok   inbox-integrity: ", "ok   daemon: ", "ok   sink disk: ", "ok   sink crm: ",
          "warn backlog disk: is stopped"})  // this daemon has no deliveries
        EXPECT_TRUE(has_line(report, line)) << line << "\n" << report.out;
    EXPECT_TRUE(has_line(report, "fail listen unix:")) << report.out;
}

TEST_F(the_doctor, of_a_stopped_daemon_reads_its_inbox) {
    put(1);
    const auto dead = put(2);
    settle("disk");
    settle("crm", {dead});
    inbox_.reset();
    const auto report = examine();
    EXPECT_EQ(report.status, exit_failed);
    EXPECT_TRUE(has_line(report, "fail daemon: it does not run")) << report.out;
    EXPECT_TRUE(has_line(report, "ok   inbox-integrity: ")) << report.out;
    EXPECT_TRUE(has_line(report, "warn backlog crm: 1 dead letter")) << report.out;
}

TEST_F(the_doctor, without_an_inbox_yet_goes_on) {
    inbox_.reset();
    for (const auto* const name : {"inbox.db", "inbox.db-wal", "inbox.db-shm"})
        std::filesystem::remove(folder_.file(name));
    const auto report = examine();
    EXPECT_TRUE(has_line(report, "warn inbox: there is none at ")) << report.out;
    EXPECT_TRUE(has_line(report, "ok   sink disk: ")) << report.out;
    EXPECT_FALSE(has_line(report, "ok   inbox-integrity")) << report.out;
    EXPECT_FALSE(std::filesystem::exists(folder_.file("inbox.db"))) << "it was made";
}

TEST_F(the_doctor, says_what_is_open_to_others) {
    start();
    ::chmod(secret().c_str(), 0640);
    ::chmod(folder_.file("inbox.db").c_str(), 0644);
    const auto report = examine();
    EXPECT_TRUE(has_line(report, "warn configuration " + config() + ":")) << report.out;
    EXPECT_TRUE(has_line(report, "warn inbox: " + folder_.file("inbox.db") + " is open to other users"))
        << report.out;
    EXPECT_NE(report.out.find("chmod 600"), std::string::npos) << report.out;
}

TEST_F(the_doctor, leaves_nothing_behind) {
    start();
    (void)examine();
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
        EXPECT_EQ(entry.path().filename().string().find("doctor"), std::string::npos) << entry.path();
    EXPECT_FALSE(std::filesystem::exists(folder_.file("events.jsonl")));
}

TEST_F(the_doctor, as_json_is_one_document) {
    start();
    const auto report = examine({}, true);
    EXPECT_EQ(report.status, exit_failed);
    const auto document = json::document::parse(report.out);
    ASSERT_TRUE(document) << report.out;
    const auto& root = document->root();
    EXPECT_EQ(root.at("/ok")->text(), "false");
    EXPECT_EQ(root.at("/checks/0/check")->text(), "configuration");
    for (const auto& one : root.find("checks")->elements()) {
        const auto how = one.find("result")->text();
        EXPECT_TRUE(how == "ok" || one.find("advice") != nullptr) << one.raw();
    }
}

TEST_F(the_doctor, prints_no_secret) {
    start();
    test::write_file(secret(), "a-secret-token");
    const auto report = examine();
    EXPECT_EQ((report.out + report.err).find("a-secret-token"), std::string::npos);
}

TEST_F(the_doctor, looks_at_nothing_else_where_the_configuration_cannot_be_used) {
    std::filesystem::remove(secret());
    for (const bool json : {false, true}) {
        const auto report = examine({}, json);
        EXPECT_EQ(report.status, exit_configuration);
        EXPECT_NE(report.out.find("hooks_token_file"), std::string::npos) << report.out;
        EXPECT_EQ(report.out.find("inbox"), std::string::npos) << report.out;
        EXPECT_TRUE(!json || json::document::parse(report.out)) << report.out;
    }
}

TEST_F(the_doctor, says_how_to_get_at_systemd_s_credentials) {
    auto text = test::read_file(config());
    const auto line = "hooks_token_file = \"" + secret() + '"';
    text.replace(text.find(line), line.size(), "hooks_token_credential = \"token\"");
    test::write_file(config(), text);
    const auto report = examine();
    EXPECT_EQ(report.status, exit_configuration);
    EXPECT_NE(report.out.find("CREDENTIALS_DIRECTORY=/run/credentials/shopbell.service shopbell doctor"),
              std::string::npos)
        << report.out;
}

TEST_F(the_doctor, refuses_a_way_to_nowhere_before_it_looks_at_anything) {
    const auto report = examine({.url = "https://shop.example/elsewhere"});
    EXPECT_EQ(report.status, exit_usage);
    EXPECT_EQ(report.out, "");
    EXPECT_TRUE(report.err.starts_with("shopbell doctor: no endpoint has the path /elsewhere")) << report.err;
}

TEST_F(the_doctor, is_a_command) {
    start();
    const auto report = run_shopbell({"doctor", "--json"});
    EXPECT_EQ(report.status, exit_failed);
    EXPECT_TRUE(json::document::parse(report.out)) << report.out;
    const auto wrong = run_shopbell({"doctor", "--endpoint", "shop"});
    EXPECT_EQ(wrong.status, exit_usage) << wrong.err;
    const auto help = run_shopbell({"doctor", "--help"});
    EXPECT_EQ(help.status, exit_done);
    EXPECT_NE(help.out.find("shopbell_probe"), std::string::npos) << help.out;
}

}  // namespace
}  // namespace shopbell
