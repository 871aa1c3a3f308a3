#pragma once

#include <shopbell/inbox/put_job.hpp>

#include <memory>
#include <vector>

namespace shopbell {

/// The answers of one group. Filled and sent on one thread; each `done` is called on its own executor and
/// throws nothing: it resumes a coroutine, whose exceptions Asio keeps. Each executor gets all of its own at
/// once: to wake a thread for every answer would cost more than the answers.
class group_answers {
public:
    /// With its answer in it.
    void add(std::unique_ptr<put_job> one);
    void send();

private:
    using batch = std::vector<std::unique_ptr<put_job>>;
    static void hand_over(batch answered);

    std::vector<batch> batches_;  ///< none is empty; one for each executor
};

}  // namespace shopbell
