#pragma once

#include <shopbell/inbox/archive.hpp>
#include <shopbell/inbox/subject_index.hpp>
#include <shopbell/postgres/connection.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace shopbell::postgres {

// The archive's answers (archive.hpp), each from one server by the deadline. Of several statements each sees
// what is committed by then.

[[nodiscard]] answer<page<event_summary>> list(connection& database, const event_filter& filter,
                                               std::optional<sequence> cursor, std::size_t limit,
                                               deadline until);
[[nodiscard]] answer<page<event_summary>> search(connection& database, const event_filter& filter,
                                                 const archive::predicate& wanted,
                                                 std::optional<sequence> cursor, std::size_t limit,
                                                 deadline until);
/// `known`: what was learned of the subjects so far, of the same server.
[[nodiscard]] answer<page<event_summary>> list_subject(connection& database, subject_index& known,
                                                       const std::string& subject, const event_filter& filter,
                                                       std::optional<sequence> cursor, std::size_t limit,
                                                       deadline until);
[[nodiscard]] answer<page<stored_event>> read(connection& database, const event_filter& filter,
                                              sequence cursor, std::size_t limit, deadline until);
[[nodiscard]] answer<std::optional<stored_event>> find(connection& database, const std::string& id,
                                                       deadline until);
[[nodiscard]] answer<std::vector<std::string>> ids_beginning_with(connection& database,
                                                                  const std::string& text, std::size_t limit,
                                                                  deadline until);
[[nodiscard]] answer<archive::id_page> ids_ending_with(connection& database, const std::string& text,
                                                       const std::optional<std::string>& cursor,
                                                       std::size_t limit, deadline until);
[[nodiscard]] answer<std::vector<sequence>> numbers_before(connection& database,
                                                           const std::vector<time_point>& times,
                                                           deadline until);

[[nodiscard]] answer<std::vector<delivery_state>> read_deliveries(connection& database, sequence number,
                                                                  deadline until);
[[nodiscard]] answer<std::optional<reception_report>> read_reception(connection& database, sequence number,
                                                                     deadline until);
[[nodiscard]] answer<std::vector<event_report>> report(connection& database,
                                                       const std::vector<sequence>& numbers, deadline until);
[[nodiscard]] answer<archive::dead_page> dead_letters(connection& database, const std::string& sink,
                                                      const std::optional<archive::dead_cursor>& cursor,
                                                      std::size_t limit, deadline until);
[[nodiscard]] answer<std::vector<sink_record>> read_sinks(connection& database, deadline until);
[[nodiscard]] answer<page<waiting_record>> read_waiting(connection& database, const std::string& sink,
                                                        sequence cursor, std::size_t limit, deadline until);
[[nodiscard]] answer<inbox_extent> measure(connection& database, deadline until);

[[nodiscard]] answer<std::vector<code_pool>> read_pools(connection& database, const std::string& endpoint,
                                                        deadline until);
[[nodiscard]] answer<std::vector<given_code>> read_given(connection& database, const std::string& endpoint,
                                                         const std::string& product, sequence after,
                                                         std::size_t limit, deadline until);
[[nodiscard]] answer<std::vector<code_state>> read_code_states(connection& database,
                                                               const std::string& endpoint,
                                                               const std::vector<std::string>& codes,
                                                               deadline until);

}  // namespace shopbell::postgres
