#include "configured_store.hpp"

#include <shopbell/core/text.hpp>
#include <shopbell/stores/body_changes.hpp>
#include <shopbell/stores/copied_secret.hpp>

#include <algorithm>
#include <array>
#include <functional>

/// Why a request's proof does not hold (presets.md, section 6).
namespace shopbell::stores {

namespace {

constexpr std::array<std::string_view, 3> encoding_names = {"hexadecimal", "base64", "base64url"};

class trials {
public:
    trials(const scheme& configured, const view_settings& view, const preset* known, const webhook& refused)
        : configured_(configured),
          as_configured_(configured),
          view_(view),
          known_(known),
          refused_(refused) {}

    [[nodiscard]] likely_cause run() const {
        request_view from(refused_, view_);
        const auto found = as_configured_.check(from);
        if (found.age)
            return {explain_age(*found.age), true, "age"};
        if (configured_.how == proof::token)
            return explain_token(found);
        // Where no signature can be read, only another way to write one can make it right.
        const bool can_be_read = found.is == finding::outcome::wrong;
        struct trial {
            std::string (trials::*explain)() const;
            const char* cause;
        };
        for (const auto& [explain, cause] :
             {trial{&trials::try_encodings, "signature_encoding"},
              trial{&trials::try_key_forms, "secret_encoding"},
              trial{&trials::try_copied_secrets, "secret_white_space"},
              trial{&trials::try_urls, "public_url"}, trial{&trials::try_bodies, "body_changed"}}) {
            if (auto text = (this->*explain)(); !text.empty())
                return {std::move(text), true, cause};
            if (!can_be_read)
                break;
        }
        return {explain_unknown(found.reason), false, "signature_wrong"};
    }

private:
    [[nodiscard]] bool fits(const verifier& by, const view_settings& view, std::string_view body) const {
        const webhook sent = {refused_.fields, body, refused_.method, refused_.query, refused_.at};
        request_view from(sent, view);
        const auto found = by.check(from);
        return found.is == finding::outcome::genuine || found.is == finding::outcome::stale;
    }
    /// The same keys, and signatures read in another way.
    [[nodiscard]] bool is_read_right(const scheme& changed) const {
        return fits(as_configured_.reading_as(changed), view_, refused_.body);
    }
    [[nodiscard]] bool fits(const scheme& changed) const {
        return fits(verifier(changed), view_, refused_.body);
    }

    [[nodiscard]] std::string explain_age(std::chrono::milliseconds age) const {
        using std::chrono::milliseconds;
        const auto distance = age.count() < 0 ? -age : age;
        const auto when = in_words(distance) + (age.count() < 0 ? " in the future" : " old");
        constexpr auto decades = std::chrono::hours(24 * 365 * 10);
        if (distance > decades)
            return "The signature is right, but its time is " + when +
                   ": seconds were taken for milliseconds or the other way round; correct timestamp_unit.";
        return "The signature is right, but " + when +
               ": look at the clock of this machine (timedatectl), or let the tolerance be longer if the "
               "store "
               "or a queue in between holds deliveries back that long.";
    }

    [[nodiscard]] likely_cause explain_token(const finding& found) const {
        request_view from(refused_, view_);
        const auto sent = from.find(configured_.signature);
        if (const auto how = sent.is_one() ? nearly_equals(configured_.given, sent.text) : std::string_view();
            !how.empty())
            return {"The token is right" + std::string(how) + ": copy it again, at the store or here.", true,
                    "token_changed"};
        return {explain_unknown(found.reason), false, "token_wrong"};
    }

    [[nodiscard]] std::string try_encodings() const {
        for (std::size_t i = 0; i < encoding_names.size(); ++i) {
            auto changed = configured_;
            changed.encodings = {static_cast<text_encoding>(i)};
            if (is_read_right(changed))
                return "The signature would be right as " + std::string(encoding_names[i]) +
                       ": set encoding = \"" + (i == 0 ? "hex" : std::string(encoding_names[i])) + "\".";
        }
        auto changed = configured_;
        changed.formats = {signature_format{}};
        if (is_read_right(changed))
            return "The signature is right, but stands there without what format puts around it: set format "
                   "= "
                   "\"{signature}\", or an array of both.";
        for (const std::string_view prefix : {"sha256=", "sha1=", "sha512=", "v1=", "v1,", "sha256= "}) {
            changed.formats = {signature_format{std::string(prefix), ""}};
            if (is_read_right(changed))
                return "The signature is right behind \"" + std::string(prefix) + "\": set format = \"" +
                       std::string(prefix) + "{signature}\".";
        }
        return {};
    }

    [[nodiscard]] std::string try_key_forms() const {
        if (configured_.how != proof::mac)
            return {};
        struct form {
            key_encoding value;
            std::string_view name;
        };
        constexpr form forms[] = {{key_encoding::text, "text"},
                                  {key_encoding::base64, "base64"},
                                  {key_encoding::hex, "hex"},
                                  {key_encoding::sha1, "sha1"}};
        for (const auto& [value, name] : forms) {
            for (const std::string_view prefix : {"whsec_", ""}) {
                auto changed = configured_;
                changed.key_encodings = {value};
                changed.key_prefix = prefix;
                if (fits(changed))
                    return "The signature would be right with the secret taken as " + std::string(name) +
                           (prefix.empty() ? ", all of it" : " without its prefix") +
                           ": set key_encoding = \"" + std::string(name) + "\" and key_prefix = \"" +
                           std::string(prefix) + "\".";
            }
        }
        return {};
    }

