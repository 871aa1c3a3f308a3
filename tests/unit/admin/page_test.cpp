#include "../src/admin/page.hpp"

#include "../src/admin/access.hpp"
#include "../src/admin/page_files.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace shopbell::test {
namespace {

const std::string tag = '"' + std::string(page_hash()) + '"';

std::string at_hash(std::string_view path) {
    return "/page/" + std::string(page_hash()) + "/" + std::string(path);
}

http::response get(std::string path, headers fields = {}) {
    http::request_head head;
    head.method = "GET";
    head.path = std::move(path);
    head.fields = std::move(fields);
    return answer_page(head);
}

void expect_protected(const http::response& answer) {
    EXPECT_EQ(value_of(answer.fields, "Content-Security-Policy"),
              "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
              "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for "
              "'script'; trusted-types 'none'");
    EXPECT_EQ(value_of(answer.fields, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(value_of(answer.fields, "Referrer-Policy"), "no-referrer");
    EXPECT_EQ(value_of(answer.fields, "Cross-Origin-Opener-Policy"), "same-origin");
    EXPECT_EQ(value_of(answer.fields, "Cross-Origin-Resource-Policy"), "same-origin");
}

TEST(the_page, starts_with_what_its_hash_names_and_is_asked_for_anew) {
    const auto start = get("/");
    EXPECT_EQ(start.status, 200U);
    EXPECT_EQ(start.content_type, "text/html; charset=utf-8");
    EXPECT_EQ(value_of(start.fields, "Cache-Control"), "no-cache");
    EXPECT_EQ(value_of(start.fields, "ETag"), tag);
    EXPECT_EQ(value_of(start.fields, "Vary"), "Accept-Encoding");
    EXPECT_NE(start.body.find(at_hash("")), std::string::npos);
    EXPECT_EQ(start.body.find('@' + std::string("SHOPBELL")), std::string::npos);
    expect_protected(start);
}

TEST(the_page, is_not_sent_to_a_browser_that_has_it) {
    for (const auto& known : {tag, "W/" + tag, "\"other\" , " + tag, std::string("*")}) {
        const auto same = get("/", {{"If-None-Match", known}});
        EXPECT_EQ(same.status, 304U) << known;
        EXPECT_EQ(value_of(same.fields, "ETag"), tag);
        EXPECT_TRUE(same.body.empty());
    }
    EXPECT_EQ(get("/", {{"If-None-Match", "\"other\""}}).status, 200U);
    EXPECT_EQ(get("/", {{"If-None-Match", ""}}).status, 200U);
}

TEST(the_page, has_its_files_under_the_hash_for_ever) {
    ASSERT_EQ(page_hash().size(), 12U);
    ASSERT_FALSE(page_files().empty());
    for (const auto& file : page_files()) {
        if (file.path == "index.html")
            continue;
        const auto answer = get(at_hash(file.path));
        EXPECT_EQ(answer.status, 200U) << file.path;
        EXPECT_EQ(answer.body, file.plain);
        EXPECT_EQ(answer.content_type, file.content_type);
        EXPECT_EQ(value_of(answer.fields, "Cache-Control"), "public, max-age=31536000, immutable");
        EXPECT_EQ(count(answer.fields, "Content-Encoding"), 0U);
        expect_protected(answer);
    }
}

TEST(the_page, is_packed_for_who_unpacks_it) {
    for (const std::string accepted : {"gzip", "br, gzip;q=0.8", "deflate,GZIP ;q=1", "gzip;q=0.01"}) {
        const auto packed = get("/", {{"Accept-Encoding", accepted}});
        EXPECT_EQ(value_of(packed.fields, "Content-Encoding"), "gzip") << accepted;
        EXPECT_TRUE(packed.body.starts_with("\x1f\x8b")) << accepted;
        EXPECT_EQ(value_of(packed.fields, "Vary"), "Accept-Encoding");
    }
    for (const std::string refused : {"br", "gzip;q=0", "gzip; q=0.000", "identity", "", "xgzip", ",,"}) {
        const auto plain = get("/", {{"Accept-Encoding", refused}});
        EXPECT_EQ(count(plain.fields, "Content-Encoding"), 0U) << refused;
        EXPECT_TRUE(plain.body.starts_with("<!")) << refused;
    }
}

TEST(the_page, has_an_icon) {
    const auto icon = get("/favicon.ico");
    EXPECT_EQ(icon.status, 200U);
    EXPECT_EQ(icon.content_type, "image/svg+xml");
}

TEST(the_page, knows_no_other_path_and_no_other_version) {
    for (const auto& path : {at_hash("none.js"), at_hash(""), at_hash("index.html"), at_hash("../page.cpp"),
                             std::string("/page/000000000000/icon.svg"), std::string("/page/"),
                             std::string("/page/icon.svg"), "/page/" + std::string(page_hash())}) {
        const auto answer = get(path);
        EXPECT_EQ(answer.status, 404U) << path;
        EXPECT_EQ(value_of(answer.fields, "Cache-Control"), "no-store");
    }
}

unsigned access_to_page(headers fields, const secrets& tokens = {}, bool unix_socket = false) {
    http::request_head head;
    head.method = "GET";
    head.path = "/";
    head.fields = std::move(fields);
    const auto refused = refuse_page_access(head, tokens, unix_socket);
    return refused ? refused->status : 0;
}

TEST(access_to_the_page, is_open_to_navigations_from_other_sites_and_to_no_other_use_by_them) {
    const header host{"Host", "127.0.0.1:9180"};
    const header foreign{"Sec-Fetch-Site", "cross-site"};
    EXPECT_EQ(access_to_page({host}), 0U);
    EXPECT_EQ(access_to_page({host, {"Sec-Fetch-Site", "same-origin"}}), 0U);
    EXPECT_EQ(access_to_page({host, foreign, {"Sec-Fetch-Mode", "navigate"}}), 0U);
    EXPECT_EQ(access_to_page({host, foreign}), 403U);
    EXPECT_EQ(access_to_page({host, foreign, {"Sec-Fetch-Mode", "no-cors"}}), 403U);
    EXPECT_EQ(access_to_page({host, {"Sec-Fetch-Site", "same-site"}}), 403U);
    EXPECT_EQ(access_to_page({host, {"Origin", "http://evil.example"}}), 403U);

    http::request_head api;
    api.method = "GET";
    api.path = "/api/sinks";
    api.fields = {host, foreign, {"Sec-Fetch-Mode", "navigate"}};
    EXPECT_EQ(refuse_access(api, {}, false)->status, 403U);
}

TEST(access_to_the_page, needs_no_token_and_without_one_a_host_of_this_machine) {
    const secrets tokens = {secret("test-token")};
    EXPECT_EQ(access_to_page({{"Host", "127.0.0.1:9180"}}, tokens), 0U);
    EXPECT_EQ(access_to_page({{"Host", "ops.example"}}, tokens), 0U);
    EXPECT_EQ(access_to_page({{"Host", "ops.example"}}), 403U);
    EXPECT_EQ(access_to_page({}), 403U);
    EXPECT_EQ(access_to_page({{"Host", "shop"}}, {}, true), 0U);
    EXPECT_EQ(access_to_page({{"Host", "rebound.example"}, {"Sec-Fetch-Mode", "navigate"}}), 403U);
}

}  // namespace
}  // namespace shopbell::test
