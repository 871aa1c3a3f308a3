#include "store_settings.hpp"

#include "wording.hpp"

#include <shopbell/core/text.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <span>

namespace shopbell::stores {

namespace {

using std::chrono::milliseconds;

struct algorithm {
    std::string_view name;
    proof how;
    hash by = hash::sha256;
    key_algorithm asymmetric = key_algorithm::ed25519;
};

constexpr std::array algorithms = {
    algorithm{"hmac-sha256", proof::mac, hash::sha256},
    algorithm{"hmac-sha1", proof::mac, hash::sha1},
    algorithm{"hmac-sha384", proof::mac, hash::sha384},
    algorithm{"hmac-sha512", proof::mac, hash::sha512},
    algorithm{"sha256", proof::digest, hash::sha256},
    algorithm{"sha512", proof::digest, hash::sha512},
    algorithm{"sha1", proof::digest, hash::sha1},
    algorithm{"ed25519", proof::public_key, hash::sha256, key_algorithm::ed25519},
    algorithm{"ecdsa-p256-sha256", proof::public_key, hash::sha256, key_algorithm::ecdsa_p256_sha256},
    algorithm{"rsa-sha256", proof::public_key, hash::sha256, key_algorithm::rsa_sha256},
    algorithm{"rsa-sha1", proof::public_key, hash::sha256, key_algorithm::rsa_sha1},
    algorithm{"token", proof::token},
    algorithm{"basic", proof::basic},
};

constexpr std::array<std::string_view, 3> encodings = {"hex", "base64", "base64url"};
constexpr std::array<std::string_view, 6> key_encodings = {"text", "base64", "hex", "nfkd", "sha1", "pem"};
constexpr std::array<std::string_view, 4> time_units = {"s", "ms", "iso", "auto"};
constexpr std::array<std::string_view, 4> separators = {",", ";", " ", "&"};

constexpr milliseconds usual_tolerance = std::chrono::minutes(5);

bool is_request_source(const source& one) noexcept {
    return one.where == place::header || one.where == place::json || one.where == place::form ||
           one.where == place::query;
}

}  // namespace

/// Reads one endpoint's keys.
class settings_reader {
public:
    settings_reader(key_reader keys, std::string provider, const preset* known, bool auth_none)
        : keys_(keys) {
        made_.reading.provider = std::move(provider);
        made_.known = known;
        made_.unsigned_ok = auth_none;
        if (known != nullptr)
            made_.proof_of_sender.reasons = known->reasons();
    }

    store_settings run() {
        made_.reading.view.public_url = text("public_url");
        made_.reading.view.user = text("user");
        read_proof();
        read_basic();
        read_names();
        read_limits();
        read_answers();
        made_.reading.orders = read_orders(keys_);
        look_over();
        return std::move(made_);
    }

private:
    [[nodiscard]] std::string text(std::string_view key) { return keys_.at(key).string(key, ""); }
    void error(std::string_view key, std::string message) { keys_.at(key).error(key, std::move(message)); }

    template <std::size_t Count>
    [[nodiscard]] std::size_t one_of(std::string_view key,
                                     const std::array<std::string_view, Count>& choices) {
        return keys_.at(key).one_of(key, choices, 0);
    }

    template <class Enum, std::size_t Count>
    void read_choices(std::string_view key, const std::array<std::string_view, Count>& choices,
                      std::vector<Enum>& into) {
        const auto texts = keys_.at(key).texts(key);
        std::vector<Enum> all;
        for (std::size_t i = 0; i < texts.size(); ++i) {
            const auto chosen = std::ranges::find(choices, texts[i]);
            if (chosen != choices.end()) {
                all.push_back(static_cast<Enum>(chosen - choices.begin()));
                continue;
            }
            const auto close = closest(texts[i], choices);
            std::string list;
            for (const auto one : choices)
                list += (list.empty() ? "" : ", ") + quoted(one);
            keys_.at(key).error(key, i,
                                quoted(texts[i]) + " is none of " + list +
                                    (close ? " (did you mean " + quoted(*close) + "?)" : ""));
        }
        if (!all.empty())
            into = std::move(all);
    }

    [[nodiscard]] std::optional<source> read_source(std::string_view key) {
        if (!keys_.has(key)) {
            (void)keys_.at(key);
            return std::nullopt;
        }
        const auto given = keys_.at(key).required_string(key);
        if (given.empty())
            return std::nullopt;
        auto found = parse_source(given);
        if (found)
            return *std::move(found);
        error(key, quoted(given) + " " + found.error().reason);
        return std::nullopt;
    }

