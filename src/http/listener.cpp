#include "listener.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <system_error>
#include <utility>

namespace shopbell::http {

namespace {

constexpr ::mode_t socket_mode = 0660;
/// Bytes of answers that the kernel takes for a client who reads none (it doubles the figure); of its own
/// accord it goes up to 4 MiB for each.
constexpr int send_buffer = 32 * 1024;

failure failed(const listen_address& address, int number) {
    return failure{errc::io,
                   "listen on " + address.to_string() + ": " + std::generic_category().message(number)};
}

bool set_option(const file_descriptor& socket, int level, int name, int value = 1) {
    return ::setsockopt(socket.get(), level, name, &value, sizeof value) == 0;
}

/// What accepted sockets inherit. TCP_NODELAY: an answer is written whole and must not wait for an ACK.
bool prepare_for_answers(const file_descriptor& socket) {
    return set_option(socket, IPPROTO_TCP, TCP_NODELAY) &&
           set_option(socket, SOL_SOCKET, SO_SNDBUF, send_buffer);
}

file_descriptor open_socket(int family) {
    return file_descriptor(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

/// Bound, not listening yet; errno is set where there is none.
file_descriptor bind_tcp(const listen_address& address, bool shared) {
    const asio::ip::tcp::endpoint endpoint(address.ip, address.port);
    auto socket = open_socket(endpoint.protocol().family());
    const bool ready = socket && set_option(socket, SOL_SOCKET, SO_REUSEADDR) &&
                       prepare_for_answers(socket) &&
                       (!shared || set_option(socket, SOL_SOCKET, SO_REUSEPORT)) &&
                       (address.ip.is_v4() || set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY)) &&
                       ::bind(socket.get(), endpoint.data(), static_cast<::socklen_t>(endpoint.size())) == 0;
    if (!ready)
        return {};
    return socket;
}

std::uint16_t bound_port(const file_descriptor& socket) {
    asio::ip::tcp::endpoint endpoint;
    auto size = static_cast<::socklen_t>(endpoint.capacity());
    if (::getsockname(socket.get(), endpoint.data(), &size) != 0)
        return 0;
    endpoint.resize(size);
    return endpoint.port();
}

result<listener> listen_tcp(const listen_address& address, unsigned threads) {
    // With SO_REUSEPORT alone a second daemon would share the port in silence and take half the events.
    if (const auto probe = bind_tcp(address, false); !probe)
        return failed(address, errno);
    listener opened;
    opened.address = address;
    for (unsigned i = 0; i < threads; ++i) {
        auto socket = bind_tcp(opened.address, true);
        if (!socket || ::listen(socket.get(), SOMAXCONN) != 0)
            return failed(address, errno);
        opened.address.port = bound_port(socket);
        opened.sockets.push_back(std::move(socket));
    }
    return opened;
}

::sockaddr_un unix_address(const std::string& path) {
    ::sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, path.data(), path.size());
    return name;
}

template <class Call>
int with_unix_address(Call call, const file_descriptor& socket, const std::string& path) {
    const auto name = unix_address(path);
    ::sockaddr_storage storage{};
    std::memcpy(&storage, &name, sizeof name);
    const void* address = &storage;
    return call(socket.get(), static_cast<const ::sockaddr*>(address), static_cast<::socklen_t>(sizeof name));
}

/// Removes what a daemon that died has left; anything else at that path is an error.
result<void> clear_path(const listen_address& address) {
    struct ::stat found {};
    if (::lstat(address.unix_path.c_str(), &found) != 0) {
        if (errno == ENOENT)
            return {};
        return failed(address, errno);
    }
    if (!S_ISSOCK(found.st_mode))
        return failure{errc::io,
                       "listen on " + address.to_string() + ": a file that is no socket is in the way"};
    const auto probe = open_socket(AF_UNIX);
    if (!probe)
        return failed(address, errno);
    if (with_unix_address(::connect, probe, address.unix_path) == 0 || errno != ECONNREFUSED)
        return failed(address, EADDRINUSE);
    if (::unlink(address.unix_path.c_str()) != 0)
        return failed(address, errno);
    return {};
}

/// One descriptor a thread, all of the same socket; errno is set where that fails.
bool share(file_descriptor socket, unsigned threads, listener& into) {
    for (unsigned i = 1; i < threads; ++i) {
        file_descriptor copy(::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0));
        if (!copy)
            return false;
        into.sockets.push_back(std::move(copy));
    }
    into.sockets.push_back(std::move(socket));
    return true;
}

result<listener> listen_unix(const listen_address& address, unsigned threads) {
    if (const auto cleared = clear_path(address); !cleared)
        return cleared.error();
    listener opened;
    opened.address = address;
    auto socket = open_socket(AF_UNIX);
    if (!socket || with_unix_address(::bind, socket, address.unix_path) != 0)
        return failed(address, errno);
    auto file = socket_file::of(address.unix_path);
    if (!file)
        return file.error();
    opened.file = std::move(*file);
    // Nobody can connect before `listen`, so the mode is right from the first connection on.
    if (::chmod(address.unix_path.c_str(), socket_mode) != 0 || ::listen(socket.get(), SOMAXCONN) != 0)
        return failed(address, errno);
    if (!share(std::move(socket), threads, opened))
        return failed(address, errno);
    return opened;
}

/// "@name" for one in the abstract namespace.
std::string unix_path_of(const ::sockaddr_storage& name, ::socklen_t size) {
    ::sockaddr_un address{};
    std::memcpy(&address, &name, sizeof address);
    constexpr auto start = offsetof(::sockaddr_un, sun_path);
    std::string path(address.sun_path, size > start ? size - start : 0);
    if (path.starts_with('\0'))
        return "@" + path.substr(1);
    return path.substr(0, path.find('\0'));
}

std::optional<listen_address> bound_address(const file_descriptor& socket) {
    ::sockaddr_storage name{};
    ::socklen_t size = sizeof name;
    void* storage = &name;
    if (::getsockname(socket.get(), static_cast<::sockaddr*>(storage), &size) != 0)
        return std::nullopt;
    listen_address address;
    if (name.ss_family == AF_UNIX) {
        address.unix_path = unix_path_of(name, size);
        return address;
    }
    asio::ip::tcp::endpoint endpoint;
    if (size > endpoint.capacity() || (name.ss_family != AF_INET && name.ss_family != AF_INET6)) {
        errno = EAFNOSUPPORT;
        return std::nullopt;
    }
    endpoint.resize(size);
    std::memcpy(endpoint.data(), &name, size);
    address.ip = endpoint.address();
    address.port = endpoint.port();
    return address;
}

/// The manager passes it in the mode it likes; with several threads at one queue, all but one of those that a
/// connection wakes find it empty, and must not wait there.
bool make_non_blocking(const file_descriptor& socket) {
    const int flags = ::fcntl(socket.get(), F_GETFL);
    return flags >= 0 && ::fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK) == 0;
}

}  // namespace

