#pragma once

#include "sqlite.hpp"
#include <shopbell/inbox/subject_index.hpp>

#include <shopbell/inbox/archive.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace shopbell {

/// The archive's answers about events (archive.hpp), on one thread at a time. No call keeps a snapshot when
/// it returns.
class event_search {
public:
    [[nodiscard]] int attach(sqlite::connection& database);

    [[nodiscard]] result<page<event_summary>> list(const event_filter& filter, std::optional<sequence> cursor,
                                                   std::size_t limit);
    [[nodiscard]] result<page<event_summary>> search(const event_filter& filter,
                                                     const archive::predicate& wanted,
                                                     std::optional<sequence> cursor, std::size_t limit);
    [[nodiscard]] result<page<stored_event>> read(const event_filter& filter, sequence cursor,
                                                  std::size_t limit);
    [[nodiscard]] result<std::optional<stored_event>> find(const std::string& id);
    [[nodiscard]] result<std::vector<std::string>> ids_beginning_with(const std::string& text,
                                                                      std::size_t limit);
    [[nodiscard]] result<archive::id_page> ids_ending_with(const std::string& text,
                                                           const std::optional<std::string>& cursor,
                                                           std::size_t limit);
    [[nodiscard]] result<sequence> newest();
    [[nodiscard]] result<std::vector<sequence>> numbers_before(const std::vector<time_point>& times);
    /// Those of these events that are there, in the order given.
    [[nodiscard]] result<std::vector<stored_event>> read_all(const std::vector<sequence>& numbers);
    [[nodiscard]] result<page<event_summary>> list_subject(const std::string& subject,
                                                           const event_filter& filter,
                                                           std::optional<sequence> cursor, std::size_t limit);

private:
    /// Events with `above` < number < `below` are those that a filter may take.
    struct range {
        sequence above = 0;
        sequence below = 0;
    };
    /// What may hold events of the filter, newest first behind `cursor`.
    [[nodiscard]] int find_range(const event_filter& filter, std::optional<sequence> cursor, range& into);
    [[nodiscard]] int last_before(time_point time, sequence& into);
    [[nodiscard]] int find_state(sequence number, event_state& into);
    [[nodiscard]] int find_state_at(const std::string& sink, sequence number, event_state& into);
    [[nodiscard]] int learn_subjects(bool& complete);
    [[nodiscard]] int takes(const event_filter& filter, const event_summary& one, bool& answer);

    /// Takes one that the filter let through; false in `more` ends the scan.
    using taker = std::function<int(event_summary one, bool& more)>;
    /// Goes through a range in the statement's order. `next`: where to go on, if anywhere.
    [[nodiscard]] int scan(sqlite::statement& order, const range& within, const event_filter& filter,
                           const taker& take, std::optional<sequence>& next);
    [[nodiscard]] int read_one(sequence number, std::vector<stored_event>& into);
    [[nodiscard]] failure trouble(int code) const;

    sqlite::connection* database_ = nullptr;
    struct {
        sqlite::statement last_before, newest_first, oldest_first, state, state_at, event, summary,
            event_by_id, ids, newest, subjects;
    } sql_;
    subject_index subjects_;
};

}  // namespace shopbell
