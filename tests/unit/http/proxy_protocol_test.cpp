#include "../src/http/proxy_protocol.hpp"

#include <gtest/gtest.h>

namespace shopbell::http {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

const std::string signature = "\r\n\r\n\0\r\nQUIT\n"s;
const std::string inet = "\xcb\x00\x71\x07\x0a\x00\x00\x01\x12\x34\x01\xbb"s;  // 203.0.113.7 to 10.0.0.1
const std::string inet6 =
    "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07"s + std::string(16, '\x01') + "\x12\x34\x01\xbb";

/// Version 2, with that length or another one.
std::string block(char command, char family, const std::string& content, std::size_t length) {
    return signature + command + family + static_cast<char>(length >> 8U) +
           static_cast<char>(length & 0xffU) + content;
}

std::string block(char command, char family, const std::string& content) {
    return block(command, family, content, content.size());
}

struct outcome {
    std::size_t taken = 0;
    bool done = false;
    std::string source;
    unsigned status = 0;
    mismatch what = mismatch::none;
};

/// Gives the bytes in pieces of that size, each with what was left of the one before.
outcome read(std::string_view bytes, std::size_t piece) {
    proxy_header header;
    outcome seen;
    while (seen.taken < bytes.size() && !header.done()) {
        const auto taken = header.take(bytes.substr(seen.taken, piece));
        if (!taken) {
            seen.status = taken.error().status;
            seen.what = taken.error().what;
            return seen;
        }
        seen.taken += *taken;
        EXPECT_GT(*taken, 0U);
    }
    seen.done = header.done();
    seen.source = header.source() ? header.source()->to_string() : "";
    return seen;
}

struct header_row {
    const char* name;
    std::string bytes;
    std::string source;
};

class a_proxy_header : public testing::TestWithParam<header_row> {};

TEST_P(a_proxy_header, names_the_client_and_ends_where_the_request_begins) {
    const auto& row = GetParam();
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
        const auto seen = read(row.bytes + "\x16\x03\x01\n", piece);
        EXPECT_EQ(seen.status, 0U);
        EXPECT_TRUE(seen.done);
        EXPECT_EQ(seen.taken, row.bytes.size());
        EXPECT_EQ(seen.source, row.source);
    }
}

INSTANTIATE_TEST_SUITE_P(
    version_1, a_proxy_header,
    testing::Values(header_row{"tcp4", "PROXY TCP4 203.0.113.7 10.0.0.1 65535 0\r\n", "203.0.113.7"},
                    header_row{"tcp6", "PROXY TCP6 2001:db8::7 ::1 4711 443\r\n", "2001:db8::7"},
                    header_row{"mapped", "PROXY TCP6 ::ffff:203.0.113.7 ::ffff:10.0.0.1 1 2\r\n",
                               "203.0.113.7"},
                    header_row{"unknown", "PROXY UNKNOWN\r\n", ""},
                    header_row{"unknown_with_more", "PROXY UNKNOWN ffff::1 ::2 65535 65535\r\n", ""},
                    header_row{"as_long_as_can_be",
                               "PROXY UNKNOWN ffff:f...f:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 "
                               "65535 abcdefgh ijklmnopqrs\r\n",
                               ""}),
    [](const auto& row) { return std::string(row.param.name); });

INSTANTIATE_TEST_SUITE_P(
    version_2, a_proxy_header,
    testing::Values(header_row{"tcp4", block('\x21', '\x11', inet), "203.0.113.7"},
                    header_row{"tcp6", block('\x21', '\x21', inet6), "2001:db8::7"},
                    header_row{"mapped",
                               block('\x21', '\x21',
                                     "\0\0\0\0\0\0\0\0\0\0\xff\xff\xcb\0\x71\x07"s + std::string(20, '\0')),
                               "203.0.113.7"},
                    header_row{"with_more_behind_the_addresses",
                               block('\x21', '\x11',
                                     inet + "\x02\0\x0b"
                                            "example.com\n\r\n"s),
                               "203.0.113.7"},
                    header_row{"padded", block('\x21', '\x11', inet + std::string(4084, '\x04')),
                               "203.0.113.7"},
                    header_row{"local", block('\x20', '\0', ""), ""},
                    header_row{"local_with_addresses", block('\x20', '\x11', inet), ""},
                    header_row{"local_of_any_family", block('\x20', '\xff', "\n\n\n"), ""},
                    header_row{"unspecified", block('\x21', '\0', ""), ""},
                    header_row{"a_unix_socket", block('\x21', '\x31', std::string(216, 'x')), ""},
                    header_row{"datagrams", block('\x21', '\x12', inet), ""}),
    [](const auto& row) { return std::string(row.param.name); });

