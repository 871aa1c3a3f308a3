#pragma once

#include <shopbell/inbox/inbox.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace shopbell {

/// Subjects of which nothing may start now.
using busy_subjects = std::unordered_set<std::string_view>;

/// Deliveries of one sink that wait in memory for their next attempt, in the order accepted. Those of one
/// subject go one after the other; an empty subject stands for itself only.
class waiting_list {
public:
    void add(pending_delivery one);

    [[nodiscard]] bool contains(sequence number) const { return entries_.contains(number); }
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }

    /// Whether an attempt at any of them is under way.
    [[nodiscard]] bool any_in_flight() const noexcept { return in_flight_ > 0; }

    /// The oldest deliveries that are due and whose subject is free, at most `most`, now in flight: one of a
    /// subject, or where `most` allows several at once, those of a subject in order.
    [[nodiscard]] std::vector<sequence> take_due(time_point at, std::size_t most, const busy_subjects& busy);

    /// Ends the flight of one: it is out of the list.
    [[nodiscard]] pending_delivery land(sequence number);
    /// Ends it without a result: due again at that time.
    void postpone(sequence number, time_point until);
    /// A person asked for one: it is due at once, and the time until it is given up begins anew. What is
    /// then to be stored, or null while an attempt at it is under way: that is what was asked for.
    [[nodiscard]] const pending_delivery* ask_again(sequence number, time_point at);

    /// Takes out those not in flight for which the time since the first attempt has reached `limit`.
    [[nodiscard]] std::vector<pending_delivery> take_expired(time_point at, std::chrono::milliseconds limit);
    /// Takes out one that is not in flight; false where it is, or is unknown.
    bool remove(sequence number);

    /// The subjects of all of them, or of those in flight. They live as long as the entries.
    void collect_subjects(busy_subjects& into) const;
    void collect_in_flight(busy_subjects& into) const;

    /// When the first of them comes due whose subject is free.
    [[nodiscard]] std::optional<time_point> next_due(busy_subjects busy) const;
    /// When the first of them will have waited for `limit`.
    [[nodiscard]] std::optional<time_point> next_expiry(std::chrono::milliseconds limit) const;

private:
    struct entry {
        pending_delivery delivery;
        bool in_flight = false;
    };
    std::map<sequence, entry> entries_;
    std::size_t in_flight_ = 0;
};

}  // namespace shopbell
