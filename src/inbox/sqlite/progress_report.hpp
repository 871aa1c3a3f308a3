#pragma once

#include "sqlite.hpp"

#include <shopbell/inbox/archive.hpp>

#include <optional>
#include <string>
#include <vector>

namespace shopbell {

/// The archive's answers about deliveries and sinks (archive.hpp), on one thread at a time. No call keeps a
/// snapshot when it returns.
class progress_report {
public:
    [[nodiscard]] int attach(sqlite::connection& database);

    [[nodiscard]] result<std::vector<delivery_state>> deliveries(sequence number);
    [[nodiscard]] result<archive::dead_page> dead_letters(const std::string& sink,
                                                          const std::optional<archive::dead_cursor>& cursor,
                                                          std::size_t limit);
    [[nodiscard]] result<std::optional<reception_report>> received(sequence number);
    [[nodiscard]] result<std::vector<sink_record>> sinks();
    [[nodiscard]] result<page<waiting_record>> waiting(const std::string& sink, sequence cursor,
                                                       std::size_t limit);
    /// Without `free_disk`.
    [[nodiscard]] result<inbox_extent> extent();

private:
    [[nodiscard]] int add_history(sequence number, std::vector<delivery_state>& into);
    [[nodiscard]] int add_dead(const std::string& sink, sequence after, std::size_t limit,
                               archive::dead_page& into);
    [[nodiscard]] int sink_names(const std::string& from, std::vector<std::string>& into);
    [[nodiscard]] int count(sink_record& into, sequence position, sequence newest);
    [[nodiscard]] int find_summary(sequence number, std::optional<event_summary>& into);
    [[nodiscard]] failure trouble(int code) const;

    sqlite::connection* database_ = nullptr;
    struct {
        sqlite::statement deliveries, history, dead, sink_names, sinks, count, accepted, stored, waiting,
            id_of, received;
    } sql_;
};

}  // namespace shopbell