    [[nodiscard]] std::vector<text_template> read_templates(std::string_view key, vocabulary allowed) {
        std::vector<text_template> all;
        const auto texts = keys_.at(key).texts(key);
        for (std::size_t i = 0; i < texts.size(); ++i) {
            if (auto one = text_template::parse(texts[i], allowed))
                all.push_back(*std::move(one));
            else
                keys_.at(key).error(key, i, quoted(texts[i]) + " " + one.error().reason);
        }
        return all;
    }

    // How a request proves where it comes from.

    void read_proof() {
        auto& made = made_.proof_of_sender;
        const auto chosen = read_algorithm();
        made.how = chosen.how;
        made.by = chosen.by;
        made.asymmetric = chosen.asymmetric;
        if (auto signature = read_source("signature"))
            made.signature = *std::move(signature);
        else if (!keys_.has("signature") && made.how != proof::basic && !made_.unsigned_ok)
            error("signature",
                  "\"signature\" is missing: where in a request does the proof stand, as "
                  "\"header:X-Signature\"?");
        if (made.signature.where == place::entry || made.signature.where == place::entry_number)
            error("signature", "an entry is a part of the signature, not where it stands");
        read_choices("encoding", encodings, made.encodings);
        read_choices("key_encoding", key_encodings, made.key_encodings);
        made.key_prefix = text("key_prefix");
        read_separator();
        read_formats();
        made.texts = read_templates("signed", vocabulary::signed_text);
        if (!keys_.has("signed"))
            made.texts.push_back(text_template::value({place::body}));
        read_timestamp();
        read_secrets();
        read_public_keys();
        check_texts();
    }

    [[nodiscard]] algorithm read_algorithm() {
        std::array<std::string_view, algorithms.size()> names;
        std::ranges::transform(algorithms, names.begin(), &algorithm::name);
        return algorithms[one_of("algorithm", names)];
    }

    void read_separator() {
        auto& separator = made_.proof_of_sender.separator;
        separator = text("separator");
        if (!separator.empty() && std::ranges::find(separators, separator) == separators.end())
            error("separator", quoted(separator) + R"( is none of ",", ";", " " and "&")");
    }

    void read_formats() {
        auto& formats = made_.proof_of_sender.formats;
        const auto texts = keys_.at("format").texts("format");
        if (!texts.empty())
            formats.clear();
        const auto& user = made_.reading.view.user;
        const auto names_user = [](const auto& one) { return one.find("{user}") != std::string::npos; };
        const bool is_preset_format = !keys_.own().has("format");
        if (is_preset_format && user.empty() && std::ranges::any_of(texts, names_user))
            error("user", "\"user\" is missing: the name behind which the store puts its signature");
        for (std::size_t i = 0; i < texts.size(); ++i) {
            if (auto format = parse_format(texts[i], user))
                formats.push_back(*std::move(format));
            else
                keys_.at("format").error("format", i, quoted(texts[i]) + " " + format.error().reason);
        }
        if (formats.empty())
            formats.emplace_back();
    }

    void read_timestamp() {
        auto& made = made_.proof_of_sender;
        made.timestamp = read_source("timestamp");
        made.unit = static_cast<time_unit>(one_of("timestamp_unit", time_units));
        if (made.timestamp)
            made.past = made.future = usual_tolerance;
        auto& holder = keys_.at("tolerance");
        if (!holder.has("tolerance"))
            return;
        if (!keys_.has("timestamp"))
            error("tolerance", "a tolerance without \"timestamp\": where in a request does its time stand?");
        if (holder.has_table("tolerance")) {
            auto sides = holder.table("tolerance");
            made.past = sides.duration("past", usual_tolerance);
            made.future = sides.duration("future", usual_tolerance);
        } else {
            made.past = made.future = holder.duration("tolerance", usual_tolerance);
        }
    }

    [[nodiscard]] std::string secret_advice() const {
        std::string advice = "set secret_file (or secret_env, secret_credential, secret) to ";
        const auto* const known = made_.known;
        if (known == nullptr || known->secret_name().empty())
            return advice + "what the store signs with";
        return advice + known->secret_name() +
               (known->secret_place().empty() ? "" : ", " + known->secret_place());
    }