struct refusal_row {
    const char* name;
    std::string bytes;
    mismatch what = mismatch::malformed_proxy_header;
};

class no_proxy_header : public testing::TestWithParam<refusal_row> {};

TEST_P(no_proxy_header, is_refused) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{100'000}}) {
        const auto seen = read(GetParam().bytes, piece);
        EXPECT_EQ(seen.status, 400U);
        EXPECT_EQ(seen.what, GetParam().what);
    }
}

INSTANTIATE_TEST_SUITE_P(
    kinds, no_proxy_header,
    testing::Values(refusal_row{"a_request", "POST / HTTP/1.1\r\n", mismatch::no_proxy_header},
                    refusal_row{"tls", "\x16\x03\x01", mismatch::no_proxy_header},
                    refusal_row{"another_case", "proxy TCP4", mismatch::no_proxy_header},
                    refusal_row{"another_signature", "\r\n\r\n\0\r\nQUIX"s, mismatch::no_proxy_header},
                    refusal_row{"empty_lines", "\r\n\r\n\r\n", mismatch::no_proxy_header},
                    refusal_row{"a_name", "PROXY TCP4 localhost 10.0.0.1 1 2\r\n"},
                    refusal_row{"another_family", "PROXY TCP4 2001:db8::7 ::1 1 2\r\n"},
                    refusal_row{"a_zone", "PROXY TCP6 fe80::1%lo ::1 1 2\r\n"},
                    refusal_row{"a_large_port", "PROXY TCP4 203.0.113.7 10.0.0.1 65536 2\r\n"},
                    refusal_row{"no_port", "PROXY TCP4 203.0.113.7 10.0.0.1 1\r\n"},
                    refusal_row{"a_port_too_many", "PROXY TCP4 203.0.113.7 10.0.0.1 1 2 3\r\n"},
                    refusal_row{"two_spaces", "PROXY TCP4  203.0.113.7 10.0.0.1 1 2\r\n"},
                    refusal_row{"another_protocol", "PROXY UDP4 203.0.113.7 10.0.0.1 1 2\r\n"},
                    refusal_row{"a_lone_lf", "PROXY TCP4 203.0.113.7 10.0.0.1 1 2\n"},
                    refusal_row{"too_long", "PROXY UNKNOWN " + std::string(100, 'x')},
                    refusal_row{"too_long_by_one", "PROXY UNKNOWN " + std::string(92, 'x') + "\r\n"},
                    refusal_row{"an_old_version", block('\x11', '\x11', inet)},
                    refusal_row{"an_unknown_command", block('\x22', '\x11', inet)},
                    refusal_row{"an_unknown_family", block('\x21', '\x41', inet)},
                    refusal_row{"an_unknown_transport", block('\x21', '\x13', inet)},
                    refusal_row{"too_short_for_tcp4", block('\x21', '\x11', inet.substr(0, 11))},
                    refusal_row{"too_short_for_tcp6", block('\x21', '\x21', inet)},
                    refusal_row{"too_short_for_a_unix_socket", block('\x21', '\x31', inet)},
                    refusal_row{"too_large", block('\x21', '\x11', inet, 4097)},
                    refusal_row{"far_too_large", block('\x20', '\0', "", 65535)}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(a_proxy_header_in_part, is_not_done) {
    for (const auto& whole : {"PROXY TCP4 203.0.113.7 10.0.0.1 1 2\r\n"s, block('\x21', '\x11', inet)}) {
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const auto seen = read(whole.substr(0, size), size);
            EXPECT_EQ(seen.status, 0U);
            EXPECT_FALSE(seen.done);
        }
    }
}

}  // namespace
}  // namespace shopbell::http
