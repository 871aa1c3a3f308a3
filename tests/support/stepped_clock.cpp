#include "support/stepped_clock.hpp"

#include "support/places.hpp"
#include "support/temp_dir.hpp"

#include <shopbell/core/file_descriptor.hpp>

#include <fcntl.h>
#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <system_error>

namespace shopbell::test {
namespace {

using shared_offset = std::atomic<std::int64_t>;  // as clock_shim.cpp reads it

}  // namespace

stepped_clock::stepped_clock(const std::string& file) : file_(file) {
    write_file(file_, std::string(sizeof(shared_offset), '\0'));
    const file_descriptor open_file(::open(file_.c_str(), O_RDWR | O_CLOEXEC));
    mapped_ = ::mmap(nullptr, sizeof(shared_offset), PROT_READ | PROT_WRITE, MAP_SHARED, open_file.get(), 0);
    if (mapped_ == MAP_FAILED)
        throw std::system_error(errno, std::generic_category(), "mapping " + file_);
}

stepped_clock::~stepped_clock() {
    ::munmap(mapped_, sizeof(shared_offset));
}

bool stepped_clock::is_available() {
    return std::filesystem::exists(clock_shim_library());
}

std::vector<std::string> stepped_clock::environment() const {
    if (!is_available())
        return {};
    return {"LD_PRELOAD=" + clock_shim_library(), "SHOPBELL_TEST_CLOCK=" + file_};
}

void stepped_clock::step_to(std::chrono::nanoseconds offset) noexcept {
    static_cast<shared_offset*>(mapped_)->store(offset.count());
}

}  // namespace shopbell::test
