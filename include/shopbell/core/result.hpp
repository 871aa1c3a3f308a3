#pragma once

#include <boost/system/result.hpp>
#include <string>

namespace shopbell {

/// One value per kind of answer a caller can give, not per line of code that can fail.
enum class errc : unsigned char {
    malformed,     ///< the input is not what its format says
    unauthorized,  ///< a credential is missing or wrong
    busy,          ///< a bounded queue is full; the same call may succeed a little later
    unavailable,   ///< storage or a remote side cannot serve now
    timeout,       ///< a deadline passed
    io,            ///< the operating system refused
    corrupt,       ///< stored data is damaged, or newer than this program
    // How far a connection came, since each has another remedy.
    unresolved,    ///< a host's name has no address
    unreachable,   ///< nobody takes connections there
    forbidden,     ///< this process lacks the permission
    no_proxy,      ///< an HTTP proxy on the way does not lead there
    no_handshake,  ///< TLS does not come about
    untrusted,     ///< the certificate that is shown is not one to trust
};

/// An expected failure. `reason` is one sentence for the operator: what is wrong, where, what to do.
/// It never holds a secret.
struct failure {
    errc code;
    std::string reason;
};

/// What a function returns that outsiders, disks or networks can make fail.
template <class T = void>
using result = boost::system::result<T, failure>;

/// Called by `result::value()` without a value: a bug of ours, hence an exception.
[[noreturn]] void throw_exception_from_error(const failure& error, const boost::source_location& where);

}  // namespace shopbell
