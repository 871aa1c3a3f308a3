#pragma once

#include <shopbell/core/headers.hpp>
#include <shopbell/http/server.hpp>

#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What a request's header section must satisfy before a byte of its body is read: each gap is a way to
/// smuggle a second request past a proxy. Pure functions. Which leniency of Beast's parser each is for stands
/// in request_parser.hpp.
namespace shopbell::http {

/// Why a request is not served. `reason` is a literal for the log; the client gets the status's usual text. A
/// class with constructors: an aggregate could be made from a number, and `result` would not know which.
struct refusal {
    constexpr refusal() noexcept = default;
    constexpr refusal(unsigned answer, std::string_view why, mismatch of = mismatch::none) noexcept
        : status(answer), reason(why), what(of) {}
    unsigned status = 0;
    std::string_view reason;
    mismatch what = mismatch::none;
};

template <class T>
using checked = boost::system::result<T, refusal>;

/// Finds the end of a header section, or of a trailer section, in bytes as they arrive, and refuses what no
/// parser shows afterwards: a line end that is not CRLF, a folded line, a control byte (RFC 9112,
/// sections 2.2 and 5.2; RFC 9110, 5.5).
class head_scanner {
public:
    /// What stands before the first field: a request line, or the end of one that was read before.
    enum class begins : unsigned char { with_a_line, at_a_field };

    /// `limit`: bytes that the section may take.
    explicit head_scanner(std::size_t limit, begins how = begins::with_a_line) noexcept
        : limit_(limit), at_line_start_(how == begins::at_a_field), in_first_line_(!at_line_start_) {}

    /// `bytes` is all that has come so far. The length of the section with its blank line, or 0: not yet.
    [[nodiscard]] checked<std::size_t> scan(std::string_view bytes);

private:
    std::size_t limit_;
    std::size_t position_ = 0;
    bool at_line_start_;
    bool in_first_line_;
};

/// The end of the first line in `text`, where a CRLF begins; all of it where there is none.
[[nodiscard]] std::string_view first_line(std::string_view text) noexcept;

/// One field line without its end: a name, a colon, a value with or without white space around it. Nothing
/// where it is none (RFC 9112, section 5).
[[nodiscard]] std::optional<header> split_field(std::string_view line);

/// A header section taken apart (request_parser). The views are of the section.
struct raw_head {
    std::string_view method;
    std::string_view target;
    bool http11 = true;
    headers fields;
};

/// What the header section says about the rest of the request.
struct head_facts {
    std::string path;                             ///< of the target, as sent
    std::string query;                            ///< behind its "?"
    std::optional<std::uint64_t> content_length;  ///< nothing: chunked; 0: no body
    bool expects_continue = false;
    bool keep_alive = true;  ///< whether the client wants to go on behind it
};

/// Checks target, Host, framing and Expect (RFC 9112, sections 3.2, 6.1, 6.3 and 9.3; RFC 9110, 10.1.1).
/// `demand_length`: see server_settings.
[[nodiscard]] checked<head_facts> check_head(const raw_head& head, std::uint64_t max_body,
                                             bool demand_length = true);

}  // namespace shopbell::http
