#pragma once

#include <shopbell/core/file_descriptor.hpp>
#include <shopbell/core/result.hpp>
#include <shopbell/http/address.hpp>

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace shopbell::http {

/// The file of a unix socket that this process made. Removed at the end, unless another took its place.
class socket_file {
public:
    socket_file() = default;
    [[nodiscard]] static result<socket_file> of(const std::string& path);
    socket_file(socket_file&& other) noexcept;
    socket_file& operator=(socket_file&& other) noexcept;
    ~socket_file();

private:
    std::string path_;
    ::dev_t device_ = 0;
    ::ino_t inode_ = 0;
};

/// Who opened a listening socket. The service manager keeps its own open: whoever waits there when we stop is
/// served by the next process, where on a socket of ours the kernel resets him.
enum class socket_owner : unsigned char { we, service_manager };

/// One address, listened on by every I/O thread through a descriptor of its own. All of them are
/// non-blocking and closed on exec.
struct listener {
    listen_address address;  ///< with the real port
    socket_owner owner = socket_owner::we;
    std::vector<file_descriptor> sockets;
    socket_file file;
};

/// Binds and listens. A TCP address gets one socket a thread (SO_REUSEPORT), a unix path one socket that the
/// threads share. A port or path on which somebody else listens is an error, a stale socket file is replaced.
[[nodiscard]] result<listener> listen_on(const listen_address& address, unsigned threads);

/// The same with a socket that listens already, of the service manager: the threads share it, each through a
/// descriptor of its own. A unix socket's file is not ours to remove.
[[nodiscard]] result<listener> listen_on_inherited(file_descriptor socket, unsigned threads);

}  // namespace shopbell::http
