#include "workshop.hpp"

#include <shopbell/cli/check.hpp>
#include <shopbell/cli/exit_status.hpp>
#include <shopbell/core/json.hpp>

#include <gtest/gtest.h>

#include <sstream>

namespace shopbell {
namespace {

using test::printed;
using test::workshop;

printed check_file(const std::string& path, bool json = false) {
    std::ostringstream out;
    std::ostringstream err;
    const int status = check(path, json, out, err);
    return {status, out.str(), err.str()};
}

constexpr auto sinks_and_routes = R"([[sink]]
name = "diary"
type = "log"
[[route]]
name = "all of it"
events = ["*.order.*", "**"]
endpoints = ["main-shop"]
sinks = ["diary"]
)";

TEST(check, says_ok_and_what_would_be_served) {
    const workshop shop(R"(["127.0.0.1:8080", "unix:/run/x.sock"])", sinks_and_routes);
    const auto run = check_file(shop.config());
    EXPECT_EQ(run.status, exit_done);
    EXPECT_EQ(run.out,
              "ok\n"
              "listen 127.0.0.1:8080\n"
              "listen unix:/run/x.sock\n"
              "admin 127.0.0.1:9180\n"
              "inbox " +
                  shop.file("inbox.db") +
                  "\n"
                  "endpoint main-shop: POST /hooks/jumpseller from jumpseller\n"
                  "endpoint second-shop: POST /hooks/second from jumpseller\n"
                  "endpoint downloads: POST /hooks/ejunkie from ejunkie\n"
                  "endpoint cards: POST /hooks/usaepay from usaepay\n"
                  "sink diary: log\n"
                  "route all of it: *.order.*, ** of main-shop to diary\n");
}

TEST(check, prints_warnings_with_their_place) {
    const workshop shop;
    const auto run = check_file(shop.config());
    EXPECT_TRUE(
        run.err.starts_with(shop.config() + ":9:15: warning: \"hooks_token\" is in the file itself; "))
        << run.err;
    EXPECT_EQ(run.err.find("problem"), std::string::npos);
}

TEST(check, never_prints_a_secret) {
    const workshop shop;
    for (const bool json : {false, true}) {
        const auto run = check_file(shop.config(), json);
        for (const auto* hidden :
             {"test-hooks-token", "6b6833aca1f51dc7ca84723dba452a79", "test-signature-key"})
            EXPECT_EQ((run.out + run.err).find(hidden), std::string::npos);
    }
}

TEST(check, prints_every_problem_with_its_place_and_how_many) {
    const workshop shop(R"("127.0.0.1:8080")", "[[sink]]\nname = \"x\"\ntype = \"fil\"\n");
    const auto run = check_file(shop.config());
    EXPECT_EQ(run.status, exit_configuration);
    EXPECT_EQ(run.out, "");
    EXPECT_NE(run.err.find(shop.config() + ":2:10: \"listen\" expects an array of strings, got a string\n"),
              std::string::npos)
        << run.err;
    EXPECT_NE(run.err.find(":27:8: \"type\" expects one of \"file\", \"log\", \"forward\", \"exec\", "
                           "\"nats\" or \"postgres\", got \"fil\" "
                           "(did you mean \"file\"?)\n"),
              std::string::npos)
        << run.err;
    EXPECT_TRUE(run.err.ends_with("\n2 problems\n")) << run.err;
}

TEST(check, counts_one_problem_as_one) {
    const auto run = check_file("/nowhere/shopbell.toml");
    EXPECT_EQ(run.status, exit_configuration);
    EXPECT_EQ(run.err, "/nowhere/shopbell.toml: cannot be read: No such file or directory\n1 problem\n");
}

TEST(check, as_json_is_one_document) {
    const workshop shop(R"(["127.0.0.1:8080"])", sinks_and_routes);
    const auto run = check_file(shop.config(), true);
    EXPECT_EQ(run.status, exit_done);
    EXPECT_EQ(run.err, "");
    const auto document = json::document::parse(run.out);
    ASSERT_TRUE(document) << run.out;
    const auto& root = document->root();
    EXPECT_EQ(root.at("/ok")->text(), "true");
    EXPECT_EQ(root.at("/problems/0/severity")->text(), "warning");
    EXPECT_EQ(root.at("/problems/0/line")->text(), "9");
    EXPECT_EQ(root.at("/problems/0/column")->text(), "15");
    EXPECT_EQ(root.at("/problems/0/file")->text(), shop.config());
    EXPECT_EQ(root.at("/listen/0")->text(), "127.0.0.1:8080");
    EXPECT_EQ(root.at("/endpoints/2")->raw(),
              R"({"name":"downloads","path":"/hooks/ejunkie","provider":"ejunkie"})");
    EXPECT_EQ(root.at("/sinks/0")->raw(), R"({"name":"diary","type":"log"})");
    EXPECT_EQ(root.at("/routes/0/sinks")->raw(), R"(["diary"])");
}

TEST(check, as_json_of_a_bad_file_is_one_document_too) {
    const auto run = check_file("/nowhere/shopbell.toml", true);
    EXPECT_EQ(run.status, exit_configuration);
    EXPECT_EQ(run.err, "");
    EXPECT_EQ(run.out,
              "{\"ok\":false,\"problems\":[{\"file\":\"/nowhere/shopbell.toml\",\"line\":0,\"column\":0,"
              "\"severity\":\"error\",\"message\":\"cannot be read: No such file or directory\"}]}\n");
}

}  // namespace
}  // namespace shopbell
