#pragma once

#include <shopbell/core/result.hpp>
#include <shopbell/http/client.hpp>
#include <shopbell/stores/provider.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace shopbell {

/// What became of one delivery that `send` made.
struct send_answer {
    unsigned status = 0;  ///< 0: there was no answer
    std::string outcome;  ///< "accepted", "duplicate", "unauthorized", "no answer"
    std::string id;       ///< the event's, where it was taken
    std::string error;    ///< why there was no answer
    std::chrono::microseconds took{0};

    [[nodiscard]] bool is_taken() const noexcept { return status >= 200 && status < 300; }
};

/// "200 accepted 0193…", for people.
[[nodiscard]] std::string to_line(const send_answer& one);
/// {"status":200,"outcome":"accepted","id":"…","duration_ms":1.2}
[[nodiscard]] std::string to_json(const send_answer& one);

/// Reads Shopbell's short JSON answers; anything else is told by its status alone.
[[nodiscard]] send_answer read_answer(const http::incoming_response& response);

/// Deliveries to make, one after the other.
struct send_plan {
    const provider* source = nullptr;
    std::string event;  ///< the store's own name
    std::string body;
    std::string vary;  ///< where the id stands that each delivery gets anew (sample::id); empty: all alike
    std::uint64_t first_number = 0;  ///< what distinct deliveries are numbered from
    std::size_t count = 1;
    double rate = 0;  ///< a second; 0: without a pause
    signing how = signing::genuine;
    std::optional<time_point> happened = {};  ///< nothing: when it is sent
};

/// Makes the deliveries and calls `tell` after each. Fails with `malformed` where a body cannot be made
/// distinct. `target`, `plan` and `tell` outlive the call, which returns whether all of them were taken.
[[nodiscard]] boost::asio::awaitable<result<bool>> send_all(
    http::client& target, const send_plan& plan, const std::function<void(const send_answer&)>& tell);

}  // namespace shopbell
