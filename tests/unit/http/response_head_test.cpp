#include "../src/http/response_head.hpp"

#include <gtest/gtest.h>

namespace shopbell::http {
namespace {

using std::chrono::sys_seconds;

sending usual() {
    sending how;
    how.request_id = "0123456789abcdef";
    how.date = "Sun, 06 Nov 1994 08:49:37 GMT";
    how.keep_alive = true;
    return how;
}

TEST(http_date, is_an_imf_fixdate) {
    EXPECT_EQ(http_date(sys_seconds(std::chrono::seconds(784111777))), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(http_date(sys_seconds(std::chrono::seconds(1795276305))), "Sat, 21 Nov 2026 15:51:45 GMT");
}

TEST(date_cache, follows_the_clock_both_ways) {
    date_cache dates;
    EXPECT_EQ(dates.text(sys_seconds(std::chrono::seconds(784111777))), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(dates.text(sys_seconds(std::chrono::seconds(784111778))), "Sun, 06 Nov 1994 08:49:38 GMT");
    EXPECT_EQ(dates.text(sys_seconds(std::chrono::seconds(784111777))), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(response_head, has_the_fields_of_every_answer) {
    EXPECT_EQ(response_head(response(200, R"({"a":1})"), usual()),
              "HTTP/1.1 200 OK\r\n"
              "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
              "Content-Type: application/json\r\n"
              "Content-Length: 7\r\n"
              "X-Request-Id: 0123456789abcdef\r\n\r\n");
}

TEST(response_head, says_when_the_connection_ends) {
    auto how = usual();
    how.keep_alive = false;
    EXPECT_NE(response_head(response(200, ""), how).find("Connection: close\r\n"), std::string::npos);
}

TEST(response_head, tells_an_old_client_that_it_may_go_on) {
    auto how = usual();
    how.http11 = false;
    EXPECT_NE(response_head(response(200, ""), how).find("Connection: keep-alive\r\n"), std::string::npos);
}

TEST(response_head, has_no_length_where_there_is_no_body) {
    EXPECT_EQ(response_head(response(204, ""), usual()).find("Content-"), std::string::npos);
}

TEST(response_head, lets_no_value_add_a_field) {
    response one(405, "");
    one.fields = {{"Allow", "POST"}, {"X-Evil", "a\r\nSet-Cookie: b"}};
    const auto head = response_head(one, usual());
    EXPECT_NE(head.find("Allow: POST\r\n"), std::string::npos);
    EXPECT_NE(head.find("X-Evil: a  Set-Cookie: b\r\n"), std::string::npos);
}

TEST(an_error, has_a_json_body_that_is_safe) {
    EXPECT_EQ(response::error(404, error_text(404)).body, R"({"error":"not found"})");
    EXPECT_EQ(response::error(400, "a \"b\"").body, R"({"error":"a \"b\""})");
}

TEST(an_error, has_a_text_for_every_status) {
    for (unsigned status = 400; status < 600; ++status)
        EXPECT_FALSE(error_text(status).empty()) << status;
}

}  // namespace
}  // namespace shopbell::http
