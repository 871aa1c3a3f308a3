#include "../src/http/request_parser.hpp"

#include <gtest/gtest.h>

namespace shopbell::http {
namespace {

using namespace std::string_literals;

constexpr std::size_t max_head = 4096;
constexpr body_limits limits{100, 50};
constexpr std::optional<std::uint64_t> chunked;

struct line_row {
    const char* name;
    std::string_view line;
    unsigned refused;
};

class a_request_line : public testing::TestWithParam<line_row> {};

TEST_P(a_request_line, is_taken_apart_or_refused) {
    const auto section = std::string(GetParam().line) + "\r\n\r\n";
    request_parser parser(max_head);
    const auto length = parser.take_head(section);
    EXPECT_EQ(length ? 0 : length.error().status, GetParam().refused);
    if (length) {
        EXPECT_EQ(*length, section.size());
        EXPECT_EQ(parser.head().method, "POST");
        EXPECT_EQ(parser.head().target, "/x");
        EXPECT_EQ(parser.head().http11, GetParam().line.ends_with("1.1"));
    }
}

INSTANTIATE_TEST_SUITE_P(
    lines, a_request_line,
    testing::Values(
        line_row{"http11", "POST /x HTTP/1.1", 0}, line_row{"http10", "POST /x HTTP/1.0", 0},
        line_row{"http12", "POST /x HTTP/1.2", 505}, line_row{"http20", "PRI * HTTP/2.0", 505},
        line_row{"http09", "GET /x", 400}, line_row{"lower_case", "GET /x http/1.1", 400},
        line_row{"more_digits", "GET /x HTTP/1.10", 400}, line_row{"no_digit", "GET /x HTTP/1.", 400},
        line_row{"space_behind", "GET /x HTTP/1.1 ", 400}, line_row{"space_before", " GET /x HTTP/1.1", 400},
        line_row{"two_spaces", "GET  /x HTTP/1.1", 400}, line_row{"four_words", "GET /x y HTTP/1.1", 400},
        line_row{"tab_in_the_target", "GET /x\ty HTTP/1.1", 400},
        line_row{"method_that_is_no_token", "G(T /x HTTP/1.1", 400}, line_row{"only_a_word", "GET", 400},
        line_row{"nothing", "", 400}),
    [](const auto& row) { return row.param.name; });

struct field_row {
    const char* name;
    std::string_view line;
    std::optional<header> field;
};

class a_field : public testing::TestWithParam<field_row> {};

TEST_P(a_field, is_a_name_a_colon_and_a_value) {
    const auto section = "GET / HTTP/1.1\r\n" + std::string(GetParam().line) + "\r\n\r\n";
    request_parser parser(max_head);
    const auto length = parser.take_head(section);
    ASSERT_EQ(length.has_value(), GetParam().field.has_value());
    if (!length) {
        EXPECT_EQ(length.error().status, 400U);
        return;
    }
    ASSERT_EQ(parser.head().fields.size(), 1U);
    EXPECT_EQ(parser.head().fields[0].name, GetParam().field->name);
    EXPECT_EQ(parser.head().fields[0].value, GetParam().field->value);
}

INSTANTIATE_TEST_SUITE_P(lines, a_field,
                         testing::Values(field_row{"usual", "A: b c", header{"A", "b c"}},
                                         field_row{"no_space", "A:b", header{"A", "b"}},
                                         field_row{"white_space_around", "A: \t b \t", header{"A", "b"}},
                                         field_row{"empty", "A:", header{"A", ""}},
                                         field_row{"only_white_space", "A: \t", header{"A", ""}},
                                         field_row{"another_colon", "A: b:c", header{"A", "b:c"}},
                                         field_row{"above_ascii", "A: \xc3\xa9", header{"A", "\xc3\xa9"}},
                                         field_row{"space_before_the_colon", "A : b", std::nullopt},
                                         field_row{"no_name", ": b", std::nullopt},
                                         field_row{"no_colon", "A", std::nullopt},
                                         field_row{"name_above_ascii", "\xc3\xa9: b", std::nullopt}),
                         [](const auto& row) { return row.param.name; });

std::string framed_head(std::optional<std::uint64_t> length) {
    const auto framing =
        length ? "Content-Length: " + std::to_string(*length) : std::string("Transfer-Encoding: chunked");
    return "POST / HTTP/1.1\r\nHost: a\r\n" + framing + "\r\n\r\n";
}

/// A parser that has taken such a head.
void take_framing(request_parser& parser, std::optional<std::uint64_t> length) {
    const auto head = framed_head(length);
    ASSERT_EQ(*parser.take_head(head), head.size());
    parser.limit_body(limits);
}

/// What came of a body, and how many of the bytes were its.
struct read_body {
    unsigned refused = 0;
    bool done = false;
    std::string body;
    std::size_t taken = 0;

