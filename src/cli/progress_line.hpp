#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>

namespace shopbell {

/// One line that is written over as it changes, on a terminal only, and wiped in the end.
class progress_line {
public:
    explicit progress_line(std::ostream& err);
    ~progress_line();
    progress_line(const progress_line&) = delete;
    progress_line& operator=(const progress_line&) = delete;

    /// "copied DONE of TOTAL UNIT (50 %)", and what comes when all is copied.
    void tell(std::uint64_t done, std::uint64_t total, std::string_view unit, std::string_view then);

private:
    std::ostream& err_;
    const bool shown_;
    int percent_ = -1;
};

}  // namespace shopbell
