#include "../src/http/request_rules.hpp"

#include "support/random_seed.hpp"

#include "../src/http/grammar.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace shopbell::http {
namespace {

using namespace std::string_view_literals;

/// Short texts of bytes on both sides of each bound that decides.
TEST(a_control_byte, is_found_where_it_stands) {
    std::mt19937 random(test::random_seed());
    constexpr std::string_view bytes = "\0\t\n\x1f !a\x7e\x7f\x80\x9f\xa0\xff"sv;
    for (int i = 0; i < 20'000; ++i) {
        std::string text(random() % 40, ' ');
        for (auto& c : text)
            c = random() % 8 == 0 ? bytes[random() % bytes.size()] : "ab \xc3"[random() % 4];
        const auto from = random() % (text.size() + 1);
        const auto wanted =
            std::find_if(text.begin() + static_cast<std::ptrdiff_t>(from), text.end(), is_control);
        ASSERT_EQ(find_control(text, from), static_cast<std::size_t>(wanted - text.begin()))
            << testing::PrintToString(text) << " from " << from;
    }
}

struct section_row {
    const char* name;
    std::string_view bytes;
    std::size_t length;  ///< 0: not complete
    unsigned refused = 0;
};

class a_header_section : public testing::TestWithParam<section_row> {};

TEST_P(a_header_section, ends_at_its_blank_line_or_is_refused) {
    const auto& row = GetParam();
    const auto found = head_scanner(64).scan(row.bytes);
    EXPECT_EQ(found ? 0U : found.error().status, row.refused);
    EXPECT_EQ(found ? *found : 0, row.length);
}

TEST_P(a_header_section, is_judged_alike_byte_by_byte) {
    const auto& row = GetParam();
    head_scanner scanner(64);
    for (std::size_t size = 1; size <= row.bytes.size(); ++size) {
        const auto found = scanner.scan(row.bytes.substr(0, size));
        if (!found) {
            EXPECT_EQ(found.error().status, row.refused);
            return;
        }
        if (*found > 0) {
            EXPECT_EQ(*found, row.length);
            return;
        }
    }
    EXPECT_EQ(row.refused, 0U);
    EXPECT_EQ(row.length, 0U);
}

const std::string at_the_limit = "GET / HTTP/1.1\r\nA: " + std::string(64 - 23, 'x') + "\r\n\r\n";
const std::string over_the_limit = "GET / HTTP/1.1\r\nA: " + std::string(64 - 22, 'x') + "\r\n\r\n";

INSTANTIATE_TEST_SUITE_P(
    bytes, a_header_section,
    testing::Values(section_row{"whole", "GET / HTTP/1.1\r\nA: b\r\n\r\n", 24},
                    section_row{"with_more_behind_it", "GET / HTTP/1.1\r\n\r\nbody\n\0"sv, 18},
                    section_row{"not_yet", "GET / HTTP/1.1\r\nA: b\r\n", 0},
                    section_row{"between_cr_and_lf", "GET / HTTP/1.1\r", 0},
                    section_row{"a_tab_in_a_value", "GET / HTTP/1.1\r\nA: b\tc\r\n\r\n", 26},
                    section_row{"bytes_above_ascii", "GET / HTTP/1.1\r\nA: \xc3\xa9\r\n\r\n", 25},
                    section_row{"folded_with_a_space", "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", 0, 400},
                    section_row{"folded_with_a_tab", "GET / HTTP/1.1\r\nA: b\r\n\tc\r\n\r\n", 0, 400},
                    section_row{"space_before_the_first_field", "GET / HTTP/1.1\r\n A: b\r\n\r\n", 0, 400},
                    section_row{"nul", "GET / HTTP/1.1\r\nA: b\0c\r\n\r\n"sv, 0, 400},
                    section_row{"delete", "GET / HTTP/1.1\r\nA: b\x7f\r\n\r\n", 0, 400},
                    section_row{"vertical_tab", "GET / HTTP/1.1\r\nA: \vb\r\n\r\n", 0, 400},
                    section_row{"bare_lf", "GET / HTTP/1.1\nA: b\n\n", 0, 400},
                    section_row{"bare_cr", "GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", 0, 400},
                    section_row{"cr_cr_lf", "GET / HTTP/1.1\r\r\n\r\n", 0, 400},
                    section_row{"tls", "\x16\x03\x01\x02", 0, 400},
                    section_row{"exactly_the_limit", at_the_limit, 64},
                    section_row{"one_more", over_the_limit, 0, 431}),
    [](const auto& row) { return row.param.name; });

TEST(a_section_without_end, is_414_in_its_request_line_and_431_behind_it) {
    const auto refused_as = [](std::string_view bytes) {
        return head_scanner(64).scan(bytes).error().status;
    };
    EXPECT_EQ(refused_as("GET /" + std::string(100, 'x')), 414U);
    EXPECT_EQ(refused_as("GET / HTTP/1.1\r\nA: " + std::string(100, 'x')), 431U);
}

TEST(a_trailer_section, may_be_empty) {
    head_scanner scanner(64, head_scanner::begins::at_a_field);
    EXPECT_EQ(*scanner.scan("\r"), 0U);
    EXPECT_EQ(*scanner.scan("\r\n"), 2U);
}

TEST(a_section_without_end, is_431_where_it_begins_with_a_field) {
    head_scanner scanner(64, head_scanner::begins::at_a_field);
    EXPECT_EQ(scanner.scan("A: " + std::string(100, 'x')).error().status, 431U);
}

constexpr std::uint64_t limit = 1000;

checked<head_facts> check(std::string_view method, std::string_view target, bool http11,
                          const headers& fields) {
    return check_head(raw_head{method, target, http11, fields}, limit);
}

struct target_row {
    const char* name;
    std::string_view target;
    std::string_view path;  ///< empty: refused
    std::string_view query = {};
};

class a_target : public testing::TestWithParam<target_row> {};

TEST_P(a_target, is_a_path_or_an_absolute_url) {
    const auto facts = check("GET", GetParam().target, true, {{"Host", "a.example"}});
    EXPECT_EQ(facts ? facts->path : "", GetParam().path);
    EXPECT_EQ(facts ? facts->query : "", GetParam().query);
    EXPECT_EQ(facts ? 0 : facts.error().status, GetParam().path.empty() ? 400 : 0);
}

INSTANTIATE_TEST_SUITE_P(
    forms, a_target,
    testing::Values(target_row{"path", "/hooks/x", "/hooks/x"},
                    target_row{"query_is_cut", "/hooks/x?a=/b?c", "/hooks/x", "a=/b?c"},
                    target_row{"empty_query", "/x?", "/x"},
                    target_row{"nothing_is_normalised", "//a/../%2e/b", "//a/../%2e/b"},
                    target_row{"absolute", "http://b.example:80/hooks?x", "/hooks", "x"},
                    target_row{"absolute_https", "HTTPS://b.example/hooks", "/hooks"},
                    target_row{"absolute_without_path", "http://b.example", "/"},
                    target_row{"absolute_with_only_a_query", "http://b.example?x", "/", "x"},
                    target_row{"absolute_ipv6", "http://[::1]:80/x", "/x"}, target_row{"asterisk", "*", ""},
                    target_row{"authority", "a.example:443", ""}, target_row{"no_host", "http:///x", ""},
                    target_row{"user", "http://u@b.example/x", ""}, target_row{"fragment", "/x#y", ""},
                    target_row{"relative", "hooks/x", ""},
                    target_row{"another_scheme", "ftp://b.example/x", ""}),
    [](const auto& row) { return row.param.name; });

struct head_row {
    const char* name;
    unsigned refused;
    headers fields;
    bool http11 = true;
    std::string_view method = "POST";
};

class a_head : public testing::TestWithParam<head_row> {};

TEST_P(a_head, is_served_or_refused) {
    const auto& row = GetParam();
    const auto facts = check(row.method, "/hooks", row.http11, row.fields);
    EXPECT_EQ(facts ? 0 : facts.error().status, row.refused);
}

const header host{"Host", "a.example"};
const header length{"Content-Length", "5"};
const header in_chunks{"Transfer-Encoding", "chunked"};

INSTANTIATE_TEST_SUITE_P(
    hosts, a_head,
    testing::Values(head_row{"one", 0, {host, length}},
                    head_row{"with_port", 0, {{"host", "a.example:8080"}, length}},
                    head_row{"ipv6", 0, {{"Host", "[::1]:80"}, length}}, head_row{"none", 400, {length}},
                    head_row{"two", 400, {host, host, length}},
                    head_row{"empty", 400, {{"Host", ""}, length}},
                    head_row{"with_a_path", 400, {{"Host", "a.example/x"}, length}},
                    head_row{"with_a_space", 400, {{"Host", "a.example b"}, length}},
                    head_row{"joined", 400, {{"Host", "a.example,b.example"}, length}},
                    head_row{"port_that_is_none", 400, {{"Host", "a.example:x"}, length}},
                    head_row{"ipv6_not_closed", 400, {{"Host", "[::1"}, length}},
                    head_row{"a_name_in_brackets", 400, {{"Host", "[a.example]"}, length}},
                    head_row{"ipv6_with_a_zone", 400, {{"Host", "[fe80::1%lo]"}, length}},
                    head_row{"percent_encoded", 0, {{"Host", "caf%C3%A9.example"}, length}},
                    head_row{"half_percent_encoded", 400, {{"Host", "a%4.example"}, length}},
                    head_row{"a_percent_at_the_end", 400, {{"Host", "a%"}, length}},
                    head_row{"not_needed_in_1_0", 0, {length}, false},
                    head_row{"two_in_1_0", 400, {host, host, length}, false}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    framing, a_head,
    testing::Values(head_row{"length", 0, {host, length}}, head_row{"chunks", 0, {host, in_chunks}},
                    head_row{"chunks_in_capitals", 0, {host, {"transfer-encoding", "CHUNKED"}}},
                    head_row{"post_without_either", 411, {host}},
                    head_row{"get_without_either", 0, {host}, true, "GET"},
                    head_row{"both", 400, {host, length, in_chunks}},
                    head_row{"chunks_in_1_0", 400, {host, in_chunks}, false},
                    head_row{"two_lengths", 400, {host, length, {"content-length", "6"}}},
                    head_row{"the_same_length_twice", 400, {host, length, length}},
                    head_row{"a_list_of_lengths", 400, {host, {"Content-Length", "5, 5"}}},
                    head_row{"negative", 400, {host, {"Content-Length", "-1"}}},
                    head_row{"plus", 400, {host, {"Content-Length", "+5"}}},
                    head_row{"hex", 400, {host, {"Content-Length", "0x5"}}},
                    head_row{"empty_length", 400, {host, {"Content-Length", ""}}},
                    head_row{"at_the_limit", 0, {host, {"Content-Length", "1000"}}},
                    head_row{"over_the_limit", 413, {host, {"Content-Length", "1001"}}},
                    head_row{"beyond_numbers", 413, {host, {"Content-Length", "99999999999999999999"}}}),
    [](const auto& row) { return row.param.name; });

head_row coding(const char* name, unsigned refused, const char* value) {
    return {name, refused, {host, {"Transfer-Encoding", value}}};
}

INSTANTIATE_TEST_SUITE_P(
    transfer_codings, a_head,
    testing::Values(coding("gzip", 501, "gzip"), coding("identity", 501, "identity"),
                    coding("gzip_then_chunked", 501, "gzip, chunked"),
                    coding("almost_chunked", 501, "xchunked"), coding("quoted", 501, "\"chunked\""),
                    coding("with_a_parameter", 501, "chunked;a=b"),
                    coding("chunked_not_last", 400, "chunked, identity"),
                    coding("chunked_twice", 400, "chunked, chunked"), coding("empty", 400, ""),
                    coding("empty_element", 400, "chunked,"), coding("empty_first", 400, ",chunked"),
                    head_row{"on_two_lines", 400, {host, {"Transfer-Encoding", "gzip"}, in_chunks}}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    expectations, a_head,
    testing::Values(head_row{"to_continue", 0, {host, length, {"Expect", "100-Continue"}}},
                    head_row{"of_another_kind", 417, {host, length, {"Expect", "200-ok"}}},
                    head_row{
                        "two", 417, {host, length, {"Expect", "100-continue"}, {"Expect", "100-continue"}}},
                    head_row{"not_in_1_0", 0, {host, length, {"Expect", "200-ok"}}, false}),
    [](const auto& row) { return row.param.name; });

TEST(head_facts, tell_how_the_body_comes) {
    EXPECT_EQ(check("POST", "/", true, {host, length})->content_length, 5U);
    EXPECT_EQ(check("POST", "/", true, {host, in_chunks})->content_length, std::nullopt);
    EXPECT_EQ(check("GET", "/", true, {host})->content_length, 0U);
}

TEST(head_facts, give_a_post_without_length_no_body_where_none_is_demanded) {
    const headers fields{host};
    const auto facts = check_head(raw_head{"POST", "/", true, fields}, limit, false);
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->content_length, 0U);
    EXPECT_EQ(check_head(raw_head{"POST", "/", true, fields}, limit).error().status, 411U);
}

TEST(head_facts, tell_who_waits_for_100_continue) {
    const header expect{"Expect", "100-continue"};
    EXPECT_TRUE(check("POST", "/", true, {host, length, expect})->expects_continue);
    EXPECT_FALSE(check("POST", "/", false, {host, length, expect})->expects_continue);
    EXPECT_FALSE(check("POST", "/", true, {host, length})->expects_continue);
}

struct connection_row {
    const char* name;
    bool http11;
    headers fields;
    bool keep_alive;
};

class a_connection : public testing::TestWithParam<connection_row> {};

TEST_P(a_connection, goes_on_where_both_sides_want_it) {
    auto fields = GetParam().fields;
    fields.push_back(host);
    EXPECT_EQ(check("GET", "/", GetParam().http11, fields)->keep_alive, GetParam().keep_alive);
}

header connection(const char* options) {
    return {"Connection", options};
}

INSTANTIATE_TEST_SUITE_P(
    options, a_connection,
    testing::Values(connection_row{"http11", true, {}, true}, connection_row{"http10", false, {}, false},
                    connection_row{"close", true, {connection("CLOSE")}, false},
                    connection_row{"close_among_others", true, {connection("a, ,close ,b")}, false},
                    connection_row{
                        "close_on_a_second_line", true, {connection("a"), connection("close")}, false},
                    connection_row{"almost_close", true, {connection("closed")}, true},
                    connection_row{"http10_keep_alive", false, {connection("Keep-Alive")}, true},
                    connection_row{"http10_both", false, {connection("keep-alive, close")}, false},
                    connection_row{"of_a_proxy", true, {{"Proxy-Connection", "close"}}, true},
                    connection_row{"http10_of_a_proxy", false, {{"Proxy-Connection", "keep-alive"}}, false}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace shopbell::http
