#include "support/service_manager.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace shopbell::test {

service_manager::service_manager() : listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    ::sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::socklen_t size = sizeof address;
    void* const any = &address;
    auto* const name = static_cast<::sockaddr*>(any);
    if (::bind(listening_.get(), name, size) != 0 || ::listen(listening_.get(), SOMAXCONN) != 0 ||
        ::getsockname(listening_.get(), name, &size) != 0)
        throw std::system_error(errno, std::generic_category(), "the activated socket");
    port_ = ntohs(address.sin_port);
}

command service_manager::managed(command how, std::chrono::microseconds watchdog,
                                 std::string_view socket_name) const {
    how = notified(std::move(how), watchdog);
    how.descriptors = {listening_.get()};
    how.environment.push_back("LISTEN_FDNAMES=" + std::string(socket_name));
    return how;
}

command service_manager::notified(command how, std::chrono::microseconds watchdog) const {
    how.environment.push_back("NOTIFY_SOCKET=" + heard_.address());
    if (watchdog.count() > 0)
        how.environment.push_back("WATCHDOG_USEC=" + std::to_string(watchdog.count()));
    return how;
}

}  // namespace shopbell::test
