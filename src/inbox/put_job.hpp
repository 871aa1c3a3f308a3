#pragma once

#include "keys.hpp"

#include <shopbell/inbox/inbox.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <cstdint>
#include <string>

namespace shopbell {

/// Whom a `put` answers. Until then the executor where he waits stays alive.
struct put_caller {
    boost::asio::executor_work_guard<boost::asio::any_io_executor> home;
    boost::asio::any_completion_handler<void(result<receipt>)> done;
};

/// A `put` on its way to the writer and back again, in one piece: it is freed on the thread that made it.
/// Memory that another thread frees costs both of them, as much as the inserts do.
struct put_job {
    arrival one;                ///< without its identity
    delivery_keys keys;         ///< instead of it. Like the next two computed before the one thread that all
                                ///< wait for
    std::string lines;          ///< pack_headers of its fields
    std::uint64_t content = 0;  ///< event_seal::of_content
    put_caller caller;
    result<receipt> answer = receipt();
};

}  // namespace shopbell
