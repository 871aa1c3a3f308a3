#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace shopbell::http {

class connection_limiter;

/// One connection's slot among those of its client. Gives it back when it goes. A default one is nobody's.
class connection_slot {
public:
    connection_slot() = default;
    connection_slot(connection_slot&& other) noexcept;
    connection_slot& operator=(connection_slot&& other) noexcept;
    ~connection_slot();

private:
    friend class connection_limiter;
    connection_slot(connection_limiter& all, const boost::asio::ip::address& client);

    connection_limiter* all_ = nullptr;
    boost::asio::ip::address client_;
};

/// How many connections each client has open, so that one client cannot take all there are. Knows only those
/// who have some. An IPv6 client is its /64 network: that is what a single subscriber is given, and he may
/// connect from any address in it. Outlives its places. Thread-safe.
class connection_limiter {
public:
    /// `most`: of one client; 0: no bound.
    explicit connection_limiter(std::size_t most) noexcept : most_(most) {}

    /// Nothing where that client has them all.
    [[nodiscard]] std::optional<connection_slot> take(const boost::asio::ip::address& client);

    [[nodiscard]] std::size_t most() const noexcept { return most_; }

    /// How many clients have connections.
    [[nodiscard]] std::size_t clients() const;

private:
    friend class connection_slot;
    void give_back(const boost::asio::ip::address& client) noexcept;

    const std::size_t most_;
    mutable std::mutex mutex_;
    // Ordered: a hash of what strangers choose could be made to collide.
    std::map<boost::asio::ip::address, std::size_t> open_;  // guarded by mutex_
};

/// As `connection_limiter` counts it: "192.0.2.1", "2001:db8:1:2::/64".
[[nodiscard]] std::string describe_client(const boost::asio::ip::address& client);

}  // namespace shopbell::http
