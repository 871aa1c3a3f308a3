#pragma once

#include "support/store.hpp"

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell::test {

/// What becomes of the connection after the last answer to a case's own bytes.
enum class ending {
    keeps,   ///< it stays: the request that came right behind is answered
    closes,  ///< the server ends it: what came behind is neither answered nor stored
    silence  ///< the client ends it (half-close) with the request unfinished: the server just closes
};

/// One thing that a client can say. But for what its name says, it is a genuine webhook that is accepted.
struct http_case {
    std::string name;
    std::string section;            ///< of the RFC that decides, "9112 5.1"
    std::string request;            ///< as sent, with the marks that `fill_in` knows
    std::vector<unsigned> answers;  ///< to these bytes alone
    ending after = ending::keeps;
    std::string why = {};  ///< where the RFC leaves a choice, or we are stricter than it: our reason
};

/// Called by GoogleTest, hence its name.
void PrintTo(const http_case& one, std::ostream* out);

/// A genuine webhook of 171 bytes (0xab: two hexadecimal digits, both letters).
[[nodiscard]] store_request genuine_webhook(std::string_view event_id);

/// Puts that webhook's parts where the marks are:
///   {signature} {body} {size} {hex} {HEX}, and for two chunks {first} (five bytes), {rest} and {rest hex}
[[nodiscard]] std::string fill_in(std::string request, const store_request& webhook);

[[nodiscard]] std::vector<http_case> request_line_cases();
[[nodiscard]] std::vector<http_case> method_cases();
[[nodiscard]] std::vector<http_case> version_cases();
[[nodiscard]] std::vector<http_case> target_cases();
[[nodiscard]] std::vector<http_case> host_cases();
[[nodiscard]] std::vector<http_case> field_cases();
[[nodiscard]] std::vector<http_case> content_length_cases();
[[nodiscard]] std::vector<http_case> transfer_encoding_cases();
[[nodiscard]] std::vector<http_case> chunk_cases();
[[nodiscard]] std::vector<http_case> trailer_cases();
[[nodiscard]] std::vector<http_case> expectation_cases();
[[nodiscard]] std::vector<http_case> connection_cases();
[[nodiscard]] std::vector<http_case> end_cases();

/// Short ones whose outcome hangs on single bytes.
[[nodiscard]] std::vector<http_case> tricky_cases();

}  // namespace shopbell::test
