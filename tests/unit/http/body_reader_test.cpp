#include "../src/http/body_reader.hpp"

#include <gtest/gtest.h>

namespace shopbell::http {
namespace {

using namespace std::string_literals;

constexpr body_limits limits{100, 50};
constexpr std::optional<std::uint64_t> chunked;

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
    body_reader reader(length, limits);
    read_body seen;
    for (std::size_t come = 0; come < bytes.size() && !reader.done();) {
        come = std::min(bytes.size(), come + piece);
        const auto taken = reader.take(bytes.substr(seen.taken, come - seen.taken));
        if (!taken)
            return {taken.error().status, false, "", 0};
        seen.taken += *taken;
    }
    seen.done = reader.done();
    seen.body = reader.body();
    return seen;
}

TEST(a_body, of_no_bytes_is_done_before_any_come) {
    EXPECT_TRUE(body_reader(0, limits).done());
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
