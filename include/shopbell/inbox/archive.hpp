#pragma once

#include <shopbell/core/result.hpp>
#include <shopbell/inbox/inbox.hpp>

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace shopbell {

/// What has become of an event, over all sinks that have a place in the inbox. An event that no route takes
/// counts as delivered.
enum class event_state : unsigned char {
    delivered,
    pending,  ///< some sink has not had it yet
    dead,     ///< some sink gave it up, whatever the others did
};

/// All that are set must hold.
struct event_filter {
    std::string type;                 ///< a glob; empty: any
    std::string endpoint;             ///< a name, `*` for any run of characters; empty: any
    std::string subject;              ///< exact; empty: any
    std::optional<time_point> since;  ///< accepted at or after
    std::optional<time_point> until;  ///< accepted before
    std::vector<event_state> states;  ///< one of them; empty: any
    std::string sink;                 ///< whose states are meant; empty: over all sinks
    sequence above = 0;               ///< of a higher number
};

/// An event as a list shows it.
struct event_summary {
    sequence number = 0;
    std::string id;
    time_point accepted_at;
    std::string endpoint, provider, type, subject, store;
    std::size_t bytes = 0;  ///< of the body
    event_state state = event_state::delivered;
};

/// Whether the filter takes the event, whatever has become of it.
[[nodiscard]] bool fits_but_for_state(const event_filter& filter, const event_summary& event);

/// A part of a long answer. `next`, where it is there, goes on behind it: give it back as the cursor. A page
/// may hold fewer items than asked for, or none, and still have a `next`: one call does a bounded amount of
/// work.
template <class Item>
struct page {
    std::vector<Item> items;
    std::optional<sequence> next;
};

/// Where one event stands at one sink.
struct delivery_state {
    enum class kind : unsigned char {
        ahead,    ///< the sink has not come to it yet
        passed,   ///< delivered, or not routed there
        pending,  ///< waits for its next attempt
        queued,   ///< asked for again by a person, and not tried since
        dead,
    };
    std::string sink;
    kind what = kind::ahead;
    unsigned attempts = 0;
    std::optional<time_point> next_attempt;  ///< of a pending one
    std::optional<time_point> died_at;       ///< of a dead one
    std::string last_error;                  ///< of a pending or dead one
    std::vector<history_entry> history;      ///< oldest first
};

struct dead_letter {
    std::string sink;
    event_summary about;
    unsigned attempts = 0;
    time_point died_at;
    std::string last_error;
};

/// A sink as the inbox knows it, configured or not.
struct sink_record {
    std::string name;
    sequence position = 0;  ///< it has come to everything up to here
    bool paused = false;
    std::optional<time_point> paused_at;
    std::optional<time_point> delivered_at;  ///< of the latest attempt that succeeded
    /// Events that it has not had: behind its position, pending or queued. Those behind are counted by their
    /// numbers, so that a gap (an erasure, a commit that failed) counts too.
    std::size_t lag = 0;
    std::optional<time_point> waiting_since;  ///< when the oldest of those was accepted
    std::string oldest_waiting;               ///< its id
    std::size_t pending = 0;
    std::size_t queued = 0;
    std::size_t dead = 0;
    std::string held_by;  ///< the machine that delivers to it; empty: nobody does, or it is not shared
};

/// A code and to whom it was given.
struct given_code {
    std::string endpoint, product;
    sequence number = 0;  ///< the position among the endpoint's codes of that product
    std::string code;
    std::string transaction, item;  ///< empty: a person had it forgotten
    time_point at;
};

enum class code_state : unsigned char { unknown, free, given, voided };
/// A delivery that waits at a sink for its next attempt, or for its first since a person asked for it.
struct waiting_record {
    event_summary about;
    bool queued = false;
    unsigned attempts = 0;
    std::optional<time_point> next_attempt;  ///< of one that was tried
    std::string last_error;
    std::optional<std::string> held_by;  ///< id of an earlier event of its subject that waits as well
};

/// How an event came in, and how often again.
struct reception_report {
    reception first;
    std::uint64_t repeats = 0;  ///< deliveries that repeated it
};

/// An event with what has become of it.
struct event_report {
    stored_event stored;
    std::vector<delivery_state> deliveries;  ///< by the name of the sink
};

/// How much the inbox holds.
struct inbox_extent {
    /// By their numbers, without looking at each: events that a person erased count until all around them are
    /// gone.
    std::uint64_t events = 0;
    std::uint64_t bytes = 0;                 ///< of the file in use: what [inbox] max_size bounds
    std::optional<std::uint64_t> free_disk;  ///< bytes on its disk, where that is one of this machine
};

/// Reads an inbox for people, beside the daemon's own work and also in another process: it never writes,
/// never checkpoints, and holds no snapshot for longer than one call. Blocking work happens on a thread of
/// its own; calls complete on the caller's executor. Thread-safe.
class archive {
public:
    virtual ~archive() = default;

    /// Newest first. `cursor`: only what is older than that number; nothing: from the newest.
    [[nodiscard]] virtual boost::asio::awaitable<result<page<event_summary>>> list(
        event_filter filter, std::optional<sequence> cursor, std::size_t limit) = 0;

    /// Whole events, oldest first, beginning behind `cursor` (0: with the oldest): at most `limit`, and few
    /// megabytes of them.
    [[nodiscard]] virtual boost::asio::awaitable<result<page<stored_event>>> read(event_filter filter,
                                                                                  sequence cursor,
                                                                                  std::size_t limit) = 0;

    /// The event with that id, whole, or nothing.
    [[nodiscard]] virtual boost::asio::awaitable<result<std::optional<stored_event>>> find(
        std::string id) = 0;

    /// Some ids, newest first. `next`, where it is there, goes on behind them, as that of a `page`.
    struct id_page {
        std::vector<std::string> items;
        std::optional<std::string> next;
    };
    /// The newest `limit` ids that begin with that text.
    [[nodiscard]] virtual boost::asio::awaitable<result<std::vector<std::string>>> ids_beginning_with(
        std::string text, std::size_t limit) = 0;
    /// Ids that end with that text, among those older than `cursor` (nothing: among all). No index helps, so
    /// one call looks at some ten thousand.
    [[nodiscard]] virtual boost::asio::awaitable<result<id_page>> ids_ending_with(
        std::string text, std::optional<std::string> cursor, std::size_t limit) = 0;

    /// Where the event stands at every sink, by name.
    [[nodiscard]] virtual boost::asio::awaitable<result<std::vector<delivery_state>>> deliveries(
        sequence number) = 0;

    /// How it came in; nothing where it is gone, or was stored by a version that did not keep that.
    [[nodiscard]] virtual boost::asio::awaitable<result<std::optional<reception_report>>> received(
        sequence number) = 0;

    /// Dead letters, oldest event first, of one sink or (empty name) of all, sink by sink. The cursor is the
    /// sink and number of the last one seen.
    using dead_cursor = std::pair<std::string, sequence>;
    struct dead_page {
        std::vector<dead_letter> items;
        std::optional<dead_cursor> next;
    };
    [[nodiscard]] virtual boost::asio::awaitable<result<dead_page>> dead_letters(
        std::string sink, std::optional<dead_cursor> cursor, std::size_t limit) = 0;

    /// Every sink that has a place in the inbox, by name.
    [[nodiscard]] virtual boost::asio::awaitable<result<std::vector<sink_record>>> sinks() = 0;

    /// The pools of codes, by endpoint and product; also those that are empty by now, and for codes that a
    /// program has made. Of one endpoint or (empty name) of all.
    [[nodiscard]] virtual boost::asio::awaitable<result<std::vector<code_pool>>> code_pools(
        std::string endpoint) = 0;

    /// The codes of that pool that were given, in the order in which they were added, behind `after` (0: from
    /// the first).
    [[nodiscard]] virtual boost::asio::awaitable<result<std::vector<given_code>>> given_codes(
        std::string endpoint, std::string product, sequence after, std::size_t limit) = 0;

    /// What the endpoint's codes of these texts are, in the same order.
    [[nodiscard]] virtual boost::asio::awaitable<result<std::vector<code_state>>> code_states(
        std::string endpoint, std::vector<std::string> codes) = 0;

    [[nodiscard]] virtual boost::asio::awaitable<result<inbox_extent>> extent() = 0;

    /// Of each of these times the number of the last event accepted before it. Where there is none, the
    /// number in front of the oldest event.
    [[nodiscard]] virtual boost::asio::awaitable<result<std::vector<sequence>>> numbers_before(
        std::vector<time_point> times) = 0;

    /// Those of these events that are there, in the order given.
    [[nodiscard]] virtual boost::asio::awaitable<result<std::vector<event_report>>> report(
        std::vector<sequence> numbers) = 0;

    /// Events whose subject is `subject` or ends with "/" and it, newest first. `cursor` as of `list`. The
    /// first calls of a process on a large inbox may give nothing but `next`.
    [[nodiscard]] virtual boost::asio::awaitable<result<page<event_summary>>> list_subject(
        std::string subject, event_filter filter, std::optional<sequence> cursor, std::size_t limit) = 0;

    /// As `list`, only events for which `wanted` is true; it is called on the archive's thread. A call reads
    /// some megabytes of bodies at most, since everybody who asks the archive waits behind it.
    using predicate = std::function<bool(const stored_event&)>;
    [[nodiscard]] virtual boost::asio::awaitable<result<page<event_summary>>> search(
        event_filter filter, predicate wanted, std::optional<sequence> cursor, std::size_t limit) = 0;

    /// What waits at a sink, oldest event first, beginning behind the number `cursor`.
    [[nodiscard]] virtual boost::asio::awaitable<result<page<waiting_record>>> waiting(std::string sink,
                                                                                       sequence cursor,
                                                                                       std::size_t limit) = 0;

    /// The number of the newest event; 0 where there is none.
    [[nodiscard]] virtual boost::asio::awaitable<result<sequence>> newest() = 0;
};

}  // namespace shopbell
