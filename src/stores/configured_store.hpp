#pragma once

#include "store_settings.hpp"

#include <shopbell/stores/provider.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell::stores {

/// In which of a stored delivery's header fields the query of its URL is kept, where its order takes
/// something of it.
inline constexpr std::string_view query_field = "Shopbell-Query";

/// Reads back what an endpoint of data has stored.
class configured_reader final : public delivery_reader {
public:
    explicit configured_reader(reading_settings settings);

    [[nodiscard]] event_data describe(const stored_webhook& one) const override;
    [[nodiscard]] std::string blank(const stored_webhook& one) const override;
    [[nodiscard]] std::string proof(const stored_webhook& one) const override;
    [[nodiscard]] std::span<const std::string_view> keeps() const noexcept override { return keeps_; }

    [[nodiscard]] const reading_settings& settings() const noexcept { return settings_; }
    /// The mapping for events of that name; null where they are no orders.
    [[nodiscard]] const order_mapping* order_for(std::string_view event) const;

private:
    [[nodiscard]] event_data describe_form(const stored_webhook& one, request_view& from) const;
    [[nodiscard]] event_data describe_json(const stored_webhook& one, request_view& from) const;
    void add_order(const stored_webhook& one, request_view& from, const json::value* element,
                   field_problems& problems, event_data& data) const;

    reading_settings settings_;
    view_settings whole_;  ///< reads all levels
    std::vector<std::string_view> keeps_;
};

/// A store that is nothing but keys: `generic` and the presets (presets.md). Immutable, thread-safe.
class configured_store final : public provider {
public:
    explicit configured_store(store_settings settings);

    [[nodiscard]] likely_cause diagnose(const webhook& refused) const override;
    [[nodiscard]] bool demands_proof() const noexcept override { return !settings_.unsigned_ok; }
    [[nodiscard]] std::string verified_by() const override;
    [[nodiscard]] bool can_sign() const noexcept override {
        return settings_.unsigned_ok || verifier_.can_sign();
    }
    [[nodiscard]] bool holds_secret(std::string_view text) const noexcept override;
    [[nodiscard]] std::string basic_realm() const override { return wants_basic() ? "shopbell" : ""; }
    [[nodiscard]] std::span<const std::string_view> challenge_methods() const noexcept override {
        return methods_;
    }
    [[nodiscard]] bool refuses_in_silence() const noexcept override { return settings_.answer.has_value(); }
    [[nodiscard]] std::shared_ptr<const delivery_reader> reader() const override {
        return settings_.hooks == nullptr ? reader_ : nullptr;
    }

private:
    [[nodiscard]] verdict examine(const webhook& one) const override;
    [[nodiscard]] signed_webhook make_signed(std::string_view event, std::string body, signing how,
                                             time_point happened) const override;

    /// Nothing where the request proves where it comes from.
    [[nodiscard]] std::optional<refusal> authenticate(request_view& from) const;
    [[nodiscard]] finding check_signature(request_view& from) const;
    [[nodiscard]] finding check_basic(const headers& fields) const;
    [[nodiscard]] bool wants_signature() const noexcept {
        return settings_.proof_of_sender.how != proof::basic;
    }
    [[nodiscard]] bool wants_basic() const noexcept { return !settings_.basic_passwords.empty(); }
    [[nodiscard]] bool signs_elements() const noexcept;
    [[nodiscard]] likely_cause diagnose_genuine(const request_view& from) const;

    [[nodiscard]] std::optional<reply> answer_probe(const std::vector<probe_answer>& all, request_view& from,
                                                    bool proven) const;
    [[nodiscard]] verdict name_delivery(request_view& from) const;
    [[nodiscard]] std::variant<accepted, refusal> name_event(request_view& from,
                                                             std::optional<std::size_t> place) const;
    [[nodiscard]] std::string event_of(const request_view& from) const;
    [[nodiscard]] std::string subject_of(request_view& from, std::string_view event) const;
    [[nodiscard]] std::string identity_of(const request_view& from, std::optional<std::size_t> place) const;
    [[nodiscard]] std::string query_without_proof(std::string_view query) const;
    [[nodiscard]] std::string store_of(const request_view& from) const;
    /// Nothing where the endpoint takes deliveries of that store.
    [[nodiscard]] std::optional<refusal> check_store(std::string_view store) const;
    [[nodiscard]] std::optional<refusal> check_match(const request_view& from) const;
    [[nodiscard]] std::vector<const json::value*> elements_of(const request_view& from) const;

    store_settings settings_;
    verifier verifier_;
    std::shared_ptr<const configured_reader> reader_;
    std::vector<std::string_view> methods_;
    secret mac_key_;        ///< of MACs in answers
    bool has_unsigned_id_;  ///< a signed delivery can be sent again under another id
};

/// "user:password" of an Authorization: Basic header (RFC 7617, section 2), or why there is none.
[[nodiscard]] result<secret> read_basic(const headers& fields);

/// Event names as types have them: lower case, "/" and ":" as ".", any other sign as "_".
[[nodiscard]] std::string plain_event_name(std::string_view sent);

/// Why a request is refused, as far as trying tells. `known`: null for a store of keys only.
[[nodiscard]] likely_cause diagnose_proof(const scheme& configured, const view_settings& view,
                                          const preset* known, const webhook& refused);

}  // namespace shopbell::stores
