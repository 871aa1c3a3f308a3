// Preloaded into a program (LD_PRELOAD), moves the wall clock that the program sees by the nanoseconds that
// stand in the file $SHOPBELL_TEST_CLOCK. The file is mapped, so that a test may step the clock while the
// program runs. The steady clock, on which waits are measured, stays as it is.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace {

using offset = std::atomic<std::int64_t>;
using clock_call = int (*)(::clockid_t, ::timespec*);

constexpr std::int64_t second = 1'000'000'000;

const offset* map_offset() {
    const char* const path = std::getenv("SHOPBELL_TEST_CLOCK");
    const int file = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return nullptr;
    void* const mapped = ::mmap(nullptr, sizeof(offset), PROT_READ, MAP_SHARED, file, 0);
    ::close(file);
    return mapped == MAP_FAILED ? nullptr : static_cast<const offset*>(mapped);
}

int real_clock(::clockid_t which, ::timespec* into) {
    static const auto call = reinterpret_cast<clock_call>(::dlsym(RTLD_NEXT, "clock_gettime"));
    return call(which, into);
}

std::int64_t current_offset() {
    static const offset* const mapped = map_offset();
    return mapped == nullptr ? 0 : mapped->load(std::memory_order_relaxed);
}

}  // namespace

extern "C" {

int clock_gettime(::clockid_t which, ::timespec* into) noexcept {
    const int failed = real_clock(which, into);
    if (failed != 0 || (which != CLOCK_REALTIME && which != CLOCK_REALTIME_COARSE))
        return failed;
    const std::int64_t shown = into->tv_sec * second + into->tv_nsec + current_offset();
    into->tv_sec = shown / second;
    into->tv_nsec = shown % second;
    return 0;
}

int gettimeofday(::timeval* into, void*) noexcept {
    ::timespec at{};
    clock_gettime(CLOCK_REALTIME, &at);
    into->tv_sec = at.tv_sec;
    into->tv_usec = at.tv_nsec / 1000;
    return 0;
}

::time_t time(::time_t* into) noexcept {
    ::timespec at{};
    clock_gettime(CLOCK_REALTIME, &at);
    if (into != nullptr)
        *into = at.tv_sec;
    return at.tv_sec;
}
}
