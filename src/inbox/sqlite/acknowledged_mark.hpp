#pragma once

#include "storage_files.hpp"

#include <shopbell/core/result.hpp>
#include <shopbell/inbox/inbox.hpp>

#include <cstdint>
#include <string>

namespace shopbell {

/// `<inbox>.acknowledged`: the number of the last event that was acknowledged, in a file of its own. SQLite
/// takes a log that is damaged, cut short or gone for one that ends sooner; only this tells that acknowledged
/// events were in it.
///
/// Written after each commit and never synced: the commit was, so that it never claims more than the disk
/// has. What cannot be written is only less protection. Lives on the writer thread.
class acknowledged_mark {
public:
    /// Reads what the file says of the inbox with that random `identity` (a copy has another), and keeps it
    /// open. A file that tells nothing is made anew. Fails with `io`.
    [[nodiscard]] static result<acknowledged_mark> open(const std::string& path, std::int64_t identity);
    acknowledged_mark() = default;

    [[nodiscard]] sequence last() const noexcept { return last_; }
    /// Fails with `corrupt` where that inbox, which ends with the event `last`, lacks acknowledged ones.
    [[nodiscard]] result<void> check(const std::string& inbox, sequence last) const;
    void raise(sequence number) noexcept;

private:
    void write() const noexcept;

    descriptor file_;
    std::int64_t identity_ = 0;
    sequence last_ = 0;
};

}  // namespace shopbell