    [[nodiscard]] std::string try_copied_secrets() const {
        for (const auto& one : configured_.given) {
            const auto text = one.reveal();
            for (const auto part : {trim(text), without_quotes(trim(text))}) {
                if (part == text || part.empty())
                    continue;
                auto changed = configured_;
                changed.given.clear();
                changed.given.emplace_back(std::string(part));
                if (fits(changed))
                    return "The signature would be right without the quotes or the white space around the "
                           "secret: "
                           "take them away.";
            }
        }
        return {};
    }

    [[nodiscard]] std::string try_urls() const {
        const bool signs_url =
            std::ranges::any_of(configured_.texts, [](const auto& one) { return one.uses(place::url); });
        if (!signs_url)
            return {};
        for (const auto& url : other_urls()) {
            auto changed = view_;
            changed.public_url = url;
            if (fits(as_configured_, changed, refused_.body))
                return "The signature is right for the address " + url +
                       ": set public_url to it, as it is registered "
                       "at the store byte for byte.";
        }
        return {};
    }

    [[nodiscard]] std::vector<std::string> other_urls() const {
        const auto& url = view_.public_url;
        const auto query = std::min(url.find('?'), url.size());
        const auto plain = url.substr(0, query);
        const auto behind = url.substr(query);
        std::vector<std::string> all = {plain.ends_with('/') ? plain.substr(0, plain.size() - 1) + behind
                                                             : plain + "/" + behind};
        if (!refused_.query.empty() && behind.empty())
            all.push_back(url + "?" + std::string(refused_.query));
        if (!behind.empty())
            all.push_back(plain);
        const auto by_scheme = all.size();
        for (std::size_t i = 0; i <= by_scheme; ++i) {
            const auto& one = i == by_scheme ? url : all[i];
            if (one.starts_with("https://"))
                all.push_back("http://" + one.substr(8));
            else if (one.starts_with("http://"))
                all.push_back("https://" + one.substr(7));
        }
        if (const auto authority_end = plain.find('/', plain.find("//") + 2);
            authority_end != std::string::npos)
            all.push_back(plain.substr(0, authority_end) + ":443" + url.substr(authority_end));
        return all;
    }

    [[nodiscard]] std::string try_bodies() const {
        const auto same = [this](std::string_view body) { return fits(as_configured_, view_, body); };
        if (const auto change = find_body_change(refused_.body, same); !change.empty())
            return "The signature would be right if the body " + change +
                   ": a proxy or a program in between changes bodies; let them through byte for byte.";
        return {};
    }

    [[nodiscard]] std::string explain_unknown(const std::string& reason) const {
        std::string text = capitalised(reason) + ".";
        if (known_ == nullptr)
            return text +
                   " Compare the secret and the way of signing with what the store's documentation says.";
        if (!known_->secret_name().empty())
            text += " The secret must be " + known_->secret_name() +
                    (known_->secret_place().empty() ? "" : ", " + known_->secret_place()) + ".";
        for (const auto& one : known_->advice())
            text += " " + one;
        return text;
    }

    static std::string capitalised(std::string text) {
        if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
            text.front() = static_cast<char>(text.front() - 'a' + 'A');
        return text;
    }

    const scheme& configured_;
    const verifier as_configured_;
    const view_settings& view_;
    const preset* known_;
    const webhook& refused_;
};

}  // namespace

likely_cause diagnose_proof(const scheme& configured, const view_settings& view, const preset* known,
                            const webhook& refused) {
    return trials(configured, view, known, refused).run();
}

likely_cause configured_store::diagnose(const webhook& refused) const {
    request_view from(refused, reader_->settings().view);
    if (!authenticate(from))
        return diagnose_genuine(from);
    const bool signature_fits = wants_signature() && check_signature(from).is == finding::outcome::genuine;
    const bool basic_fits = wants_basic() && check_basic(refused.fields).is == finding::outcome::genuine;
    if (settings_.hooks != nullptr)
        return settings_.hooks->diagnose(settings_, refused, signature_fits, basic_fits);
    if (!wants_signature() || signature_fits)
        return {
            "The user or the password of HTTP Basic is missing or wrong: compare basic_user and "
            "basic_password "
            "with what is entered at the store, where they often stand in the address itself.",
            false, "basic_wrong"};
    return diagnose_proof(settings_.proof_of_sender, reader_->settings().view, settings_.known, refused);
}

likely_cause configured_store::diagnose_genuine(const request_view& from) const {
    const auto store = settings_.hooks == nullptr ? store_of(from) : settings_.hooks->name(from.sent()).store;
    if (check_store(store))
        return {
            "The delivery is of another store than \"" + settings_.store +
                "\", the only one that this endpoint takes: give the other store an endpoint and an address "
                "of its own, or take `store` out of this one.",
            demands_proof(), "other_store"};
    const auto other = check_match(from);
    return {"The delivery is genuine, but not for this endpoint: " +
                (other ? other->reason : std::string("what was wrong is no longer so")) + ".",
            demands_proof(), "other_store"};
}

}  // namespace shopbell::stores
