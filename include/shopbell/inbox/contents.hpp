#pragma once

#include <shopbell/core/clock.hpp>
#include <shopbell/core/result.hpp>
#include <shopbell/inbox/inbox.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// All that an inbox holds, as rows that every engine has: what one gives, another can take.
namespace shopbell::contents {

struct event {
    sequence number = 0;
    std::string id;
    time_point accepted_at;
    std::string endpoint, provider, type, subject, store;
    std::string headers;                  ///< pack_headers
    std::optional<std::string> identity;  ///< delivery_keys::row; nothing: the row has none
    std::string received;                 ///< pack_reception; empty: not kept
    std::string body;
};

/// Of a resource that has a latest event: see delivery_keys.
struct latest {
    std::string resource, content, id, moment;
};

struct sink {
    std::string name;
    sequence position = 0;
    bool paused = false;
    std::optional<time_point> paused_at;
};

enum class delivery_kind : unsigned char { pending = 0, dead = 1, queued = 2 };

/// A delivery that did not succeed at first, or that a person asked for.
struct delivery {
    std::string sink;
    sequence number = 0;
    delivery_kind state = delivery_kind::pending;
    std::string subject;
    unsigned attempts = 0;
    time_point first_attempt, next_attempt;
    std::string last_error;
};

/// In the order in which they came.
struct history {
    std::string sink;
    history_entry entry;
};

/// How often a stored event came again.
struct repeats {
    sequence number = 0;
    std::int64_t count = 0;
};

enum class code_kind : unsigned char { free = 0, given = 1, voided = 2 };

struct code {
    sequence number = 0;
    std::string endpoint, product, text;
    code_kind state = code_kind::free;
    std::string sale;                      ///< sale_key; empty: given to nobody
    std::string transaction, item, event;  ///< empty: forgotten, or given to nobody
    std::optional<time_point> given_at;
};

/// Rows of one table.
using part =
    std::variant<std::vector<event>, std::vector<latest>, std::vector<sink>, std::vector<delivery>,
                 std::vector<history>, std::vector<repeats>, std::vector<code>, std::vector<code_pool>>;
constexpr std::size_t table_count = std::variant_size_v<part>;
/// As people read them, in the order of `part`.
constexpr std::array<std::string_view, table_count> table_names = {
    "events", "latest", "sinks", "deliveries", "history", "repeats", "codes", "code_pools"};

/// How much there is, before it is read.
struct outline {
    std::array<std::uint64_t, table_count> rows{};  ///< in the order of `part`
    sequence last_number = 0;                       ///< no event with a higher one was ever stored
};

[[nodiscard]] constexpr std::uint64_t event_count(const outline& all) noexcept {
    return all.rows.front();
}

/// An inbox that takes what another one holds. Called in this order; nothing is kept unless `end` succeeds.
class receiver {
public:
    virtual ~receiver() = default;
    [[nodiscard]] virtual result<void> begin(const outline& all) = 0;
    /// Some rows, few megabytes of them.
    [[nodiscard]] virtual result<void> take(const part& some) = 0;
    [[nodiscard]] virtual result<void> end() = 0;
};

}  // namespace shopbell::contents
