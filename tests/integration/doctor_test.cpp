#include "support/daemon.hpp"
#include "support/localhost.hpp"
#include "support/nginx.hpp"
#include "support/places.hpp"
#include "support/reserved_port.hpp"
#include "support/shop.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <ostream>
#include <set>

namespace shopbell::test {
namespace {

const std::string site = source_folder() + "/config/nginx-shopbell.conf";

/// Whether a line of the report begins so and has that text behind it.
bool has_line(const finished& report, std::string_view start, std::string_view text = {}) {
    for (std::size_t at = 0; at < report.output.size();) {
        const auto line = report.output.substr(at, report.output.find('\n', at) - at);
        if (line.starts_with(start) && line.find(text) != line.npos)
            return true;
        at += line.size() + 1;
    }
    return false;
}

/// A shop whose daemon listens on a unix socket, too, and is operated.
class doctor_command : public testing::Test {
protected:
    doctor_command() {
        place_.write_config(settings());
        daemon_.emplace(place_.config());
    }

    [[nodiscard]] shop_settings settings() const {
        shop_settings wanted;
        wanted.listen = "127.0.0.1:0\", \"unix:" + place_.file("http.sock");
        wanted.operated = true;
        return wanted;
    }

    [[nodiscard]] std::string upstream() const { return "unix:" + place_.file("http.sock"); }
    [[nodiscard]] std::string plain_url(std::string_view path = "") const {
        return "http://127.0.0.1:" + std::to_string(daemon_->port()) + std::string(path);
    }

    /// nginx with a site in which each of these texts stands in the place of the other.
    [[nodiscard]] std::unique_ptr<nginx> start_nginx(
        const std::vector<std::pair<std::string, std::string>>& changes = {}) const {
        auto text = read_file(site);
        for (const auto& [from, to] : changes) {
            const auto found = text.find(from);
            EXPECT_NE(found, text.npos) << from;
            text.replace(found, from.size(), to);
        }
        write_file(place_.file("site.conf"), text);
        return std::make_unique<nginx>(place_.file("site.conf"), upstream());
    }

    [[nodiscard]] finished examine(std::vector<std::string> arguments,
                                   const std::string& certificate = {}) const {
        command one;
        one.arguments = {shopbell_binary(), "--config", place_.config(), "doctor"};
        one.arguments.insert(one.arguments.end(), arguments.begin(), arguments.end());
        if (!certificate.empty())
            one.environment = {"SSL_CERT_FILE=" + certificate};
        return run_command(one);
    }
    [[nodiscard]] finished examine(const nginx& front, std::string_view path) const {
        return examine({"--url", front.url(path)}, front.certificate());
    }

