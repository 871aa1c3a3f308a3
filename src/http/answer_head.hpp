#pragma once

#include <shopbell/core/result.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace shopbell::http {

/// The status line and fields of an answer, made into a form that a strict parser takes.
struct answer_head {
    std::string text;      ///< with CR LF, to its blank line
    std::size_t size = 0;  ///< bytes that it took of what was received
};

/// Reads an answer's head as curl does, where the status is clear: lines that end in LF alone, empty lines in
/// front, folded lines, a status without a reason. Lines that are no field are left out, and so is the
/// framing where it contradicts itself: the connection then ends behind the body. Nothing where more bytes
/// must come; `malformed` where it is not HTTP.
[[nodiscard]] result<std::optional<answer_head>> read_answer_head(std::string_view received);

}  // namespace shopbell::http
