#include "server_fixture.hpp"
#include "support/eventually.hpp"

#include "../src/http/session.hpp"

#include <shopbell/core/json.hpp>

#include <sstream>

namespace shopbell::http {
namespace {

/// The log of a server to which anyone can send.
class a_flooded_log : public a_server {
protected:
    struct told {
        int lines = 0;
        int suppressed = 0;
        int summaries = 0;
    };

    void SetUp() override {
        lines_ = *log::open({log_level::debug, log_format::json, path_});
        settings_.refusals = {5, 1h, 1h};
    }

    /// What the log tells of a status; 0: of clients that left.
    told of(long long status) {
        told all;
        std::istringstream text(test::read_file(path_));
        for (std::string line; std::getline(text, line);) {
            const auto parsed = json::document::parse(line);
            const auto& root = parsed->root();
            const auto* const found = root.find("status");
            if ((found == nullptr ? "0" : found->text()) != std::to_string(status))
                continue;
            const auto* const missing = root.find("suppressed");
            ++(missing == nullptr ? all.lines : all.summaries);
            all.suppressed += missing == nullptr ? 0 : std::stoi(std::string(missing->text()));
        }
        return all;
    }

    /// Has everything written.
    void end() {
        server_.reset();
        lines_.reset();
    }

    test::temp_dir folder_;
    std::string path_ = folder_.file("log");
};

constexpr std::string_view scan = "GET /screened HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view genuine = "GET /genuine HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view not_http = "GET\r\n\r\n";

TEST_F(a_flooded_log, has_the_first_lines_and_the_number_of_the_others) {
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(ask(scan).status, 404U);
        EXPECT_EQ(ask(genuine).status, 200U);
    }
    for (int i = 0; i < 7; ++i)
        EXPECT_EQ(ask(not_http).status, 400U);
    end();
    EXPECT_EQ(of(404).lines, 5);
    EXPECT_EQ(of(404).suppressed, 15);
    EXPECT_EQ(of(400).lines, 5);
    EXPECT_EQ(of(400).suppressed, 2);
    EXPECT_EQ(of(200).lines, 20) << "what was served always has its line";
    EXPECT_EQ(of(200).summaries, 0);
}

TEST_F(a_flooded_log, says_what_is_missing_while_it_goes_on) {
    settings_.refusals = {1, 1h, 20ms};
    for (int i = 0; i < 10; ++i)
        (void)ask(scan);
    EXPECT_TRUE(test::eventually([this] { return of(404).suppressed == 9; }));
    end();
    EXPECT_EQ(of(404).suppressed, 9) << "nothing is told twice";
}

TEST_F(a_flooded_log, never_lacks_a_failure_of_ours) {
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(ask("GET /throws HTTP/1.1\r\nHost: a\r\n\r\n").status, 500U);
    end();
    EXPECT_EQ(of(500).lines, 20);
}

TEST_F(a_flooded_log, counts_clients_that_leave) {
    for (int i = 0; i < 8; ++i) {
        auto client = connect();
        client.send("GET / HT");
        client.finish();
        EXPECT_EQ(client.receive_all(), "");
    }
    end();
    EXPECT_EQ(of(0).lines, 5);
    EXPECT_EQ(of(0).suppressed, 3);
}

TEST_F(a_flooded_log, counts_no_line_that_its_level_leaves_out) {
    settings_.request_level = log_level::debug;
    lines_ = *log::open({log_level::info, log_format::json, path_});
    for (int i = 0; i < 20; ++i)
        (void)ask(scan);
    end();
    EXPECT_EQ(test::read_file(path_), "");
}

TEST(refusals, are_what_is_answered_for_the_fault_of_the_request) {
    for (const unsigned status :
         {0U, 400U, 401U, 403U, 404U, 405U, 408U, 411U, 413U, 415U, 417U, 431U, 501U, 505U})
        EXPECT_TRUE(is_client_fault(status)) << status;
    for (const unsigned status : {200U, 500U, 503U})
        EXPECT_FALSE(is_client_fault(status)) << status;
}

}  // namespace
}  // namespace shopbell::http
