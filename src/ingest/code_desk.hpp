#pragma once

#include <shopbell/core/result.hpp>
#include <shopbell/inbox/inbox.hpp>
#include <shopbell/ingest/endpoint.hpp>

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

namespace shopbell {

/// What becomes of an accepted delivery at an endpoint that gives codes.
struct code_outcome {
    enum class kind : unsigned char {
        given,         ///< `codes` are for the buyer
        missing,       ///< a completed sale for which there are none now
        not_completed  ///< nothing that a buyer gets codes for
    };
    kind what = kind::not_completed;
    std::vector<std::string> codes;
    std::string reason;  ///< why there are none, for the operator
    std::string type;    ///< of the event that is stored
    receipt stored;
};

/// Stores the delivery together with the codes of its sale, or as one that has none. Tells the endpoint's
/// watch. Fails as `inbox::put` does: then nothing may be answered but a refusal.
[[nodiscard]] boost::asio::awaitable<result<code_outcome>> serve_sale(const endpoint& at, inbox& store,
                                                                      arrival one);

}  // namespace shopbell
