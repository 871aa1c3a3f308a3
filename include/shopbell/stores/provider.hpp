#pragma once

#include <shopbell/commerce/event.hpp>
#include <shopbell/core/clock.hpp>
#include <shopbell/core/headers.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace shopbell {

/// One delivery exactly as it arrived. A view: it dies with the request.
struct webhook {
    const headers& fields;
    std::string_view body;  ///< raw bytes; signatures cover these
    std::string_view method = "POST";
    std::string_view query = {};  ///< what stands behind the "?" of the target, as sent
    time_point at = now();        ///< when it came
};

/// What a store gets in its own words, instead of Shopbell's JSON.
struct reply {
    unsigned status = 200;
    std::string body = {};
    std::string content_type = {};
    headers fields = {};
};

/// Why a delivery is not taken. The store learns the status only, the operator the reason as well.
struct refusal {
    unsigned status;
    std::string reason;  ///< names no secret and no expected signature
};

/// What is most likely wrong with a delivery that was refused, for the operator only.
struct likely_cause {
    /// One sentence: what is wrong, and what to change where. Empty: nobody has looked. Holds no secret, no
    /// signature, and nothing that the sender has written.
    std::string text;
    /// Only who knows a secret of the configuration can have sent it so: the store itself, or its owner.
    bool proven = false;
    /// A word for programs, "hex_not_base64"; empty where nobody has looked. Never goes by the text.
    std::string cause = {};
};

/// What an authentic delivery is, as far as its answer needs to know.
struct accepted {
    std::string type;     ///< "jumpseller.order.paid" (providers.md, section 6)
    std::string subject;  ///< "order/1026", or empty
    std::string store;    ///< the store or account that the delivery names, or empty
    /// Everything that makes two deliveries the same one, joined; the inbox keeps only a digest of it, scoped
    /// to the endpoint.
    std::string identity;
    /// The identity that an earlier version of Shopbell gave, where it was another one: a delivery that such
    /// a version stored is recognised by it. Empty: the same.
    std::string former_identity;
    /// True: the store gives no ids, so that `identity` is the delivery's content, and the same content may
    /// be news: with another `moment` it repeats only the latest event of its subject, and without a subject
    /// none.
    bool recurs = false;
    /// When it happened, as the store says, in a spelling in which a later moment is the greater text. Empty:
    /// the delivery does not say, and the same content repeats what came at any time.
    std::string moment;
    /// A number that grows with time and is the same for the same identity (an order id), or 0. It only keeps
    /// neighbours together in the inbox's index.
    std::uint64_t locality = 0;
    /// True: without a moment the delivery repeats only the latest of the same type and subject ("stock 5, 4,
    /// 5" is three events).
    bool repeats_latest_only = false;
    /// The same for deliveries of the same signed content, where an id beside it tells them apart that is not
    /// signed: whoever has seen one of them can send it again under another id. 0: not so.
    std::uint64_t signed_content = 0;
    /// What the inbox keeps as header fields beside those of the request.
    headers kept = {};
    /// What the store gets for it; null: Shopbell's JSON.
    std::shared_ptr<const reply> answer = {};
};

/// An authentic delivery that tells of several events, in the order sent.
struct batch {
    struct part {
        accepted what;
        std::string body;  ///< the bytes of the delivery that tell of this event
    };
    std::vector<part> parts;
};

/// What becomes of a delivery: one event, several, none but an answer (a store's probe), or a refusal.
using verdict = std::variant<accepted, refusal, batch, reply>;

struct stored_webhook;

/// How one endpoint's stored deliveries are read back where that takes more than its provider's name: by its
/// configuration. Holds no secret. Immutable, thread-safe.
class delivery_reader {
public:
    virtual ~delivery_reader() = default;

    /// See provider_entry::describe, blank and proof.
    [[nodiscard]] virtual event_data describe(const stored_webhook& one) const = 0;
    [[nodiscard]] virtual std::string blank(const stored_webhook& one) const = 0;
    [[nodiscard]] virtual std::string proof(const stored_webhook& one) const = 0;
    /// The header fields that the inbox keeps for it.
    [[nodiscard]] virtual std::span<const std::string_view> keeps() const noexcept = 0;
};

