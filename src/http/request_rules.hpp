#pragma once

#include <shopbell/core/headers.hpp>

#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What a request's header section must satisfy before a byte of its body is read. Beast's parser leaves most
/// of this to its caller, and each gap is a way to smuggle a second request past a proxy. Pure functions.
namespace shopbell::http {

/// Why a request is not served. `reason` is a literal for the log; the client gets the status's usual text. A
/// class with constructors: an aggregate could be made from a number, and `result` would not know which.
struct refusal {
    constexpr refusal() noexcept = default;
    constexpr refusal(unsigned answer, std::string_view why) noexcept : status(answer), reason(why) {}
    unsigned status = 0;
    std::string_view reason;
};

template <class T>
using checked = boost::system::result<T, refusal>;

/// Finds the end of a header section in bytes as they arrive and refuses what no parser shows afterwards: a
/// line end that is not CRLF, a folded line, a control byte (RFC 9112, sections 2.2 and 5.2; RFC 9110, 5.5).
class head_scanner {
public:
    /// `limit`: bytes that request line and fields may take together.
    explicit head_scanner(std::size_t limit) noexcept : limit_(limit) {}

    /// `bytes` is all that has come so far. The length of the section with its blank line, or 0: not yet.
    [[nodiscard]] checked<std::size_t> scan(std::string_view bytes);

private:
    std::size_t limit_;
    std::size_t position_ = 0;
    bool at_line_start_ = false;
};

/// Whether the request line ends in a version that is served; the section is one that `head_scanner` passed.
[[nodiscard]] std::optional<refusal> check_version(std::string_view section);

struct raw_head {
    std::string_view method;
    std::string_view target;
    bool http11;
    const headers& fields;
};

/// What the header section says about the rest of the request.
struct head_facts {
    std::string path;                             ///< of the target, as sent
    std::string query;                            ///< behind its "?"
    std::optional<std::uint64_t> content_length;  ///< nothing: chunked; 0: no body
    bool expects_continue = false;
};

/// Checks target, Host, framing and Expect (RFC 9112, sections 3.2, 6.1 and 6.3; RFC 9110, 10.1.1).
/// `demand_length`: see server_settings.
[[nodiscard]] checked<head_facts> check_head(const raw_head& head, std::uint64_t max_body,
                                             bool demand_length = true);

}  // namespace shopbell::http
