#pragma once

#include <shopbell/delivery/breaker.hpp>
#include <shopbell/inbox/inbox.hpp>

#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace shopbell {

/// Subjects of which nothing may start now.
using busy_subjects = std::unordered_set<std::string_view>;

/// A delivery that waits for its next attempt.
struct waiting_delivery {
    pending_delivery stored;  ///< as the inbox has it; its times are for people, and for a restart
    moment due;               ///< its next attempt
    moment first;             ///< its first attempt
    trial tried;
    bool alone = false;      ///< never in a batch with others: it threw
    bool undecided = false;  ///< whether a route takes it could not be found out yet
};

/// Goes on with what the inbox holds of a delivery, at `present` by both clocks. Its times may come from a
/// wall clock that stood elsewhere: it waits no longer than the policy lets it, and is no older than what
/// gives up.
[[nodiscard]] waiting_delivery resume_waiting(pending_delivery stored, time_point wall, moment present,
                                              const retry_policy& policy);

/// Deliveries of one sink that wait in memory for their next attempt, in the order accepted. Those of one
/// subject go one after the other; an empty subject stands for itself only.
class waiting_list {
public:
    void add(waiting_delivery delivery);

    [[nodiscard]] bool contains(sequence number) const { return entries_.contains(number); }
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
    /// How many of them do not wait behind another one of their subject.
    [[nodiscard]] std::size_t heads() const noexcept { return subjects_.size() + without_subject_; }

    /// Which of them are looked at.
    struct choice {
        bool untried = true;   ///< since the sink last worked
        bool tried = true;     ///< since then
        bool suspects = true;  ///< those known to be at fault themselves
        sequence up_to = std::numeric_limits<sequence>::max();
    };

    /// The oldest deliveries that are due and whose subject is free, at most `most`, now in flight: one of a
    /// subject, or where `most` allows several at once, those of a subject in order.
    [[nodiscard]] std::vector<sequence> take_due(moment at, std::size_t most, const busy_subjects& busy,
                                                 const breaker& health, choice wanted);

    /// One delivery for a sink that is in doubt, now in flight: of those that are due and whose subject is
    /// free, the one that was never tried, or else the one tried longest ago.
    [[nodiscard]] std::vector<sequence> take_probe(moment at, const busy_subjects& busy,
                                                   const breaker& health, choice wanted);

    [[nodiscard]] const waiting_delivery& at(sequence number) const { return entries_.at(number).delivery; }
    /// An attempt at it has ended: it is out of the list.
    [[nodiscard]] waiting_delivery complete(sequence number);
    /// An attempt at it has ended without a result: it is due again at that time.
    void reschedule(sequence number, moment until);
    /// A person asked for it: it is due at once, and the time until it is given up begins anew. What is then
    /// to be stored, or null while an attempt at it is under way: that is what was asked for.
    [[nodiscard]] const pending_delivery* make_due(sequence number, time_point wall, moment present);

    /// Takes out those not in flight whose first attempt is `limit` ago, and of which an attempt failed since
    /// the sink last worked.
    [[nodiscard]] std::vector<waiting_delivery> take_expired(moment at, std::chrono::milliseconds limit,
                                                             const breaker& health);
    /// Takes out one that is not in flight; false where it is, or is unknown.
    bool remove(sequence number);

    /// The subjects of all of them, or of those in flight. They live as long as the entries.
    void collect_subjects(busy_subjects& into) const;
    void collect_in_flight(busy_subjects& into) const;
    [[nodiscard]] std::size_t suspects_in_flight() const;

    /// When the first of them comes due that meets the choice and whose subject is free.
    [[nodiscard]] std::optional<moment> next_due(busy_subjects busy, const breaker& health,
                                                 choice wanted) const;
    /// When the first of them is to be taken out by `take_expired`.
    [[nodiscard]] std::optional<moment> next_expiry(std::chrono::milliseconds limit,
                                                    const breaker& health) const;

private:
    struct entry {
        waiting_delivery delivery;
        bool in_flight = false;
    };
    /// Calls `each` for those not in flight that come first of their subject and meet the choice.
    template <class Entries, class Each>
    static void for_each_head(Entries& entries, busy_subjects busy, const breaker& health, choice wanted,
                              Each each);

    void count_in(const std::string& subject);
    void count_out(const std::string& subject);

    std::map<sequence, entry> entries_;
    std::map<std::string, std::size_t> subjects_;  ///< how many entries of each
    std::size_t without_subject_ = 0;
    std::size_t in_flight_ = 0;
};

}  // namespace shopbell
