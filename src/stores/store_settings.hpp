#pragma once

#include "key_reader.hpp"
#include "order_mapping.hpp"
#include "reply_template.hpp"
#include "verifier.hpp"

#include <shopbell/crypto/secret.hpp>
#include <shopbell/stores/preset.hpp>
#include <shopbell/stores/provider.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace shopbell::stores {

/// What an endpoint's stored deliveries are read with. No secret is in it.
struct reading_settings {
    std::string provider;
    view_settings view = {};
    std::optional<std::string> items = {};  ///< the pointer to a batch's elements
    std::vector<order_mapping> orders = {};
    std::vector<source> secret_fields = {};  ///< what in a body proves its sender's secret
    std::vector<std::string> keeps = {};     ///< header fields
    bool keeps_query = false;                ///< orders take something of the URL
};

struct store_settings;

/// What a store does that no key can say.
struct store_hooks {
    /// Type, subject, store and identity of an authentic delivery.
    accepted (*name)(const webhook& one);

    /// The header fields that the store sends beside its credentials; `store` may be empty.
    headers (*make_fields)(std::string_view event, std::string_view store, time_point happened);

    /// Why the proof of a request does not hold, of which its signature may be right (or not be asked for)
    /// and HTTP Basic likewise.
    likely_cause (*diagnose)(const store_settings& by, const webhook& refused, bool signature_fits,
                             bool basic_fits);
};

/// One endpoint whose store is data, compiled from its keys.
struct store_settings {
    reading_settings reading;
    const preset* known = nullptr;       ///< null: the endpoint's own keys only
    const store_hooks* hooks = nullptr;  ///< null: the keys say all
    std::string secret_key = "secret";   ///< what the key of the secret is called
    bool unsigned_ok = false;            ///< auth = "none"
    scheme proof_of_sender = {};
    std::string basic_user = {};
    secrets basic_passwords = {};
    secrets verify_tokens = {};
    std::vector<text_template> id = {};  ///< the first of which all is there
    bool never_repeats = false;          ///< id = ""
    std::vector<text_template> event = {};
    std::optional<text_template> subject = {};
    std::string store = {};
    std::optional<source> store_from = {};
    std::vector<std::pair<source, std::string>> match = {};
    std::vector<probe_answer> unsigned_requests = {}, challenges = {};
    std::optional<reply_template> answer = {};
    std::vector<std::string> methods = {};  ///< beside POST
};

/// Reads the keys of presets.md, section 1.2. Whatever is wrong goes to the endpoint's reader; with errors
/// the result must not be used.
[[nodiscard]] store_settings read_settings(key_reader keys, std::string provider, const preset* known,
                                           bool auth_none);

/// The keys of a preset as they stand, or no keys at all: for who adds the credentials, and for deliveries
/// whose endpoint is no longer configured.
[[nodiscard]] store_settings plain_settings(std::string provider, const preset* known, bool auth_none);

}  // namespace shopbell::stores
