#include "support/curl.hpp"
#include "support/daemon.hpp"
#include "support/shop.hpp"

#include <gtest/gtest.h>

// The inspector's page as a browser gets it from the running program.

namespace shopbell::test {
namespace {

class page_of_a_daemon : public ::testing::Test {
protected:
    page_of_a_daemon() { place.write_config({.operated = true, .sinks = place.file_and_log()}); }

    /// What curl prints for that path.
    [[nodiscard]] std::string get(const std::string& path, std::vector<std::string> more = {}) const {
        std::vector<std::string> arguments = {"--silent", "--show-error", "--unix-socket",
                                              place.file("admin.sock")};
        arguments.insert(arguments.end(), more.begin(), more.end());
        arguments.push_back("http://localhost" + path);
        const auto finished = run_curl(std::move(arguments));
        EXPECT_EQ(finished.status.code, 0) << finished.errors;
        return finished.output;
    }

    shop place;
};

TEST_F(page_of_a_daemon, comes_packed_and_plain_as_the_same_bytes) {
    const daemon running(place.config());
    const auto plain = get("/");
    EXPECT_NE(plain.find("<html"), std::string::npos) << plain;
    EXPECT_EQ(get("/", {"--compressed"}), plain);
    const auto begin = plain.find("/page/");
    ASSERT_NE(begin, std::string::npos);
    const auto icon = plain.substr(begin, std::string("/page/0123456789ab/").size()) + "icon.svg";
    EXPECT_NE(get(icon).find("<svg"), std::string::npos);
    EXPECT_EQ(get(icon, {"--compressed"}), get(icon));
}

TEST_F(page_of_a_daemon, answers_head_not_modified_and_wrong_methods) {
    const daemon running(place.config());
    const auto head = get("/", {"--head"});
    EXPECT_TRUE(head.starts_with("HTTP/1.1 200")) << head;
    EXPECT_NE(head.find("Content-Length: " + std::to_string(get("/").size())), std::string::npos) << head;
    const auto tag_begin = head.find("ETag: ");
    ASSERT_NE(tag_begin, std::string::npos);
    const auto tag = head.substr(tag_begin + 6, head.find('\r', tag_begin) - tag_begin - 6);
    const auto unchanged = get("/", {"--include", "--header", "If-None-Match: " + tag});
    EXPECT_TRUE(unchanged.starts_with("HTTP/1.1 304")) << unchanged;
    EXPECT_TRUE(unchanged.ends_with("\r\n\r\n")) << unchanged;
    const auto post = get("/", {"--include", "--request", "POST"});
    EXPECT_TRUE(post.starts_with("HTTP/1.1 405")) << post;
    EXPECT_NE(post.find("Allow: GET, HEAD"), std::string::npos) << post;
}

}  // namespace
}  // namespace shopbell::test