    void read_secrets() {
        auto& own = keys_.own();
        auto& made = made_.proof_of_sender;
        const bool takes_secret = made.how != proof::public_key && made.how != proof::basic;
        const bool has_secret = own.has_secret("secret");
        made.given = own.secret("secret");
        if (has_secret && !takes_secret)
            own.error("secret", made.how == proof::basic
                                    ? "HTTP Basic takes basic_user and basic_password instead of a secret"
                                    : "this algorithm takes a public_key instead of a secret");
        if (has_secret && made_.unsigned_ok)
            own.error("secret", "a secret contradicts auth = \"none\": remove one of the two");
        if (takes_secret && !has_secret && !made_.unsigned_ok)
            own.error("secret", "no secret: " + secret_advice());
        if (made.how != proof::mac)
            return;
        for (const auto& one : made.given)
            check_key(one);
    }

    void check_key(const secret& one) {
        auto& made = made_.proof_of_sender;
        const auto fits = [&](key_encoding form) {
            return derive_key(one.reveal(), form, made.key_prefix).has_value();
        };
        if (std::ranges::none_of(made.key_encodings, fits))
            keys_.own().error(
                "secret",
                "the secret " +
                    derive_key(one.reveal(), made.key_encodings.front(), made.key_prefix).error().reason +
                    ", as key_encoding says that it is: was it copied whole?");
        if (!made.key_prefix.empty() && one.reveal().starts_with("v1," + made.key_prefix))
            keys_.own().warn("secret", "the secret begins with \"v1,\", which is left out");
    }

    void read_public_keys() {
        auto& own = keys_.own();
        auto& made = made_.proof_of_sender;
        const bool has_keys = keys_.has("public_key") || own.has("public_key_file");
        const auto texts = own.has("public_key_file")
                               ? std::vector<std::string>{own.required_file("public_key_file")}
                               : keys_.at("public_key").texts("public_key");
        own.know("public_key_file");
        if (made.how != proof::public_key) {
            if (has_keys)
                error("public_key", "a public_key is for ed25519, ecdsa-p256-sha256 and the rsa algorithms");
            return;
        }
        if (!has_keys && !made_.unsigned_ok)
            own.error("public_key",
                      "no public_key: set it to the key that the store publishes for its signatures");
        for (std::size_t i = 0; i < texts.size(); ++i) {
            auto key = read_public_key(texts[i]);
            if (key)
                made.public_keys.push_back(*std::move(key));
            else
                keys_.at("public_key").error("public_key", i, "the public_key " + key.error().reason);
        }
    }

    [[nodiscard]] result<public_key> read_public_key(const std::string& given) {
        const auto& made = made_.proof_of_sender;
        result<public_key> key = failure{errc::malformed, "is empty"};
        const bool is_pem = given.find("-----BEGIN") != std::string::npos;
        for (const auto form : made.key_encodings) {
            const auto bytes = derive_key(trim(given), is_pem ? key_encoding::pem : form, made.key_prefix);
            if (!bytes) {
                key = bytes.error();
                continue;
            }
            key = public_key::parse(made.asymmetric, bytes->reveal());
            if (key)
                return key;
        }
        return key;
    }

    void check_texts() {
        const auto& made = made_.proof_of_sender;
        const auto uses = [&](place where) {
            return std::ranges::any_of(made.texts, [where](const auto& one) { return one.uses(where); });
        };
        if (uses(place::url) && made_.reading.view.public_url.empty())
            error("public_url",
                  "\"public_url\" is missing: {url} is signed, so give the address byte for byte "
                  "as it is registered at the store");
        const auto& url = made_.reading.view.public_url;
        if (!url.empty() && !url.starts_with("https://") && !url.starts_with("http://"))
            error("public_url", quoted(url) + " is no URL: it begins with \"https://\" or \"http://\"");
        if (uses(place::timestamp) && !keys_.has("timestamp"))
            error("signed", "{timestamp} is signed, but \"timestamp\" does not say where the time stands");
        if (made.how == proof::digest &&
            !std::ranges::all_of(made.texts, [](const auto& one) { return one.uses(place::secret); }))
            error("signed", "a digest proves nothing unless {secret} is in what is signed");
        if (uses(place::entry) && made.separator.empty())
            error("signed", "an entry of the signature needs \"separator\"");
        const bool time_in_entry = made.timestamp && (made.timestamp->where == place::entry ||
                                                      made.timestamp->where == place::entry_number);
        if (time_in_entry && made.separator.empty())
            error("timestamp", "an entry of the signature needs \"separator\"");
    }

