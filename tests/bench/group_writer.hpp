#pragma once

#include <shopbell/inbox/inbox.hpp>

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <semaphore>
#include <vector>

namespace shopbell::bench {

/// Puts arrivals into an inbox so that each call is one group commit, however fast the inbox's own thread is:
/// that is held meanwhile. For one thread.
class group_writer {
public:
    /// The inbox outlives the writer.
    explicit group_writer(inbox& into) : inbox_(into) {}
    ~group_writer() { finish(); }
    group_writer(const group_writer&) = delete;
    group_writer& operator=(const group_writer&) = delete;

    /// Begins to commit them, when the group before is done.
    void start(std::vector<arrival> group);
    /// Waits until they are on stable storage.
    void finish();

    /// New events, and those that were not: repeats, and what the inbox could not take.
    [[nodiscard]] std::size_t stored() const noexcept { return stored_; }
    [[nodiscard]] std::size_t not_stored() const noexcept { return not_stored_; }

private:
    [[nodiscard]] boost::asio::awaitable<void> put(arrival one);

    inbox& inbox_;
    boost::asio::io_context context_{1};
    std::binary_semaphore held_{0}, go_on_{0};
    std::size_t stored_ = 0, not_stored_ = 0;
};

}  // namespace shopbell::bench
