#include <shopbell/cli/target.hpp>

namespace shopbell {

result<std::string> local_url(const std::vector<http::listen_address>& listen, bool tls,
                              std::string_view path) {
    for (auto address : listen) {
        if (!address.unix_path.empty() || address.port == 0)
            continue;
        if (address.ip.is_unspecified() && address.ip.is_v4())
            address.ip = boost::asio::ip::address_v4::loopback();
        else if (address.ip.is_unspecified())
            address.ip = boost::asio::ip::address_v6::loopback();
        return (tls ? "https://" : "http://") + address.to_string() + std::string(path);
    }
    return failure{errc::malformed,
                   "[server] listen names no TCP address with a fixed port, and send speaks TCP only; "
                   "say where the daemon is with --url http://HOST:PORT" +
                       std::string(path)};
}

bool demands_proxy_header(const http::server_settings& server, const http::listen_address& there) {
    const bool trusted = !there.unix_path.empty() || http::contains(server.trusted_proxies, there.ip);
    return server.proxy_protocol && trusted;
}

}  // namespace shopbell
