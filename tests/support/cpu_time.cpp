#include "support/cpu_time.hpp"

#include "support/temp_dir.hpp"

#include <unistd.h>

#include <sstream>
#include <string>
#include <thread>

namespace shopbell::test {

std::chrono::milliseconds cpu_time(::pid_t process) {
    // proc(5): the fields behind the name, which stands in parentheses and may hold anything.
    const auto text = read_file("/proc/" + std::to_string(process) + "/stat");
    std::istringstream fields(text.substr(text.rfind(')') + 2));
    constexpr int before_utime = 11;
    std::string skipped;
    for (int i = 0; i < before_utime; ++i)
        fields >> skipped;
    long long user = 0, system = 0;
    fields >> user >> system;
    return std::chrono::milliseconds((user + system) * 1000 / ::sysconf(_SC_CLK_TCK));
}

std::chrono::milliseconds cpu_time_over(::pid_t process, std::chrono::milliseconds time) {
    const auto before = cpu_time(process);
    std::this_thread::sleep_for(time);
    return cpu_time(process) - before;
}

}  // namespace shopbell::test
