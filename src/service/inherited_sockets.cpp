#include <shopbell/service/inherited_sockets.hpp>

#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include <cstdlib>
#include <cstring>
#include <memory>

namespace shopbell {

namespace {

/// As libsystemd hands it over: an array ended by a null pointer, each name and itself from malloc.
class names {
public:
    explicit names(char** all) noexcept : all_(all) {}
    names(const names&) = delete;
    names& operator=(const names&) = delete;
    ~names() {
        for (char** one = all_; one != nullptr && *one != nullptr; ++one)
            std::free(*one);
        std::free(all_);
    }

    [[nodiscard]] std::string at(int index) const { return all_ == nullptr ? "" : all_[index]; }

private:
    char** all_;
};

int option(int socket, int name) {
    int value = -1;
    ::socklen_t size = sizeof value;
    return ::getsockopt(socket, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

/// Nothing where we can accept connections on it.
const char* fault(int socket) {
    const int family = option(socket, SO_DOMAIN);
    if (family < 0)
        return "is no socket";
    if (family != AF_INET && family != AF_INET6 && family != AF_UNIX)
        return "is neither a TCP nor a unix socket";
    if (option(socket, SO_TYPE) != SOCK_STREAM)
        return "is no stream socket: the socket unit takes ListenStream=";
    if (option(socket, SO_ACCEPTCONN) != 1)
        return "does not listen: the socket unit takes Accept=no";
    return nullptr;
}

}  // namespace

result<std::vector<inherited_socket>> inherited_sockets() {
    char** list = nullptr;
    const int count = ::sd_listen_fds_with_names(1, &list);
    const names all(list);
    if (count < 0)
        return failure{errc::io, std::string("the service manager's sockets (LISTEN_FDS) cannot be taken: ") +
                                     ::strerrordesc_np(-count)};

    std::vector<inherited_socket> sockets;
    for (int i = 0; i < count; ++i)
        sockets.push_back({all.at(i), file_descriptor(SD_LISTEN_FDS_START + i)});
    for (const auto& one : sockets) {
        if (const char* what = fault(one.socket.get()))
            return failure{errc::io, "descriptor " + std::to_string(one.socket.get()) + " (" + one.name +
                                         ") from the service manager " + what};
    }
    return sockets;
}

}  // namespace shopbell
