#pragma once

#include "sqlite.hpp"

#include <shopbell/inbox/inbox.hpp>

#include <optional>
#include <string>
#include <vector>

namespace shopbell {

/// The reading side of the inbox: a connection that cannot write, checkpoint or keep the log from being reset
/// for longer than one call.
class event_reader {
public:
    [[nodiscard]] result<void> open(const std::string& path);

    [[nodiscard]] result<std::vector<stored_event>> after(sequence position, std::size_t count,
                                                          std::size_t bytes);
    [[nodiscard]] result<std::optional<stored_event>> one(sequence number);
    /// Without headers and body.
    [[nodiscard]] result<std::optional<stored_event>> head_after(sequence position);
    /// Nothing for a sink without a place.
    [[nodiscard]] result<std::optional<sink_progress>> progress(const std::string& sink);
    [[nodiscard]] result<std::vector<pending_delivery>> queued(const std::string& sink, sequence after,
                                                               std::size_t count);
    [[nodiscard]] result<sequence> last_number();

private:
    [[nodiscard]] result<std::vector<pending_delivery>> pending(const std::string& sink);
    [[nodiscard]] result<std::vector<pending_delivery>> list(sqlite::statement& rows) const;
    [[nodiscard]] failure trouble(int code) const;

    sqlite::connection database_;
    [[nodiscard]] result<std::optional<stored_event>> at_most_one(sqlite::statement& row, sequence number);

    sqlite::statement after_, one_, head_, position_, pending_, queued_;
};

}  // namespace shopbell
