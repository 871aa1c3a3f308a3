#pragma once

#include <gtest/gtest.h>
#include <netdb.h>

namespace shopbell::test {

/// Whether this machine resolves "localhost": a Debian that debootstrap has just made has no /etc/hosts.
inline bool knows_localhost() {
    ::addrinfo* found = nullptr;
    if (::getaddrinfo("localhost", nullptr, nullptr, &found) != 0)
        return false;
    ::freeaddrinfo(found);
    return true;
}

}  // namespace shopbell::test

/// For a test, or the SetUp of its fixture, that connects to "localhost" by name.
#define SKIP_WITHOUT_LOCALHOST()            \
    if (!shopbell::test::knows_localhost()) \
    GTEST_SKIP() << "this machine does not resolve localhost: /etc/hosts lacks it"
