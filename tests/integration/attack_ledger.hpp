#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace shopbell::test {

using moment = std::chrono::steady_clock::time_point;

/// An event that a store was told it may forget.
struct acknowledged_event {
    std::string endpoint;
    std::string subject;  ///< events of one subject have one sender, which waits for each answer
    std::string email;
    std::size_t turn = 0;  ///< ascends within the subject
    moment sent, answered;
    std::string id;
};

/// Which sinks an owner has configured, and from which endpoints each gets every event.
using routing = std::map<std::string, std::set<std::string>>;

/// Events that a person asked for again. A time span is taken for "any": the daemon's clock is stepped.
struct replay_order {
    std::string id, endpoint, subject;          ///< empty: any
    std::string sink;                           ///< empty: all that the routes name
    std::map<std::string, std::uint64_t> from;  ///< of each sink: behind what had come when it was asked for

    [[nodiscard]] bool covers(const acknowledged_event& one, const std::string& to) const;
};

/// What was acknowledged and what an owner and a person did meanwhile: from it follows what each sink is due.
///
/// A sink decides by the routes in force when it comes to an event, which is some time after its acceptance.
/// So an event is certainly due where all routes from its sending on lead it there, and certainly not where
/// none do; an edit in between leaves it open. Thread-safe.
class attack_ledger {
public:
    explicit attack_ledger(routing first);

    void add(acknowledged_event one);
    /// It was sent, but no answer came: it may be stored or not.
    void add_unanswered();

    /// Around a reload: both are in force in between.
    void begin_edit(routing next);
    void end_edit();
    /// The place of a sink that is not configured was let go of, or it was tried: once configured again, it
    /// starts at the present.
    void add_removal(const std::string& sink);

    void add_replay(replay_order one);
    /// An empty id: all that were dead.
    void add_drop(const std::string& sink, const std::string& id);
    /// Around an erasure, of a subject or an email address (the other one is empty).
    void begin_erasure(std::string subject, std::string email);
    void end_erasure(bool succeeded);

    enum class due : unsigned char { certainly, perhaps, never };
    [[nodiscard]] due what_is_due(const acknowledged_event& one, const std::string& sink) const;
    /// Whether a person asked for it at that sink before it came to that place there for the first time.
    [[nodiscard]] bool was_replayed(const acknowledged_event& one, const std::string& sink,
                                    std::uint64_t place) const;
    [[nodiscard]] bool may_be_dropped(const acknowledged_event& one, const std::string& sink) const;
    [[nodiscard]] bool may_be_erased(const acknowledged_event& one) const;
    [[nodiscard]] bool must_be_erased(const acknowledged_event& one) const;

    [[nodiscard]] std::vector<acknowledged_event> events() const;
    [[nodiscard]] std::size_t unanswered() const;
    [[nodiscard]] std::optional<acknowledged_event> any_event(std::mt19937_64& random) const;

private:
    struct period {
        routing routes;
        moment end = moment::max();
    };
    struct drop {
        std::string sink, id;
        moment at;
    };
    struct erasure {
        std::string subject, email;
        moment begin, end = moment::max();
        bool succeeded = false;

        [[nodiscard]] bool covers(const acknowledged_event& one) const {
            return subject.empty() ? one.email == email : one.subject == subject;
        }
    };

    mutable std::mutex mutex_;  // guards all below
    std::vector<acknowledged_event> events_;
    std::size_t unanswered_ = 0;
    std::vector<period> periods_;
    std::set<std::string> removed_;            // sinks without a place
    std::map<std::string, moment> placed_at_;  // sinks that got a new place
    std::vector<replay_order> replays_;
    std::vector<drop> drops_;
    std::vector<erasure> erasures_;
};

}  // namespace shopbell::test
