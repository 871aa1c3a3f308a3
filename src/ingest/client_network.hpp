#pragma once

#include <boost/asio/ip/address.hpp>

#include <string>
#include <string_view>

namespace shopbell {

/// The network that an address shares with others of one owner: its IPv4 /24, its IPv6 /48. What one of them
/// does counts for all, or a single machine with many addresses could be a crowd.
[[nodiscard]] boost::asio::ip::address network_of(const boost::asio::ip::address& client);

/// The same for an address as text; the unspecified address where it is none.
[[nodiscard]] boost::asio::ip::address network_of(std::string_view client);

}  // namespace shopbell