    void read_basic() {
        const auto user = text("basic_user");
        auto& own = keys_.own();
        const bool has_password = own.has_secret("basic_password");
        made_.basic_user = user;
        made_.basic_passwords = own.secret("basic_password");
        const bool wanted = made_.proof_of_sender.how == proof::basic && !made_.unsigned_ok;
        if (has_password && user.empty())
            own.error("basic_password", "basic_password without basic_user: set basic_user as well");
        if (!user.empty() && !has_password)
            own.error("basic_user",
                      "basic_user without basic_password: set basic_password_file (or "
                      "basic_password_env, basic_password_credential, basic_password) as well");
        if (wanted && user.empty() && !has_password)
            own.error("basic_user",
                      "no basic_user and basic_password: set both to what is entered at the store");
        if (user.find(':') != std::string::npos)
            error("basic_user",
                  "basic_user must not hold a colon: HTTP Basic ends the user's name at the first one");
        if (made_.unsigned_ok && (has_password || !user.empty()))
            own.error("basic_user", "credentials contradict auth = \"none\": remove one of the two");
    }

    // What a request is about.

    void read_names() {
        const auto ids = keys_.at("id").texts("id");
        made_.never_repeats = ids.size() == 1 && ids.front().empty();
        if (!made_.never_repeats)
            made_.id = read_templates("id", vocabulary::name);
        read_event();
        if (auto all = read_templates("subject", vocabulary::name); all.size() == 1)
            made_.subject = std::move(all.front());
        if (keys_.has("items")) {
            made_.reading.items = text("items");
            if (!is_pointer(*made_.reading.items))
                error("items", quoted(*made_.reading.items) + " is no JSON Pointer: it begins with \"/\"");
        } else {
            (void)keys_.at("items");
        }
    }

    void read_event() {
        const auto texts = keys_.at("event").texts("event");
        for (std::size_t i = 0; i < texts.size(); ++i) {
            auto one = parse_event(texts[i]);
            if (one)
                made_.event.push_back(*std::move(one));
            else
                keys_.at("event").error("event", i, quoted(texts[i]) + " " + one.error().reason);
        }
        if (!keys_.has("event"))
            made_.event.push_back(text_template::value({place::json, "/type"}));
    }

    [[nodiscard]] static result<text_template> parse_event(const std::string& given) {
        if (given.find('{') != std::string::npos)
            return text_template::parse(given, vocabulary::name);
        if (given.find(':') == std::string::npos)
            return given.empty() ? result<text_template>(failure{errc::malformed, "is empty"})
                                 : text_template::literal(given);
        auto from = parse_source(given);
        if (!from)
            return from.error();
        return text_template::value(*std::move(from));
    }

    void read_limits() {
        made_.store = text("store");
        made_.store_from = read_source("store_from");
        if (made_.store_from && !is_request_source(*made_.store_from))
            error("store_from", "a part of the signature names no store");
        if (!made_.store.empty() && !keys_.has("store_from"))
            error("store", "\"store\" needs \"store_from\": where does a request name its store?");
        auto& holder = keys_.at("match");
        for (const auto& [name, value] : holder.string_table("match")) {
            auto from = parse_source(name);
            if (from && is_request_source(*from))
                made_.match.emplace_back(*std::move(from), value);
            else
                holder.error("match", quoted(name) +
                                          (from ? " is a part of the signature" : " " + from.error().reason));
        }
    }

    // What the store gets.

    void read_answers() {
        made_.verify_tokens = keys_.own().secret("verify_token");
        read_probes("unsigned", made_.unsigned_requests);
        read_probes("challenge", made_.challenges);
        auto& holder = keys_.at("answer");
        if (!holder.has("answer"))
            return;
        made_.answer = reply_template::read(holder.table("answer"));
        constexpr unsigned first_refusal = 300;
        if (made_.answer->status() >= first_refusal)
            holder.error("answer",
                         "the answer to an accepted delivery has a status from 200 to 299: any other lets "
                         "the store send it again");
    }

    void read_probes(std::string_view key, std::vector<probe_answer>& into) {
        for (auto& table : keys_.at(key).tables(key)) {
            const auto given = table.required_string("when");
            auto when = condition::parse(given);
            auto answer = reply_template::read(table.table("answer"));
            if (!when) {
                table.error("when", quoted(given) + " " + when.error().reason);
                continue;
            }
            if (when->needs_verify_token() && made_.verify_tokens.empty())
                keys_.own().warn("verify_token",
                                 "no verify_token, so that the store's question is not answered: set "
                                 "verify_token_file (or verify_token_env, verify_token_credential, "
                                 "verify_token) to the word that is entered at the store");
            const auto method = std::string(when->method());
            if (!method.empty() && method != "POST" &&
                std::ranges::find(made_.methods, method) == made_.methods.end())
                made_.methods.push_back(method);
            into.push_back({*std::move(when), std::move(answer)});
        }
    }