    shop place_;
    std::optional<daemon> daemon_;
};

TEST_F(doctor_command, finds_a_running_shop_in_order) {
    const auto report = examine({});
    EXPECT_EQ(report.status.code, 0) << report.output << report.errors;
    for (const auto* const line :
         {"ok   user: ", "ok   inbox: ", "ok   inbox-space: ", "ok   inbox-integrity: ", "ok   daemon: ",
          "ok   listen unix:", "ok   sink events-file: ", "ok   sink log: ", "ok   backlog: "})
        EXPECT_TRUE(has_line(report, line)) << line << '\n' << report.output;
    EXPECT_EQ(report.output.find("fail"), report.output.npos) << report.output;
}

TEST_F(doctor_command, says_that_the_daemon_does_not_run_and_how_to_start_it) {
    daemon_->kill();
    const auto report = examine({});
    EXPECT_EQ(report.status.code, 1);
    EXPECT_TRUE(has_line(report, "fail daemon: ", "systemctl start shopbell")) << report.output;
    EXPECT_TRUE(has_line(report, "ok   inbox-integrity: ")) << report.output;
    daemon_.emplace(place_.config());
    EXPECT_EQ(examine({}).status.code, 0) << "the inbox is as usable as before";
}

TEST_F(doctor_command, exits_78_for_a_configuration_that_cannot_be_read) {
    write_file(place_.config(), "[server\n");
    const auto report = examine({"--json"});
    EXPECT_EQ(report.status.code, 78);
    const auto document = nlohmann::json::parse(report.output, nullptr, false);
    ASSERT_FALSE(document.is_discarded()) << report.output;
    EXPECT_EQ(document["checks"][0]["result"], "fail");
}

TEST_F(doctor_command, says_which_sink_is_out_of_reach_and_has_dead_letters) {
    auto wanted = settings();
    wanted.sinks =
        "[[sink]]\nname = \"crm\"\ntype = \"forward\"\nurl = \"http://127.0.0.1:1/hooks\"\n"
        "retry = { initial = \"1ms\", max = \"1ms\", give_up_after = \"1ms\" }\n"
        "[[route]]\nevents = [\"**\"]\nsinks = [\"crm\"]\n";
    daemon_.reset();
    place_.write_config(wanted);
    daemon_.emplace(place_.config());
    EXPECT_EQ(daemon_->send(usaepay_request("e1")).status, 200U);
    (void)daemon_->wait_for_log({"crm", "dead"});
    const auto report = examine({});
    EXPECT_EQ(report.status.code, 1);
    EXPECT_TRUE(has_line(report, "fail sink crm: connect to 127.0.0.1:1: Connection refused"))
        << report.output;
    EXPECT_TRUE(has_line(report, "warn backlog crm: 1 dead letter", "shopbell dead retry --sink crm"))
        << report.output;
}

TEST_F(doctor_command, sends_a_probe_to_every_endpoint_that_is_no_order) {
    const auto report = examine({"--url", plain_url(), "--json"});
    EXPECT_EQ(report.status.code, 0) << report.output;
    const auto document = nlohmann::json::parse(report.output, nullptr, false);
    ASSERT_FALSE(document.is_discarded()) << report.output;
    const auto came_through = std::ranges::count_if(
        document["checks"], [](const auto& one) { return one["check"] == "url" && one["result"] == "ok"; });
    EXPECT_EQ(came_through, 3) << report.output;
    EXPECT_NE(report.errors.find("may go to events-file, log"), std::string::npos) << report.errors;

    std::set<std::string> types;
    for (const auto& event : wait_for_events(place_.events(), 3)) {
        types.insert(event["type"]);
        EXPECT_FALSE(event["data"].contains("order")) << event;
    }
    EXPECT_EQ(types, (std::set<std::string>{"jumpseller.shopbell_probe", "ejunkie.shopbell_probe",
                                            "usaepay.shopbell_probe"}));
}

TEST_F(doctor_command, knows_another_daemon_that_takes_its_probe) {
    const shop other;
    const daemon elsewhere(other.config());
    const auto report =
        examine({"--url", "http://127.0.0.1:" + std::to_string(elsewhere.port()) + "/hooks/ejunkie"});
    EXPECT_EQ(report.status.code, 1);
    EXPECT_TRUE(has_line(report, "fail url ", "another daemon")) << report.output;
}

TEST_F(doctor_command, knows_a_daemon_that_was_not_reloaded) {
    auto text = read_file(place_.config());
    text.replace(text.find(hooks_token), hooks_token.size(), "a-new-token");
    write_file(place_.config(), text);
    const auto report = examine({"--url", plain_url("/hooks/jumpseller")});
    EXPECT_EQ(report.status.code, 1);
    EXPECT_TRUE(has_line(report, "fail url ", "systemctl reload shopbell")) << report.output;
}

TEST_F(doctor_command, finds_the_way_through_the_site_that_we_ship_in_order) {
    SKIP_WITHOUT_LOCALHOST();
    const auto front = start_nginx();
    const auto report = examine(*front, "");
    EXPECT_EQ(report.status.code, 0) << report.output << report.errors;
    for (const auto* const path : {"/hooks/jumpseller", "/hooks/ejunkie", "/hooks/usaepay"}) {
        EXPECT_TRUE(has_line(report, "ok   url " + front->url(path) + ": ", "headers and body"))
            << report.output;
        EXPECT_TRUE(has_line(report, "ok   url-size " + front->url(path) + ": a body of 1 MiB"))
            << report.output;
    }
}

struct wrong_site {
    const char* name;
    std::vector<std::pair<std::string, std::string>> changes;
    const char* line;
    const char* advice;
};

std::ostream& operator<<(std::ostream& out, const wrong_site& row) {
    return out << row.name;
}

class a_wrong_site : public doctor_command, public testing::WithParamInterface<wrong_site> {};

TEST_P(a_wrong_site, is_diagnosed_with_what_to_change) {
    SKIP_WITHOUT_LOCALHOST();
    const auto front = start_nginx(GetParam().changes);
    const auto report = examine(*front, "/hooks/jumpseller");
    EXPECT_EQ(report.status.code, 1);
    EXPECT_TRUE(has_line(report, GetParam().line, GetParam().advice)) << report.output << report.errors;
}

const std::string pass = "proxy_pass http://shopbell;";

INSTANTIATE_TEST_SUITE_P(
    sites, a_wrong_site,
    testing::Values(wrong_site{"passes_a_stranger_s_address_on",
                               {{"proxy_set_header X-Forwarded-For $remote_addr;", ""}},
                               "fail url-client ",
                               "proxy_protocol = true"},
                    wrong_site{"small_bodies",
                               {{"client_max_body_size 8m;", "client_max_body_size 8k;"}},
                               "fail url-size ",
                               "client_max_body_size"},
                    wrong_site{"path_changed",
                               {{pass, "proxy_pass http://shopbell/;"}},
                               "fail url ",
                               "proxy_pass without anything behind the name"},
                    wrong_site{"body_changed",
                               {{pass, pass + " proxy_set_body \"$request_body \";"}},
                               "fail url ",
                               "without the proxy: something on the way changes the body"},
                    wrong_site{"header_dropped",
                               {{pass, pass + " proxy_set_header Jumpseller-Triggered-At \"\";"}},
                               "fail url ",
                               "its header Jumpseller-Triggered-At"},
                    wrong_site{"signature_dropped",
                               {{pass, pass + " proxy_set_header Jumpseller-Hmac-Sha256 \"\";"}},
                               "fail url ",
                               "drops a header"},
                    wrong_site{"redirect",
                               {{pass, "return 301 https://www.example.com$request_uri;"}},
                               "fail url ",
                               "give the store that URL"},
                    wrong_site{"a_page", {{pass, "return 200 hello;"}}, "fail url ", "in its stead"},
                    wrong_site{"no_post", {{pass, "return 405;"}}, "fail url ", "(405)"},
                    wrong_site{"no_location",
                               {{"location ^~ /hooks/ {", "location ^~ /elsewhere/ {"}},
                               "fail url ",
                               "server_name"},
                    wrong_site{"password",
                               {{pass, pass + " auth_basic on; auth_basic_user_file /dev/null;"}},
                               "fail url ",
                               "auth_basic off"},
                    wrong_site{"a_stranger_chooses_the_client_s_address",
                               {{"proxy_set_header X-Forwarded-For $remote_addr;", ""}},
                               "fail url-client ",
                               "proxy_set_header X-Forwarded-For"},
                    wrong_site{"daemon_elsewhere",
                               {{pass, "proxy_pass http://unix:/nowhere/x.sock;"}},
                               "fail url ",
                               "(502)"}),
    [](const auto& row) { return row.param.name; });

TEST_F(doctor_command, notices_a_proxy_that_does_not_name_the_client) {
    SKIP_WITHOUT_LOCALHOST();
    const auto front = start_nginx(
        {{"proxy_set_header X-Forwarded-For $remote_addr;", "proxy_set_header X-Forwarded-For \"\";"},
         {"proxy_set_header X-Real-IP $remote_addr;", ""}});
    const auto report = examine(*front, "/hooks/jumpseller");
    EXPECT_EQ(report.status.code, 0) << report.output;
    EXPECT_TRUE(has_line(report, "warn url-client ", "its unix socket")) << report.output;
}

TEST_F(doctor_command, finds_a_proxy_that_adds_the_client_in_order) {
    SKIP_WITHOUT_LOCALHOST();
    const auto front = start_nginx({{"proxy_set_header X-Forwarded-For $remote_addr;",
                                     "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"}});
    const auto report = examine(*front, "/hooks/jumpseller");
    EXPECT_EQ(report.status.code, 0) << report.output;
    EXPECT_TRUE(has_line(report, "ok   url-client ")) << report.output;
}

TEST_F(doctor_command, says_what_a_url_without_a_scheme_lacks) {
    const auto report = examine({"--url", "hooks.example.com"});
    EXPECT_EQ(report.status.code, 2);
    EXPECT_NE(report.errors.find("--url https://hooks.example.com?"), std::string::npos) << report.errors;
}

TEST_F(doctor_command, does_not_speak_of_nginx_to_who_has_none) {
    const reserved_port port;
    auto wanted = settings();
    wanted.listen = "127.0.0.1:" + std::to_string(port.number());
    daemon_.reset();
    place_.write_config(wanted);
    daemon_.emplace(place_.config());
    for (const auto& url :
         {plain_url(), std::string("http://127.0.0.1:1/hooks/jumpseller"), plain_url("/elsewhere")}) {
        const auto report = examine({"--url", url, "--endpoint", "jumpseller"});
        EXPECT_EQ(report.output.find("nginx"), std::string::npos) << report.output;
        EXPECT_EQ(report.output.find("proxy_"), std::string::npos) << report.output;
        EXPECT_EQ(report.output.find("url-client"), std::string::npos) << "nobody is in between\n"
                                                                       << report.output;
    }
}

TEST_F(doctor_command, refuses_a_certificate_that_stores_refuse) {
    SKIP_WITHOUT_LOCALHOST();
    const auto front = start_nginx();
    const auto report = examine({"--url", front->url("/hooks/jumpseller")});
    EXPECT_EQ(report.status.code, 1);
    EXPECT_TRUE(has_line(report, "fail url ", "certificate")) << report.output;
}

TEST_F(doctor_command, knows_the_redirect_from_http_to_https) {
    SKIP_WITHOUT_LOCALHOST();
    const auto front = start_nginx();
    const auto report = examine({"--url", front->plain_url("/hooks/jumpseller")});
    EXPECT_EQ(report.status.code, 1);
    EXPECT_TRUE(has_line(report, "fail url ", "https://hooks.example.com/hooks/jumpseller")) << report.output;
}

}  // namespace
}  // namespace shopbell::test
