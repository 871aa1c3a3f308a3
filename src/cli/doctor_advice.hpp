#pragma once

#include <shopbell/core/result.hpp>
#include <shopbell/http/client.hpp>

#include <cstddef>
#include <string>

namespace shopbell {

/// What is wrong on the way, and how to mend it.
struct diagnosis {
    std::string what;
    std::string advice;
};

/// A store's way to the daemon that does not come to an answer.
[[nodiscard]] diagnosis explain_way(const failure& why);

/// A forward sink's way out, by what it failed with.
[[nodiscard]] std::string advice_for_sink(errc why);

/// Whether the answer is Shopbell's own and not of something in front of it: one of the short JSON texts of
/// interface.md, section 4.
[[nodiscard]] bool is_ours(const http::incoming_response& answer);

/// Whether nginx says that the answer came from or through it.
[[nodiscard]] bool is_nginx(const http::incoming_response& answer);

/// An answer that a correctly signed delivery should not have got. `bytes`: of its body.
[[nodiscard]] diagnosis explain_answer(const http::incoming_response& answer, std::size_t bytes);

}  // namespace shopbell
