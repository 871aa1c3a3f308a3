#include "signature_diagnosis.hpp"

#include <shopbell/stores/body_changes.hpp>
#include <shopbell/stores/copied_secret.hpp>
#include <shopbell/stores/signature_form.hpp>

#include <shopbell/core/text.hpp>
#include <shopbell/core/white_space.hpp>
#include <shopbell/crypto/digest.hpp>
#include <shopbell/crypto/encoding.hpp>
#include <shopbell/crypto/hmac_keys.hpp>

#include <algorithm>
#include <optional>
#include <string>

namespace shopbell {
namespace {

constexpr std::string_view crlf = "\r\n";
constexpr std::string_view gzip_magic = "\x1F\x8B";

/// Whether the secret with something done to it, or the body, makes the signature right.
class mac_trial {
public:
    mac_trial(const sha256_digest& mac, const secrets& keys, std::string_view body)
        : mac_(mac), keys_(keys), prepared_(keys), body_(body) {}

    [[nodiscard]] bool as_sent() const { return with_body(body_); }
    [[nodiscard]] bool with_body(std::string_view body) const { return prepared_.verify(body, mac_); }
    /// `change` gives nothing where it leaves a secret as it is.
    template <class Change>
    [[nodiscard]] bool with_key(Change change) const {
        return std::ranges::any_of(keys_, [&](const secret& key) {
            const std::optional<secret> other = change(key.reveal());
            return other && equals(hmac_sha256(other->reveal(), body_));
        });
    }

private:
    [[nodiscard]] bool equals(const sha256_digest& mac) const {
        return equal_in_constant_time(as_text(mac), as_text(mac_));
    }
    const sha256_digest& mac_;
    const secrets& keys_;
    const hmac_keys prepared_;
    std::string_view body_;
};

/// What would have to be otherwise, and what to do about it.
struct explanation {
    std::string condition;
    std::string advice;
    std::string_view cause;
    bool proven = true;
};

std::optional<secret> unless_same(std::string text, std::string_view original) {
    secret other(std::move(text));
    if (other.reveal() == original)
        return std::nullopt;
    return other;
}

std::optional<secret> made_of(std::optional<std::string> bytes) {
    if (!bytes)
        return std::nullopt;
    return secret(*std::move(bytes));
}

struct key_change {
    std::string_view condition;  ///< behind the secret's name
    std::string_view advice;
    std::string_view cause;
    std::optional<secret> (*apply)(std::string_view key);
    bool proven = true;
};

constexpr std::string_view mend_configuration = "enter it in the configuration exactly as the store shows it";
constexpr std::string_view mend_signer =
    "whoever signs has it so, and must use the text itself as the store shows it";

constexpr key_change key_changes[] = {
    {"had no white space around it", mend_configuration, "secret_white_space",
     [](std::string_view key) { return unless_same(std::string(trim_unseen(key)), key); }},
    {"had no white space and no characters that are not seen in it", mend_configuration, "secret_white_space",
     [](std::string_view key) { return unless_same(without_unseen(key), key); }},
    {"had no quotes around it", mend_configuration, "secret_quoted",
     [](std::string_view key) { return unless_same(std::string(without_quotes(key)), key); }},
    {"were written in small letters", mend_configuration, "secret_letter_case",
     [](std::string_view key) { return unless_same(to_lower(key), key); }},
    {"were written in capital letters", mend_configuration, "secret_letter_case",
     [](std::string_view key) { return unless_same(to_upper(key), key); }},
    {"ended in a line break", mend_signer, "secret_line_break",
     [](std::string_view key) { return made_of(std::string(key) + '\n'); }},
    {"ended in a line break", mend_signer, "secret_line_break",
     [](std::string_view key) { return made_of(std::string(key).append(crlf)); }},
    {"ended in a carriage return", mend_signer, "secret_line_break",
     [](std::string_view key) { return made_of(std::string(key) + '\r'); }},
    {"began with a byte order mark", mend_signer, "secret_byte_order_mark",
     [](std::string_view key) { return made_of(std::string("\xEF\xBB\xBF").append(key)); }},
    {"ended in a space", mend_signer, "secret_white_space",
     [](std::string_view key) { return made_of(std::string(key) + ' '); }},
    {"stood in quotes", mend_signer, "secret_quoted",
     [](std::string_view key) { return made_of('"' + std::string(key) + '"'); }},
    {"were decoded from hexadecimal", mend_signer, "secret_decoded",
     [](std::string_view key) { return made_of(hex_decode(key)); }},
    {"were decoded from base64", mend_signer, "secret_decoded",
     [](std::string_view key) { return made_of(base64_decode(key)); }},
    {"were empty", "whoever sent this has no secret: enter it there, or take no notice of a stranger",
     "secret_empty", [](std::string_view) { return made_of(std::string()); }, false},
};

std::optional<explanation> explain_by_key(const signing_scheme& scheme, const mac_trial& trial) {
    for (const auto& one : key_changes) {
        if (trial.with_key(one.apply))
            return explanation{std::string(scheme.key).append(" ").append(one.condition),
                               std::string(one.advice), one.cause, one.proven};
    }
    return std::nullopt;
}

std::optional<explanation> explain_by_body(const signing_scheme& scheme, std::string_view body,
                                           const mac_trial& trial) {
    const auto fits = [&trial](std::string_view changed) { return trial.with_body(changed); };
    auto condition = find_body_change(body, fits);
    if (condition.empty())
        return std::nullopt;
    return explanation{"the body " + condition,
                       "something between " + std::string(scheme.store) +
                           " and here changes bodies (a proxy, a firewall, a script), and must hand every "
                           "byte on as it came",
                       "body_changed"};
}

std::string_view form_cause(const signing_scheme& scheme, const sent_signature& sent) {
    if (sent.form == scheme.form)
        return "signature_decorated";
    return sent.form == "base64" ? "base64_not_hex" : "hex_not_base64";
}

std::optional<explanation> explain_form(const signing_scheme& scheme, const sent_signature& sent) {
    std::string condition;
    if (sent.form != scheme.form)
        condition = "were written in " + std::string(scheme.form) + " and not in " + std::string(sent.form);
    if (!sent.bare)
        condition += std::string(condition.empty() ? "" : " and ") + "had no quotes or sha256= around it";
    if (condition.empty())
        return std::nullopt;
    return explanation{"it " + condition,
                       "something between " + std::string(scheme.store) +
                           " and here rewrites the header, or another program signs than " +
                           std::string(scheme.store) + "'s",
                       form_cause(scheme, sent)};
}

likely_cause conclude(const std::optional<explanation>& form, const std::optional<explanation>& rest) {
    const auto& main = rest ? *rest : *form;
    std::string conditions = main.condition;
    if (form && rest)
        conditions = form->condition + " and " + rest->condition;
    return {"The signature would be right if " + conditions + ": " + main.advice + ".", main.proven,
            std::string(main.cause)};
}

/// Nothing where none of what is tried makes the signature right.
std::optional<likely_cause> explain(const signing_scheme& scheme, const secrets& keys,
                                    const sent_signature& sent, std::string_view body) {
    const auto form = explain_form(scheme, sent);
    const mac_trial trial(sent.mac, keys, body);
    if (trial.as_sent() && form)
        return conclude(form, std::nullopt);
    auto rest = explain_by_key(scheme, trial);
    if (!rest)
        rest = explain_by_body(scheme, body, trial);
    if (!rest)
        return std::nullopt;
    return conclude(form, rest);
}

/// A name as proxies and CGI write it: "HTTP_X_SIGNATURE" is "x-signature".
std::string plain_name(std::string_view name) {
    auto plain = to_lower(name);
    std::ranges::replace(plain, '_', '-');
    for (const std::string_view prefix : {"http-", "x-"}) {
        if (plain.starts_with(prefix))
            plain.erase(0, prefix.size());
    }
    return plain;
}

likely_cause missing(const signing_scheme& scheme, const headers& fields) {
    const std::string header(scheme.header);
    const auto plain = plain_name(header);
    const bool renamed =
        std::ranges::any_of(fields, [&](const auto& one) { return plain_name(one.name) == plain; });
    if (renamed)
        return {"The request has no " + header + " header but one named nearly like it: something between " +
                    std::string(scheme.store) + " and here renames it, or another program signs than " +
                    std::string(scheme.store) + "'s.",
                false, "header_renamed"};
    return {"The request has no " + header + " header: " + std::string(scheme.choose) +
                "a proxy must hand on every header that it gets, and a test of your own needs what `shopbell "
                "sign` prints.",
            false, "header_missing"};
}

likely_cause unexplained(const signing_scheme& scheme, const webhook& refused, bool readable) {
    const std::string store(scheme.store);
    if (refused.body.empty())
        return {
            "The request came without its body: a redirect on the way (from http to https, or to another "
            "address) loses it, so enter the final address at " +
                store + ".",
            false, "body_missing"};
    if (refused.body.starts_with(gzip_magic))
        return {
            "The body is compressed (gzip) although no header says so: switch off what compresses "
            "requests between " +
                store + " and here.",
            false, "body_compressed"};
    if (!readable)
        return {"What the " + std::string(scheme.header) + " header holds is no signature as " + store +
                    " makes them (32 bytes in " + std::string(scheme.form) +
                    "): something on the way has changed it, or " + store + " has not sent this request.",
                false, "signature_unreadable"};
    return {
        "The signature is not one of this body under " + std::string(scheme.key) +
            ", nor after any change that commonly happens to them: compare " + std::string(scheme.key) +
            " with what " + store + " shows " + std::string(scheme.where) +
            ", and where they are the same let `shopbell doctor --url` look for what changes bodies on the "
            "way; what no store of yours has sent needs nothing done.",
        false, "signature_wrong"};
}

}  // namespace

likely_cause diagnose_signature(const signing_scheme& scheme, const secrets& keys, const webhook& refused) {
    const std::string header(scheme.header);
    const auto times = count(refused.fields, header);
    if (times == 0)
        return missing(scheme, refused.fields);
    if (times > 1)
        return {"The request has more than one " + header +
                    " header: something on the way adds one, and must hand on that of " +
                    std::string(scheme.store) + " alone.",
                false, "header_repeated"};
    const auto value = trim(value_of(refused.fields, header));
    if (value.empty())
        return {"The " + header + " header is empty: " + std::string(scheme.choose) +
                    "something on the way may have emptied it.",
                false, "header_empty"};
    if (any_equals(keys, value) || !nearly_equals(keys, value).empty())
        return {"The " + header + " header holds " + std::string(scheme.key) +
                    " itself and no signature made with it: sign the body with it, and exchange it for a new "
                    "one, since it was sent.",
                true, "secret_sent"};
    const auto sent = read_any_form(value);
    if (sent) {
        if (auto found = explain(scheme, keys, *sent, refused.body))
            return *std::move(found);
    }
    return unexplained(scheme, refused, sent.has_value());
}

}  // namespace shopbell