    // What all of it takes of a request.

    void look_over() {
        const auto& proof_of_sender = made_.proof_of_sender;
        take(proof_of_sender.signature, false);
        for (const auto& one : proof_of_sender.texts)
            take_all(one.sources(), true);
        if (proof_of_sender.timestamp)
            take(*proof_of_sender.timestamp, true);
        for (const auto& one : made_.id)
            take_all(one.sources(), true);
        for (const auto& one : made_.event)
            take_all(one.sources(), true);
        if (made_.subject)
            take_all(made_.subject->sources(), true);
        if (made_.store_from)
            take(*made_.store_from, true);
        for (const auto& [from, value] : made_.match)
            take(from, false);
        for (const auto* list : {&made_.unsigned_requests, &made_.challenges}) {
            for (const auto& one : *list) {
                take_all(one.when.sources(), false);
                take_all(one.answer.sources(), false);
            }
        }
        if (made_.answer)
            take_all(made_.answer->sources(), false);
        for (const auto& one : made_.reading.orders) {
            const auto of_order = one.sources();
            made_.reading.keeps_query |=
                std::ranges::any_of(of_order, [](const source* from) { return from->where == place::query; });
            take_all(of_order, true);
            raise_levels(one.levels_for_id());
        }
        if (made_.reading.items)
            made_.reading.view.json_levels += levels_of(*made_.reading.items);
        keep_proof();
    }

    void take_all(const std::vector<const source*>& all, bool keep) {
        for (const auto* one : all)
            take(*one, keep);
    }

    void take(const source& one, bool keep) {
        auto& reading = made_.reading;
        reading.view.expects_form |= one.where == place::form || one.where == place::form_fields;
        if (one.where == place::json)
            raise_levels(levels_of(one.name));
        if (keep && one.where == place::header)
            this->keep(one.name);
    }

    void raise_levels(std::size_t levels) {
        auto& needed = made_.reading.view.json_levels;
        needed = std::max(needed, levels);
    }

    void keep(const std::string& name) {
        auto& kept = made_.reading.keeps;
        const bool is_credential = iequals(name, "Authorization") || iequals(name, "Cookie");
        const auto is_it = [&](const std::string& one) { return iequals(one, name); };
        if (!is_credential && std::ranges::none_of(kept, is_it))
            kept.push_back(name);
    }

    /// A signature is worth keeping, for whoever verifies again; a secret is not.
    void keep_proof() {
        const auto& proof_of_sender = made_.proof_of_sender;
        const auto& signature = proof_of_sender.signature;
        keep("Content-Type");
        const bool is_constant = proof_of_sender.how == proof::token ||
                                 (proof_of_sender.how == proof::digest &&
                                  std::ranges::all_of(proof_of_sender.texts, [](const text_template& one) {
                                      return std::ranges::all_of(one.sources(), [](const source* from) {
                                          return from->where == place::secret;
                                      });
                                  }));
        if (!is_constant && signature.where == place::header)
            keep(signature.name);
        if (is_constant && signature.where == place::header)
            std::erase_if(made_.reading.keeps, [&](const auto& one) { return iequals(one, signature.name); });
        if (is_constant && (signature.where == place::json || signature.where == place::form))
            made_.reading.secret_fields.push_back(signature);
    }

    key_reader keys_;
    store_settings made_;
};

store_settings read_settings(key_reader keys, std::string provider, const preset* known, bool auth_none) {
    return settings_reader(keys, std::move(provider), known, auth_none).run();
}

store_settings plain_settings(std::string provider, const preset* known, bool auth_none) {
    config::problems unseen(provider);
    const auto nothing = config::file::from_text("", unseen);
    auto own = nothing.root();
    own.ignore_unknown();
    if (known == nullptr)
        return read_settings({own, nullptr}, std::move(provider), nullptr, auth_none);
    return known->with_keys([&](config::reader& keys) {
        return read_settings({own, &keys}, std::move(provider), known, auth_none);
    });
}

}  // namespace shopbell::stores
