#pragma once

#include <chrono>
#include <cstddef>

namespace shopbell {

// What parts of the program tell of their work to whoever counts it, without knowing who that is. Called on
// the threads of the part, by several at once where it has several; must neither block nor throw.

/// One answer of the HTTP server, or a client that left without one.
struct answered_request {
    unsigned status = 0;     ///< 0: the client left before there was an answer
    bool sent = true;        ///< the client was given all of it
    bool by_server = false;  ///< the server's own answer: its handler was not asked, or failed
    std::chrono::steady_clock::duration took{};  ///< from the request's first byte to the answer's last
    std::size_t received = 0;                    ///< bytes of the request, header section included
};

class request_observer {
public:
    virtual ~request_observer() = default;
    virtual void answered(const answered_request& one) = 0;
};

/// How the inbox's group commits go.
class commit_observer {
public:
    virtual ~commit_observer() = default;

    /// A group is on stable storage. `deliveries`: how many stores wait for it; 0 where it held progress of
    /// sinks and the like only.
    virtual void committed(std::size_t deliveries, std::chrono::steady_clock::duration took) = 0;

    /// A group could not be committed: nothing of it is acknowledged.
    virtual void commit_failed() = 0;
};

}  // namespace shopbell
