#pragma once

#include <shopbell/inbox/inbox.hpp>

#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

namespace shopbell {

/// Whether the subject is that text, or ends with "/" and it: "1026" fits "order/1026".
[[nodiscard]] bool is_subject_or_tail(std::string_view subject, std::string_view text) noexcept;

/// Which events may have a subject, in eight bytes for each of the latest million: an index in the inbox
/// would be paid for by every event that is accepted. Filled by who reads, in the order of the numbers.
class subject_index {
public:
    /// Precondition: `number` is above all others.
    void add(sequence number, std::string_view subject);

    [[nodiscard]] sequence last_number() const noexcept { return last_; }

    /// Numbers below `below`, descending, of events with that subject or that tail of one; perhaps some
    /// others too, and some that are gone.
    [[nodiscard]] std::vector<sequence> find(std::string_view text, sequence below) const;

private:
    struct entry {
        std::uint32_t tail;    ///< a digest of what stands behind the subject's last "/"
        std::uint32_t number;  ///< its lower half
    };
    std::deque<entry> entries_;
    sequence last_ = 0;
};

}  // namespace shopbell
