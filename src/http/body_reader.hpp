#pragma once

#include "request_rules.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shopbell::http {

/// What a body may take.
struct body_limits {
    std::uint64_t data;  ///< bytes of the body itself
    std::size_t extra;   ///< bytes of all chunk extensions and trailers together
};

/// Takes a request's body out of bytes as they arrive (RFC 9112, sections 6 and 7.1). No I/O.
///
///   chunked-body = *( size-line data CRLF ) last-size-line trailers CRLF
///   size-line    = 1*HEXDIG *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] ) CRLF
///
/// Extensions and trailers mean nothing to us and are thrown away, but only well-formed ones: where a line
/// ends in the eyes of whoever stands before us decides where the next request begins.
class body_reader {
public:
    /// `length`: nothing for a chunked body.
    body_reader(std::optional<std::uint64_t> length, body_limits limits);

    /// Takes what it can from the front: how many bytes that were. What is left comes again next time, with
    /// more behind it. Throws std::bad_alloc where there is no memory for the body.
    [[nodiscard]] checked<std::size_t> take(std::string_view bytes);

    [[nodiscard]] bool done() const noexcept { return next_ == part::nothing; }
    [[nodiscard]] std::string& body() noexcept { return body_; }

private:
    enum class part : unsigned char { size_line, data, end_of_data, trailers, nothing };

    checked<std::size_t> take_part(std::string_view bytes);
    checked<std::size_t> take_size_line(std::string_view bytes);
    std::size_t take_data(std::string_view bytes);
    checked<std::size_t> take_trailers(std::string_view bytes);
    std::optional<refusal> begin_chunk(std::string_view line);

    const bool chunked_;
    body_limits limits_;
    part next_;
    std::uint64_t left_;  ///< of the data, or of the chunk
    std::string body_;
    std::optional<head_scanner> trailers_;
};

}  // namespace shopbell::http
