#pragma once

#include "request_rules.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shopbell::http {

/// What a body may take.
struct body_limits {
    std::uint64_t data = 0;  ///< bytes of the body itself
    std::size_t extra = 0;   ///< bytes of all chunk extensions and trailers together
};

/// Reads one request out of bytes as they arrive: Beast's parser behind a guard, which hands it no line
/// before it is whole. What Beast 1.81 is too lenient or too strict about, or does not tell apart, with a
/// case of tests/integration/http_cases.cpp for each:
///
/// * It unfolds lines that begin with a blank. `head_scanner` (field_cases, folded_with_a_space)
/// * It has one error for a line and for a section that are too long. `head_scanner`: 414, 431
/// * It takes any target without blanks. `check_head` (target_cases, a_fragment)
/// * It does not look at Host and Expect. `check_head` (host_cases and expectation_cases, twice...)
/// * It takes a list as a Content-Length. `check_head` (content_length_cases, a_list_of_equals)
/// * It takes another coding than chunked for no body, and reads the body as the next request; and chunked
///   behind another, or in HTTP/1.0. `check_head` (transfer_encoding_cases, gzip, gzip_then_chunked)
/// * It has one error for a length that is no number and one that is too large, in the head and in a chunk.
///   `check_head`, `take_size_line`: 400, 413 (two_to_the_64th; chunk_cases, of_17_digits)
/// * It has one error for what is no version and for another one. `parse_head`: 400, 505 (http_2_0)
/// * It refuses a list of Connection that is none, which the RFC passes over. `parse_without_options`
///   (connection_cases, that_is_no_token)
/// * It takes chunk extensions of any length, takes control bytes in their quotes, and waits for more where
///   a quote does not close. `whole_size_line` (an_extension_of_200_kb, a_nul_in_a_quoted_value,
///   a_quote_that_does_not_close)
/// * It adds trailers to the header fields, and unfolds them. `take_trailers`: it never sees any
///   (trailer_cases, the_true_signature_announced)
///
/// Extensions and trailers mean nothing to us, but only well-formed ones pass: where a line ends in the eyes
/// of a proxy before us decides where the next request begins. No I/O.
class request_parser final : private boost::beast::http::basic_parser<true> {
public:
    /// `max_head`: bytes that the header section may take.
    explicit request_parser(std::size_t max_head);

    /// `bytes` is all that has come so far. The length of the header section, or 0: not yet.
    [[nodiscard]] checked<std::size_t> take_head(std::string_view bytes);

    /// What `take_head` has read. The views are of the bytes that it was given.
    [[nodiscard]] raw_head& head() noexcept { return head_; }

    /// Before the body is taken.
    void limit_body(body_limits limits) noexcept { limits_ = limits; }

    /// Takes what it can of the body from the front: how many bytes that were. What is left comes again next
    /// time, with more behind it. Throws std::bad_alloc where there is no memory for the body. Precondition:
    /// `check_head` has passed the head.
    [[nodiscard]] checked<std::size_t> take_body(std::string_view bytes);

    [[nodiscard]] bool done() const noexcept { return is_done() && !trailers_; }
    [[nodiscard]] std::string& body() noexcept { return body_; }

private:
    using error_code = boost::system::error_code;
    using beast_view = boost::beast::string_view;
    using beast_length = boost::optional<std::uint64_t>;
    using field = boost::beast::http::field;
    using verb = boost::beast::http::verb;

    std::optional<refusal> parse_head(std::string_view section);
    std::optional<refusal> parse_without_options(std::string_view section);
    std::optional<refusal> add_fields(std::string_view lines);
    checked<std::size_t> take_part(std::string_view bytes);
    checked<std::size_t> take_size_line(std::string_view bytes);
    checked<std::size_t> take_trailers(std::string_view bytes);
    checked<std::size_t> parse_body(std::string_view bytes);
    [[nodiscard]] checked<std::optional<std::string_view>> whole_size_line(std::string_view bytes) const;

    void on_request_impl(verb, beast_view method, beast_view target, int version, error_code&) override;
    void on_response_impl(int, beast_view, int, error_code&) override {}
    void on_field_impl(field, beast_view name, beast_view value, error_code&) override;
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const beast_length& length, error_code&) override;
    std::size_t on_body_impl(beast_view bytes, error_code&) override;
    void on_chunk_header_impl(std::uint64_t size, beast_view extensions, error_code& error) override;
    std::size_t on_chunk_body_impl(std::uint64_t left, beast_view bytes, error_code&) override;
    void on_finish_impl(error_code&) override {}

    head_scanner scanner_;
    raw_head head_;
    body_limits limits_;
    std::string body_;
    std::uint64_t chunk_left_ = 0;
    bool in_chunks_ = false;                ///< behind the first size line
    std::optional<head_scanner> trailers_;  ///< behind the last one
};

}  // namespace shopbell::http
