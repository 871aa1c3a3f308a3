#pragma once

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace shopbell::http {

namespace asio = boost::asio;

/// Where to listen: an IP address and port, or the path of a unix socket.
struct listen_address {
    asio::ip::address ip;
    std::uint16_t port = 0;  ///< 0: any free one
    std::string unix_path;   ///< not empty: a unix socket, and the two above mean nothing

    /// "127.0.0.1:8080", "[::1]:8080", "unix:/run/x.sock"; nothing for anything else (names are not
    /// resolved).
    [[nodiscard]] static std::optional<listen_address> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;
    bool operator==(const listen_address&) const = default;
};

/// A block of addresses in CIDR form, or one address. IPv4-mapped IPv6 addresses match IPv4 blocks.
class network {
public:
    [[nodiscard]] static std::optional<network> parse(std::string_view text);
    [[nodiscard]] bool contains(const asio::ip::address& address) const noexcept;
    bool operator==(const network&) const = default;

private:
    asio::ip::address prefix_;
    unsigned length_ = 0;
};

using networks = std::vector<network>;

[[nodiscard]] bool contains(const networks& blocks, const asio::ip::address& address) noexcept;

}  // namespace shopbell::http
