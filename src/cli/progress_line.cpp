#include "progress_line.hpp"

#include <unistd.h>

namespace shopbell {

progress_line::progress_line(std::ostream& err) : err_(err), shown_(::isatty(STDERR_FILENO) == 1) {}

progress_line::~progress_line() {
    if (percent_ >= 0)
        err_ << "\r\033[K" << std::flush;
}

void progress_line::tell(std::uint64_t done, std::uint64_t total, std::string_view unit,
                         std::string_view then) {
    const int percent = total == 0 ? 100 : static_cast<int>(done * 100 / total);
    if (!shown_ || percent == percent_)
        return;
    percent_ = percent;
    err_ << "\rcopied " << done << " of " << total << ' ' << unit << " (" << percent << " %)"
         << (percent == 100 ? then : "") << "\033[K" << std::flush;
}

}  // namespace shopbell
