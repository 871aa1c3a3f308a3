#pragma once

#include <shopbell/inbox/inbox.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <vector>

namespace shopbell {

/// Whom a `put` answers. Until then the executor where he waits stays alive.
struct put_caller {
    boost::asio::executor_work_guard<boost::asio::any_io_executor> home;
    boost::asio::any_completion_handler<void(result<receipt>)> done;
};

/// The answers of one group. Filled and sent on one thread; each `done` is called on its own executor and
/// throws nothing: it resumes a coroutine, whose exceptions Asio keeps. Each executor gets all of its own at
/// once: to wake a thread for every answer would cost more than the answers.
class group_answers {
public:
    void add(put_caller to, result<receipt> what);
    void send();

private:
    struct answer {
        put_caller to;
        result<receipt> what;
    };
    using batch = std::vector<answer>;
    static void hand_over(batch answers);

    std::vector<batch> batches_;  ///< none is empty; one for each executor
};

}  // namespace shopbell
