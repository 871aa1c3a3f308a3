#pragma once

#include "change_table.hpp"
#include <shopbell/inbox/put_job.hpp>

#include <shopbell/inbox/inbox.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <memory>
#include <variant>

namespace shopbell {

/// What waits for the writer, with whom to answer.
struct settle_job {
    settlement results;
    boost::asio::any_completion_handler<void(result<void>)> done;
};

struct change_job {
    change decision;
    boost::asio::any_completion_handler<void(result<std::size_t>)> done;
    change_progress progress;
};

using job = std::variant<std::unique_ptr<put_job>, settle_job, change_job>;

}  // namespace shopbell
