#include "../src/http/mismatch.hpp"

#include <gtest/gtest.h>

namespace shopbell::http {
namespace {

using namespace std::string_view_literals;

TEST(what_came_instead, of_a_request) {
    EXPECT_EQ(what_came_instead("\x16\x03\x01\x02"), mismatch::tls_on_plain_port);
    EXPECT_EQ(what_came_instead("\x16"), mismatch::tls_on_plain_port);
    EXPECT_EQ(what_came_instead("PROXY TCP4 203.0.113.7 10.0.0.1 1 2\r\n"),
              mismatch::unexpected_proxy_header);
    EXPECT_EQ(what_came_instead("PROXY UNKNOWN\r\n"), mismatch::unexpected_proxy_header);
    EXPECT_EQ(what_came_instead("\r\n\r\n\0\r\nQUIT\n\x21\x11"sv), mismatch::unexpected_proxy_header);
    EXPECT_EQ(what_came_instead("\0\r\nQUIT\n\x21\x11"sv), mismatch::unexpected_proxy_header)
        << "behind what was taken for empty lines";
    for (const auto other : {""sv, "PROXY /hooks HTTP/1.1\r\n"sv, "POST / HTTP/1.1\r\n"sv, "\0"sv, "x\x16"sv})
        EXPECT_EQ(what_came_instead(other), mismatch::none) << other;
}

TEST(what_came_instead, of_tls) {
    EXPECT_EQ(what_came_instead_of_tls("POST /hoo"), mismatch::plain_on_tls_port);
    EXPECT_EQ(what_came_instead_of_tls("OPTIONS *"), mismatch::plain_on_tls_port);
    EXPECT_EQ(what_came_instead_of_tls("OPTIO"), mismatch::plain_on_tls_port);
    EXPECT_EQ(what_came_instead_of_tls("PROXY"), mismatch::unexpected_proxy_header);
    EXPECT_EQ(what_came_instead_of_tls("PROXY TCP"), mismatch::unexpected_proxy_header);
    EXPECT_EQ(what_came_instead_of_tls("\r\n\r\n\0"sv), mismatch::unexpected_proxy_header);
    EXPECT_EQ(what_came_instead_of_tls("\r\n\r\n\0\r\nQU"sv), mismatch::unexpected_proxy_header);
    for (const auto other :
         {""sv, "\r\n"sv, "\r\n\r\n"sv, "P"sv, "\x16\x03\x01"sv, "SSH-2.0-O"sv, "\x80\x2e\x01"sv})
        EXPECT_EQ(what_came_instead_of_tls(other), mismatch::none) << other;
}

TEST(each_mismatch, has_its_own_words) {
    for (const auto what :
         {mismatch::tls_on_plain_port, mismatch::plain_on_tls_port, mismatch::unexpected_proxy_header,
          mismatch::no_proxy_header, mismatch::malformed_proxy_header})
        EXPECT_NE(describe(what), "");
    EXPECT_EQ(describe(mismatch::none), "");
}

}  // namespace
}  // namespace shopbell::http