result<socket_file> socket_file::of(const std::string& path) {
    struct ::stat found {};
    if (::lstat(path.c_str(), &found) != 0)
        return failure{errc::io, path + ": " + std::generic_category().message(errno)};
    socket_file file;
    file.path_ = path;
    file.device_ = found.st_dev;
    file.inode_ = found.st_ino;
    return file;
}

socket_file::socket_file(socket_file&& other) noexcept
    : path_(std::exchange(other.path_, {})), device_(other.device_), inode_(other.inode_) {}

socket_file& socket_file::operator=(socket_file&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(device_, other.device_);
    std::swap(inode_, other.inode_);
    return *this;
}

socket_file::~socket_file() {
    struct ::stat found {};
    if (path_.empty() || ::lstat(path_.c_str(), &found) != 0)
        return;
    if (found.st_dev == device_ && found.st_ino == inode_)
        ::unlink(path_.c_str());
}

result<listener> listen_on(const listen_address& address, unsigned threads) {
    return address.unix_path.empty() ? listen_tcp(address, threads) : listen_unix(address, threads);
}

result<listener> listen_on_inherited(file_descriptor socket, unsigned threads) {
    const auto address = bound_address(socket);
    const int number = errno;
    if (!address)
        return failure{errc::io, "listen on descriptor " + std::to_string(socket.get()) +
                                     " from the service manager: " + std::generic_category().message(number)};
    listener opened;
    opened.address = *address;
    opened.owner = socket_owner::service_manager;
    const bool ready =
        make_non_blocking(socket) && (!address->unix_path.empty() || prepare_for_answers(socket));
    if (!ready || !share(std::move(socket), threads, opened))
        return failed(*address, errno);
    return opened;
}

}  // namespace shopbell::http
