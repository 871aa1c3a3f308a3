#pragma once

#include <shopbell/core/file_descriptor.hpp>
#include <shopbell/core/result.hpp>

#include <string>
#include <vector>

namespace shopbell {

/// A socket that the service manager has opened for us. It keeps it open itself: when we end, connections
/// wait in the kernel for the next process.
struct inherited_socket {
    std::string name;        ///< FileDescriptorName= of the socket unit; by default the unit's name
    file_descriptor socket;  ///< listens; closed on exec
};

/// The sockets passed to this process (sd_listen_fds(3)), in the order of the socket units; none where there
/// are none or they are for another process. Fails with `io` and what is wrong where one of them is no
/// listening TCP or unix stream socket. Removes what announces them from the environment, so that programs
/// we start do not take them for theirs: a second call finds none. To be called while there is one thread.
[[nodiscard]] result<std::vector<inherited_socket>> inherited_sockets();

}  // namespace shopbell