    friend bool operator==(const read_body&, const read_body&) = default;
    friend std::ostream& operator<<(std::ostream& out, const read_body& one) {
        return out << one.refused << ' ' << one.done << " \"" << one.body << "\" of " << one.taken;
    }
};

/// Hands the bytes over as a connection would, in pieces of that size.
read_body read_in_pieces(std::optional<std::uint64_t> length, std::string_view bytes, std::size_t piece) {
    request_parser reader(max_head);
    take_framing(reader, length);
    read_body seen;
    for (std::size_t come = 0; come < bytes.size() && !reader.done();) {
        come = std::min(bytes.size(), come + piece);
        const auto taken = reader.take_body(bytes.substr(seen.taken, come - seen.taken));
        if (!taken)
            return {taken.error().status, false, "", 0};
        seen.taken += *taken;
    }
    seen.done = reader.done();
    seen.body = reader.body();
    return seen;
}

TEST(a_body, of_no_bytes_is_done_before_any_come) {
    request_parser parser(max_head);
    take_framing(parser, 0);
    EXPECT_TRUE(parser.done());
}

TEST(a_body, of_a_length_ends_there) {
    const read_body wanted{0, true, "hello", 5};
    for (const std::size_t piece : {1U, 2U, 100U})
        EXPECT_EQ(read_in_pieces(5, "helloPOST /", piece), wanted);
}

TEST(a_body, that_is_not_whole_waits) {
    const read_body wanted{0, false, "hel", 3};
    EXPECT_EQ(read_in_pieces(5, "hel", 100), wanted);
}

/// Lists of options that Beast does not understand, and framing that it refuses: the rules decide.
TEST(a_head, is_read_whole_whatever_beast_makes_of_it) {
    const std::string section =
        "POST /x HTTP/1.1\r\nConnection: @\r\nHost: a\r\nProxy-Connection: close;\r\nContent-Length: 2\r\n"
        "A: b\r\nConnection: close\r\n\r\n";
    request_parser parser(max_head);
    ASSERT_EQ(*parser.take_head(section), section.size());
    EXPECT_EQ(parser.head().method, "POST");
    EXPECT_EQ(parser.head().target, "/x");
    EXPECT_EQ(parser.head().fields.size(), 6U);
    EXPECT_EQ(value_of(parser.head().fields, "A"), "b");
    EXPECT_EQ(count(parser.head().fields, "Connection"), 2U);
    const auto facts = check_head(parser.head(), 100);
    ASSERT_TRUE(facts);
    EXPECT_FALSE(facts->keep_alive);
    parser.limit_body(limits);
    EXPECT_EQ(*parser.take_body("hi!"), 2U);
    EXPECT_TRUE(parser.done());
    EXPECT_EQ(parser.body(), "hi");
}

TEST(a_head, with_framing_that_beast_refuses_is_complete_and_has_no_body) {
    for (const std::string framing :
         {"Content-Length: 99999999999999999999", "Content-Length: 5\r\nContent-Length: 6",
          "Content-Length: 5\r\nTransfer-Encoding: chunked",
          "Transfer-Encoding: chunked\r\nContent-Length: 5", "Connection: @\r\nContent-Length: x",
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"}) {
        const auto section = "POST / HTTP/1.1\r\n" + framing + "\r\nHost: a\r\n\r\n";
        request_parser parser(max_head);
        ASSERT_TRUE(parser.take_head(section)) << framing;
        EXPECT_EQ(count(parser.head().fields, "Host"), 1U) << framing;
        EXPECT_FALSE(check_head(parser.head(), 100)) << framing;
        EXPECT_FALSE(parser.take_body("hello")) << framing;
    }
}

TEST(a_head, behind_a_malformed_field_is_refused) {
    for (const std::string lines : {"Connection: @\r\nA : b", "Content-Length: x\r\nA : b", "A : b"}) {
        request_parser parser(max_head);
        const auto taken = parser.take_head("POST / HTTP/1.1\r\n" + lines + "\r\n\r\n");
        EXPECT_EQ(taken ? 0U : taken.error().status, 400U) << lines;
    }
}

struct chunks_row {
    const char* name;
    std::string bytes;
    std::string body;
    std::size_t behind = 0;  ///< bytes that are not of the body
};

class a_chunked_body : public testing::TestWithParam<chunks_row> {};

TEST_P(a_chunked_body, is_read_however_it_comes) {
    const auto& row = GetParam();
    const read_body wanted{0, true, row.body, row.bytes.size() - row.behind};
    for (std::size_t piece = 1; piece <= row.bytes.size(); ++piece)
        EXPECT_EQ(read_in_pieces(chunked, row.bytes, piece), wanted) << "in pieces of " << piece;
}

TEST_P(a_chunked_body, is_not_done_a_byte_earlier) {
    const auto& row = GetParam();
    const auto bytes = row.bytes.substr(0, row.bytes.size() - row.behind - 1);
    const auto seen = read_in_pieces(chunked, bytes, bytes.size());
    EXPECT_EQ(seen.refused, 0U);
    EXPECT_FALSE(seen.done);
}

INSTANTIATE_TEST_SUITE_P(
    chunks, a_chunked_body,
    testing::Values(chunks_row{"none", "0\r\n\r\n", ""},
                    chunks_row{"one", "5\r\nhello\r\n0\r\n\r\n", "hello"},
                    chunks_row{"two", "2\r\nhe\r\n003\r\nllo\r\n000\r\n\r\n", "hello"},
                    chunks_row{"what_looks_like_the_end", "5\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n"},
                    chunks_row{"with_a_request_behind", "1\r\nx\r\n0\r\n\r\nPOST / HTTP/1.1\r\n", "x", 17},
                    chunks_row{"extensions", "1;a;b=c ; d = \"e;\\\"\"\r\nx\r\n0;f\r\n\r\n", "x"},
                    chunks_row{"trailers", "1\r\nx\r\n0\r\nA: b\r\nC:\r\n\r\n", "x"},
                    chunks_row{"as_much_as_allowed", "64\r\n" + std::string(100, 'x') + "\r\n0\r\n\r\n",
                               std::string(100, 'x')},
                    chunks_row{"extensions_as_long_as_allowed",
                               "1;" + std::string(64, 'a') + "\r\nx\r\n0\r\n\r\n", "x"}),
    [](const auto& row) { return row.param.name; });

struct refused_row {
    const char* name;
    std::string bytes;
    unsigned status = 400;
};

class a_chunked_body_that_is_wrong : public testing::TestWithParam<refused_row> {};

TEST_P(a_chunked_body_that_is_wrong, is_refused_however_it_comes) {
    const auto& row = GetParam();
    const read_body wanted{row.status, false, "", 0};
    for (std::size_t piece = 1; piece <= row.bytes.size(); ++piece)
        EXPECT_EQ(read_in_pieces(chunked, row.bytes, piece), wanted) << "in pieces of " << piece;
}

INSTANTIATE_TEST_SUITE_P(
    chunks, a_chunked_body_that_is_wrong,
    testing::Values(refused_row{"no_size", "\r\n"}, refused_row{"minus", "-1\r\n"},
                    refused_row{"plus", "+1\r\n"}, refused_row{"prefix", "0x1\r\n"},
                    refused_row{"space_before", " 1\r\n"}, refused_row{"space_behind", "1 \r\n"},
                    refused_row{"lf", "1\n"}, refused_row{"cr", "1\rx"},
                    refused_row{"longer_than_it_says", "1\r\nxy"}, refused_row{"lf_behind", "1\r\nx\n"},
                    refused_row{"cr_behind", "1\r\nx\ry"}, refused_row{"empty_extension", "1;\r\n"},
                    refused_row{"extension_without_value", "1;a=\r\n"},
                    refused_row{"extension_without_semicolon", "1 a\r\n"},
                    refused_row{"open_quote", "1;a=\"b\r\n"}, refused_row{"open_backslash", "1;a=\"b\\\r\n"},
                    refused_row{"lf_in_quotes", "1;a=\"\n\"\r\n"},
                    refused_row{"nul_in_quotes", "1;a=\"\0\"\r\n"s}, refused_row{"too_large", "65\r\n", 413},
                    refused_row{"too_large_together", "32\r\n" + std::string(50, 'x') + "\r\n33\r\n", 413},
                    refused_row{"beyond_64_bits", "10000000000000001\r\n", 413},
                    refused_row{"too_long_an_extension", "1;" + std::string(80, 'a')},
                    refused_row{"too_many_zeros", std::string(80, '0')},
                    refused_row{"too_long_extensions_together",
                                "1;" + std::string(40, 'a') + "\r\nx\r\n1;" + std::string(40, 'a') + "\r\n"},
                    refused_row{"too_long_trailers", "0\r\nA: " + std::string(80, 'a'), 431},
                    refused_row{"too_long_with_the_extensions",
                                "0;" + std::string(50, 'a') + "\r\nA: " + std::string(40, 'a'), 431},
                    refused_row{"folded_trailer", "0\r\nA: b\r\n c\r\n\r\n"},
                    refused_row{"trailer_without_colon", "0\r\nA\r\n\r\n"},
                    refused_row{"space_before_the_colon", "0\r\nA : b\r\n\r\n"},
                    refused_row{"length_in_a_trailer", "0\r\ncontent-length: 1\r\n\r\n"},
                    refused_row{"coding_in_a_trailer", "0\r\nTransfer-Encoding: chunked\r\n\r\n"},
                    refused_row{"lf_in_a_trailer", "0\r\nA: b\n\r\n"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace shopbell::http
