#pragma once

#include "support/run.hpp"

#include <shopbell/http/handler.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <optional>
#include <utility>
#include <variant>

namespace shopbell::test {

/// What `asked` answers to a whole request, as the session asks it: the body counts only where the head
/// passed.
inline http::response answer(boost::asio::io_context& context, const http::handler& asked,
                             http::request whole) {
    auto begun = asked.begin(std::move(whole.head));
    if (auto* const early = std::get_if<http::response>(&begun))
        return std::move(*early);
    const auto with = std::get<std::unique_ptr<http::exchange>>(std::move(begun));
    return run(context, with->finish(std::move(whole.body)));
}

/// What the head alone already gets; nothing: the body is asked for.
inline std::optional<http::response> early(http::beginning begun) {
    auto* const answer = std::get_if<http::response>(&begun);
    return answer == nullptr ? std::nullopt : std::optional(std::move(*answer));
}

}  // namespace shopbell::test