/// Headers and body of a request that the store could have sent.
struct signed_webhook {
    headers fields;
    std::string body;
    std::string query = {};  ///< what the target has behind a "?"
};

enum class signing : unsigned char { genuine, broken };

/// One store's dialect as one endpoint uses it: which credentials it carries, how an event is named.
/// Immutable, does no I/O, thread-safe.
class provider {
public:
    virtual ~provider() = default;

    /// What the header section alone already rules out, credentials aside: those are judged with the body, so
    /// that every refusal of them takes the same time. Nothing means: read the body.
    [[nodiscard]] std::optional<refusal> screen(const headers& fields) const { return screen_fields(fields); }

    /// Authenticates, then identifies. Content that is not understood is accepted, never refused.
    [[nodiscard]] verdict accept(const webhook& one) const { return examine(one); }

    /// The methods beside POST with which the store asks whether somebody is there.
    [[nodiscard]] virtual std::span<const std::string_view> challenge_methods() const noexcept { return {}; }

    /// Whether its refusals have no body, since the store expects its own words or none.
    [[nodiscard]] virtual bool refuses_in_silence() const noexcept { return false; }

    /// What reads this endpoint's stored deliveries; null: its provider's entry does.
    [[nodiscard]] virtual std::shared_ptr<const delivery_reader> reader() const { return nullptr; }

    /// What the store would send for that body: signed with the first of the configured secrets, or with
    /// one wrong character in each credential. `event` is the store's own name, empty where unknown;
    /// `happened` is when a store that says so would say that it happened.
    [[nodiscard]] signed_webhook sign(std::string_view event, std::string body, signing how,
                                      time_point happened = now()) const {
        return make_signed(event, std::move(body), how, happened);
    }

    /// Whether `sign` can make a delivery that `accept` takes: false where the store alone has the private
    /// key.
    [[nodiscard]] virtual bool can_sign() const noexcept { return true; }

    /// Why `accept` refuses that delivery: tries what commonly goes wrong. Takes milliseconds, and more for a
    /// large body: not for a thread on which a store waits.
    [[nodiscard]] virtual likely_cause diagnose(const webhook& refused) const = 0;

    /// Whether a delivery has to prove where it comes from; false under auth = "none".
    [[nodiscard]] virtual bool demands_proof() const noexcept = 0;

    /// The keys of the configuration whose secrets prove a delivery, "signature_key, basic_password"; empty:
    /// none has to.
    [[nodiscard]] virtual std::string verified_by() const = 0;

    /// Whether one of the secrets stands in that text.
    [[nodiscard]] virtual bool holds_secret(std::string_view text) const noexcept = 0;

    /// The realm of a WWW-Authenticate: Basic challenge, or empty where Basic is not in use.
    [[nodiscard]] virtual std::string basic_realm() const { return {}; }

private:
    /// Authenticates before it looks at the content, and does the same work whatever is wrong: a credential
    /// that is missing or cannot be read costs the MAC and the comparisons of a wrong one.
    /// tests/bench/refusal_timing measures it. A refusal of what is genuine says that it is not for this
    /// endpoint (another store's code).
    [[nodiscard]] virtual verdict examine(const webhook& one) const = 0;
    [[nodiscard]] virtual signed_webhook make_signed(std::string_view event, std::string body, signing how,
                                                     time_point happened) const = 0;
    [[nodiscard]] virtual std::optional<refusal> screen_fields(const headers&) const { return std::nullopt; }
};

/// A made-up but correctly shaped delivery, for `shopbell send` and for tests.
struct sample {
    std::string event;  ///< as the store names it: "order_paid", "transaction.sale.success"
    std::string type;   ///< as Shopbell does: "jumpseller.order.paid"
    std::string body;   ///< not signed yet
    std::string
        id;  ///< where in the body stands what makes it another delivery: a JSON Pointer, or "/" and a field
};

/// What the inbox gave back of an accepted delivery: enough to read it again without its endpoint's secrets,
/// also after that endpoint is gone from the configuration.
struct stored_webhook {
    std::string_view type;
    const headers& fields;  ///< those that `keeps` named
    std::string_view body;
};

}  // namespace shopbell
