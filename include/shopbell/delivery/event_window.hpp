#pragma once

#include <shopbell/delivery/waiting_list.hpp>
#include <shopbell/sinks/sink.hpp>

#include <deque>
#include <memory>
#include <vector>

namespace shopbell {

/// The events that a sink has read and not settled yet, in the order accepted. What is done stays as a hole
/// until everything in front of it is done too: the position moves over both.
class event_window {
public:
    /// `content` is null where the event is not for this sink, and `subject` empty where order does not
    /// matter.
    void push(sequence number, std::shared_ptr<const event> content, std::string_view subject);

    /// The oldest events whose subject is free, at most `most`, now in flight.
    [[nodiscard]] event_batch take(std::size_t most, busy_subjects busy, std::vector<sequence>& numbers);

    /// An event that is done, or waits elsewhere from now on.
    void release(sequence number);

    struct held {
        sequence number;
        std::string_view subject;
    };
    /// Those that are not in flight and whose subject is one of these.
    [[nodiscard]] std::vector<held> waiting(const busy_subjects& subjects) const;
    /// Whether `take` would give any.
    [[nodiscard]] bool has_free(busy_subjects busy) const;

    void collect_in_flight(busy_subjects& into) const;

    /// Drops the leading events that are done and returns the number of the last of them, or `position`.
    [[nodiscard]] sequence advance(sequence position);
    /// Lets go of one that is not in flight; false where it is, or is unknown.
    bool remove(sequence number);

    /// Whether that event is here and not done.
    [[nodiscard]] bool contains(sequence number) const;
    /// Of one that is here.
    [[nodiscard]] std::string_view subject_of(sequence number) const;
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

private:
    struct entry {
        sequence number;
        std::shared_ptr<const event> content;  ///< null: done
        std::string_view subject;              ///< of the content, or empty
        bool in_flight = false;
    };
    [[nodiscard]] const entry* find(sequence number) const;

    std::deque<entry> entries_;
    std::size_t bytes_ = 0;
};

}  // namespace shopbell
