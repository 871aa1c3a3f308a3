#include "client_network.hpp"

#include <algorithm>

namespace shopbell {

namespace asio = boost::asio;

asio::ip::address network_of(const asio::ip::address& client) {
    constexpr std::size_t v4_bytes = 3;
    constexpr std::size_t v6_bytes = 6;
    if (client.is_v4()) {
        auto bytes = client.to_v4().to_bytes();
        std::fill(bytes.begin() + v4_bytes, bytes.end(), 0);
        return asio::ip::address_v4(bytes);
    }
    if (client.to_v6().is_v4_mapped())
        return network_of(asio::ip::make_address_v4(asio::ip::v4_mapped, client.to_v6()));
    auto bytes = client.to_v6().to_bytes();
    std::fill(bytes.begin() + v6_bytes, bytes.end(), 0);
    return asio::ip::address_v6(bytes);
}

asio::ip::address network_of(std::string_view client) {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(client, error);
    return error ? asio::ip::address() : network_of(address);
}

}  // namespace shopbell
