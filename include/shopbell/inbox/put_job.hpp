#pragma once

#include <shopbell/inbox/keys.hpp>

#include <shopbell/inbox/inbox.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace shopbell {

using put_handler = boost::asio::any_completion_handler<void(result<receipt>)>;

/// Whom a `put` answers. Until then the executor where he waits stays alive.
struct put_caller {
    boost::asio::executor_work_guard<boost::asio::any_io_executor> home;
    put_handler done;
};

/// A `put` on its way to the writer and back again, in one piece: it is freed on the thread that made it.
/// Memory that another thread frees costs both of them, as much as the inserts do.
struct put_job {
    arrival one;                ///< without its identity
    delivery_keys keys;         ///< instead of it. Like the next two computed before the one thread that all
                                ///< wait for
    std::string lines;          ///< pack_headers of its fields
    std::string received;       ///< pack_reception
    std::uint64_t content = 0;  ///< event_seal::of_content
    /// Keys and content of a sale that gets no codes: another event than the one that is told of once there
    /// are codes. Where the arrival asks for codes.
    struct codeless_sale {
        delivery_keys keys;
        std::uint64_t content = 0;
    };
    std::optional<codeless_sale> without_codes;
    put_caller caller;
    result<receipt> answer = receipt();

    /// From now on it is the event of a sale without codes.
    void go_without_codes() {
        one.type = one.codes->type_without;
        keys = std::move(without_codes->keys);
        content = without_codes->content;
    }
};

}  // namespace shopbell
