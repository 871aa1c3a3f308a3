#pragma once

#include "change_table.hpp"
#include "group_answers.hpp"

#include <shopbell/inbox/inbox.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <variant>

namespace shopbell {

/// What waits for the writer, with whom to answer.
struct put_job {
    arrival one;      ///< without its identity
    std::string key;  ///< instead of it: identity_key, computed before the one thread that all wait for
    put_caller caller;
    receipt answer;
};

struct settle_job {
    settlement results;
    boost::asio::any_completion_handler<void(result<void>)> done;
};

struct change_job {
    change decision;
    boost::asio::any_completion_handler<void(result<std::size_t>)> done;
    change_progress progress;
};

using job = std::variant<put_job, settle_job, change_job>;

}  // namespace shopbell
