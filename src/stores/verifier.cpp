#include "verifier.hpp"

#include <shopbell/core/text.hpp>
#include <shopbell/crypto/encoding.hpp>
#include <shopbell/stores/timestamp.hpp>

#include <utf8proc.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <utility>

namespace shopbell::stores {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t most_tried = 8;
constexpr std::size_t most_entries = 64;

std::optional<std::string> decode(std::string_view text, text_encoding from) {
    switch (from) {
        case text_encoding::hex:
            return hex_decode(text);
        case text_encoding::base64:
            return base64_decode(text);
        case text_encoding::base64url:
            return base64url_decode(text);
    }
    return std::nullopt;
}

std::string encode(std::string_view bytes, text_encoding to) {
    switch (to) {
        case text_encoding::hex:
            return hex_encode(bytes);
        case text_encoding::base64:
            return base64_encode(bytes);
        case text_encoding::base64url:
            return base64url_encode(bytes);
    }
    return {};
}

std::optional<std::string> decompose(std::string_view text) {
    const std::string terminated(text);
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> normal(
        utf8proc_NFKD(reinterpret_cast<const utf8proc_uint8_t*>(terminated.c_str())), &std::free);
    if (!normal || text.find('\0') != std::string_view::npos)
        return std::nullopt;
    return std::string(reinterpret_cast<const char*>(normal.get()));
}

/// Panels show some keys without their padding.
std::optional<std::string> decode_key(std::string_view text) {
    std::string padded(text);
    if (padded.find('=') == std::string::npos)
        padded.append((4 - padded.size() % 4) % 4, '=');
    return base64_decode(padded);
}

std::optional<std::string> key_bytes(std::string_view text, key_encoding form) {
    switch (form) {
        case key_encoding::text:
        case key_encoding::pem:
            return std::string(text);
        case key_encoding::base64:
            return decode_key(text);
        case key_encoding::hex:
            return hex_decode(text);
        case key_encoding::nfkd:
            return decompose(text);
        case key_encoding::sha1:
            return digest(hash::sha1, text);
    }
    return std::nullopt;
}

std::string_view name_of(key_encoding form) noexcept {
    constexpr std::string_view names[] = {"text", "base64", "hex", "UTF-8 text", "text", "PEM"};
    return names[static_cast<std::size_t>(form)];
}

std::string_view without_prefix(std::string_view given, std::string_view prefix) noexcept {
    constexpr std::string_view scheme_name = "v1,";  // as some panels show Standard Webhooks' secrets
    if (prefix.empty())
        return given;
    if (given.starts_with(scheme_name) && given.substr(scheme_name.size()).starts_with(prefix))
        given.remove_prefix(scheme_name.size());
    if (given.starts_with(prefix))
        given.remove_prefix(prefix.size());
    return given;
}

bool is_digits(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

void split(std::string_view value, std::string_view separator, std::vector<std::string_view>& into) {
    while (into.size() < most_entries) {
        const auto end = separator.empty() ? value.size() : std::min(value.find(separator), value.size());
        if (const auto entry = trim(value.substr(0, end)); !entry.empty())
            into.push_back(entry);
        if (end == value.size())
            return;
        value.remove_prefix(end + separator.size());
    }
}

}  // namespace

/// What a request says of its proof.
struct verifier::reading {
    std::string missing = {};  ///< what is not there, for the operator; empty: all is
    bool unreadable = false;
    std::vector<std::string_view> entries = {};
    std::vector<std::string> candidates = {};  ///< decoded
    std::string_view time_text = {};
    bool has_time = false;
    std::optional<milliseconds> time = {};  ///< since 1970
};

result<signature_format> parse_format(std::string_view pattern, std::string_view user) {
    constexpr std::string_view signature = "{signature}";
    constexpr std::string_view user_name = "{user}";
    std::string text(pattern);
    for (auto at = text.find(user_name); at != std::string::npos;
         at = text.find(user_name, at + user.size())) {
        if (user.empty())
            return failure{errc::malformed, "holds {user}: set \"user\" as well"};
        text.replace(at, user_name.size(), user);
    }
    const auto at = text.find(signature);
    if (at == std::string::npos || text.find(signature, at + 1) != std::string::npos)
        return failure{errc::malformed, "must hold {signature}, once"};
    signature_format made{text.substr(0, at), text.substr(at + signature.size())};
    if (user.empty() && (made.before + made.behind).find_first_of("{}") != std::string::npos)
        return failure{errc::malformed,
                       "holds a placeholder that means nothing here: give {signature} or {user}"};
    return made;
}

result<secret> derive_key(std::string_view given, key_encoding form, std::string_view prefix) {
    auto bytes = key_bytes(without_prefix(given, prefix), form);
    if (!bytes)
        return failure{errc::malformed, "is not " + std::string(name_of(form))};
    if (bytes->empty())
        return failure{errc::malformed, "is empty"};
    return secret(*std::move(bytes));
}

verifier::verifier(scheme configured) : scheme_(std::move(configured)), keys_(secrets()) {
    texts_hold_secret_ =
        std::ranges::any_of(scheme_.texts, [](const text_template& one) { return one.uses(place::secret); });
    if (scheme_.how != proof::mac)
        return;
    secrets keys;
    for (std::size_t i = 0; i < scheme_.given.size(); ++i) {
        for (const auto form : scheme_.key_encodings) {
            auto key = derive_key(scheme_.given[i].reveal(), form, scheme_.key_prefix);
            if (!key)
                continue;  // one that is in none of the forms is an error of the configuration
            keys.push_back(*std::move(key));
            secret_of_key_.push_back(i);
        }
    }
    keys_ = hmac_keys(keys, scheme_.by);
}

std::size_t verifier::signature_size() const noexcept {
    return scheme_.how == proof::mac || scheme_.how == proof::digest ? digest_size(scheme_.by) : 0;
}

void verifier::take_entry(std::string_view entry, reading& into) const {
    for (const auto& format : scheme_.formats) {
        if (into.candidates.size() == most_tried)
            return;
        const auto around = format.before.size() + format.behind.size();
        if (entry.size() <= around || !entry.starts_with(format.before) || !entry.ends_with(format.behind))
            continue;
        const auto text = entry.substr(format.before.size(), entry.size() - around);
        if (scheme_.how == proof::token) {
            into.candidates.emplace_back(text);
            continue;
        }
        for (const auto encoding : scheme_.encodings) {
            auto bytes = decode(text, encoding);
            const bool fits =
                bytes && !bytes->empty() && (signature_size() == 0 || bytes->size() == signature_size());
            if (fits && into.candidates.size() < most_tried)
                into.candidates.push_back(*std::move(bytes));
        }
    }
}

void verifier::read_time(const request_view& from, reading& into) const {
    if (!scheme_.timestamp)
        return;
    const auto found = from.find(*scheme_.timestamp);
    if (!found.is_one()) {
        if (into.missing.empty())
            into.missing = in_words(*scheme_.timestamp) + (found.is == found_value::outcome::repeated
                                                               ? ", the time, is there more than once"
                                                               : ", the time, is missing");
        return;
    }
    into.time_text = found.text;
    into.has_time = true;
    into.time = parse_time(found.text);
    if (!into.time && into.missing.empty())
        into.missing = in_words(*scheme_.timestamp) + " is no time of the kind that is expected";
}

verifier::reading verifier::read(request_view& from) const {
    reading what;
    std::vector<std::string_view> values;
    const auto& signature = scheme_.signature;
    if (signature.where == place::header_group) {
        values = from.header_group(signature.name);
        if (values.empty())
            what.missing = in_words(signature) + " are missing";
    } else {
        const bool in_body = signature.where == place::json || signature.where == place::form;
        what.unreadable = in_body && !from.is_readable();
        const auto found = from.find(signature);
        if (found.is_one())
            values.push_back(found.text);
        else
            what.missing = in_words(signature) + (found.is == found_value::outcome::repeated
                                                      ? " is there more than once, it must be there once"
                                                      : " is missing");
    }
    for (const auto value : values)
        split(value, scheme_.separator, what.entries);
    from.set_entries(what.entries);
    for (const auto entry : what.entries)
        take_entry(entry, what);
    if (what.missing.empty() && what.candidates.empty())
        what.missing = in_words(signature) + " holds no signature in the form that is expected";
    read_time(from, what);
    if (what.has_time)
        from.set_timestamp(what.time_text);
    return what;
}

finding verifier::check(request_view& from) const {
    const auto what = read(from);
    const bool fits = matches(from, what);
    from.set_entries({});  // they end with this call; the time is a part of the request
    if (what.unreadable)
        return {finding::outcome::unreadable, "the signature stands in the body, which cannot be read"};
    if (!what.missing.empty())
        return {finding::outcome::refused, what.missing};
    if (!fits)
        return {finding::outcome::refused,
                "the signature is not that of this request under any configured secret"};
    if (!scheme_.timestamp)
        return {finding::outcome::genuine};
    auto present = from.sent().at.time_since_epoch();
    if (scheme_.unit == time_unit::seconds)
        present = std::chrono::floor<std::chrono::seconds>(present);
    const auto age = std::chrono::duration_cast<milliseconds>(present) - *what.time;
    if (!is_stale(age))
        return {finding::outcome::genuine};
    const auto when = age.count() >= 0 ? in_words(age) + " old" : in_words(-age) + " in the future";
    return {finding::outcome::refused, "the signature is right, but " + when + ": look at the clock", age};
}

bool verifier::is_stale(milliseconds age) const noexcept {
    if (age.count() >= 0)
        return scheme_.past.count() != 0 && age > scheme_.past;
    return scheme_.future.count() != 0 && -age > scheme_.future;
}

bool verifier::matches(request_view& from, const reading& what) const {
    switch (scheme_.how) {
        case proof::mac:
            return matches_mac(from, what);
        case proof::digest:
            return matches_digest(from, what);
        case proof::public_key:
            return matches_public_key(from, what);
        case proof::token:
            return matches_token(what);
        case proof::basic:
            break;
    }
    return false;
}

bool verifier::matches_mac(request_view& from, const reading& what) const {
    bool found = false;
    std::string storage;
    for (const auto& text : scheme_.texts) {
        auto message = text.render(from, storage);
        for (std::size_t key = 0; key < keys_.size(); ++key) {
            if (texts_hold_secret_) {
                from.set_secret(scheme_.given[secret_of_key_[key]].reveal());
                message = text.render(from, storage);
            }
            const auto mac = keys_.mac(key, message.value_or(from.sent().body));
            for (const auto& candidate : what.candidates)
                found |= equal_in_constant_time(mac.text(), candidate) && message.has_value();
            if (what.candidates.empty())
                (void)equal_in_constant_time(mac.text(), mac_value{}.text());
        }
    }
    return found;
}

bool verifier::matches_digest(request_view& from, const reading& what) const {
    bool found = false;
    std::string storage;
    for (const auto& text : scheme_.texts) {
        for (const auto& key : scheme_.given) {
            from.set_secret(key.reveal());
            const auto message = text.render(from, storage);
            const auto expected = digest(scheme_.by, message.value_or(from.sent().body));
            for (const auto& candidate : what.candidates)
                found |= equal_in_constant_time(expected, candidate) && message.has_value();
        }
    }
    return found;
}

bool verifier::matches_public_key(const request_view& from, const reading& what) const {
    bool found = false;
    std::string storage;
    const std::string none(64, '\0');
    for (const auto& text : scheme_.texts) {
        const auto message = text.render(from, storage);
        for (const auto& key : scheme_.public_keys) {
            for (const auto& candidate : what.candidates)
                found |= key.verify(message.value_or(from.sent().body), candidate) && message.has_value();
            if (what.candidates.empty())
                (void)key.verify(message.value_or(from.sent().body), none);
        }
    }
    return found;
}

bool verifier::matches_token(const reading& what) const {
    bool found = false;
    for (const auto& candidate : what.candidates)
        found |= any_equals(scheme_.given, candidate);
    if (what.candidates.empty())
        (void)any_equals(scheme_.given, {});
    return found;
}

std::optional<milliseconds> verifier::parse_time(std::string_view text) const {
    constexpr std::size_t longest = 15;
    constexpr std::size_t longest_seconds = 11;
    if (scheme_.unit == time_unit::iso) {
        constexpr std::size_t date_size = 10;
        const bool is_rfc3339 = text.size() > date_size && text[date_size] == 'T' &&
                                text.find(' ') == std::string_view::npos &&
                                (text.ends_with('Z') || text[text.size() - 3] == ':');
        const auto at = is_rfc3339 ? parse_timestamp(text) : std::nullopt;
        return at ? std::optional(milliseconds(at->time_since_epoch())) : std::nullopt;
    }
    if (!is_digits(text) || text.size() > longest)
        return std::nullopt;
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_milliseconds = scheme_.unit == time_unit::milliseconds ||
                                 (scheme_.unit == time_unit::automatic && text.size() > longest_seconds);
    return milliseconds(is_milliseconds ? number : number * 1000);
}

std::string verifier::write_time(time_point at) const {
    const auto since = at.time_since_epoch().count();
    switch (scheme_.unit) {
        case time_unit::iso:
            return to_rfc3339(at);
        case time_unit::milliseconds:
            return std::to_string(since);
        default:
            return std::to_string(since / 1000);
    }
}

std::string verifier::sign(request_view& from, std::string_view timestamp) const {
    if (!can_sign() || scheme_.given.empty() || scheme_.how == proof::basic)
        return {};
    from.set_timestamp(timestamp);
    const auto& key = scheme_.given.front();
    from.set_secret(key.reveal());
    std::string nonces;
    std::vector<std::string_view> entries;
    std::string nonce;
    for (const auto* part : scheme_.texts.front().sources()) {
        const bool is_time = scheme_.timestamp && scheme_.timestamp->where == place::entry &&
                             scheme_.timestamp->name == part->name;
        if (part->where != place::entry || is_time || !nonce.empty())
            continue;
        nonce = part->name + "=" + std::string(timestamp);
        nonces = nonce + scheme_.separator;
        entries.push_back(nonce);
    }
    from.set_entries(entries);
    std::string storage;
    const auto& format = scheme_.formats.front();
    std::string text;
    if (scheme_.how == proof::token) {
        text = key.reveal();
    } else {
        const auto message = scheme_.texts.front().render(from, storage);
        if (!message)
            return {};
        const auto bytes = scheme_.how == proof::mac ? std::string(keys_.mac(0, *message).text())
                                                     : digest(scheme_.by, *message);
        text = encode(bytes, scheme_.encodings.front());
    }
    auto value = nonces + format.before + text + format.behind;
    if (scheme_.timestamp && scheme_.timestamp->where == place::entry)
        value = scheme_.timestamp->name + "=" + std::string(timestamp) + scheme_.separator + value;
    else if (scheme_.timestamp && scheme_.timestamp->where == place::entry_number)
        value = std::string(timestamp) + scheme_.separator + value;
    return value;
}

std::string in_words(const source& from) {
    switch (from.where) {
        case place::header:
            return "the " + from.name + " header";
        case place::header_group:
            return "the headers " + from.name + "*";
        case place::json:
            return "the value at " + (from.name.empty() ? "the root" : from.name) + " of the body";
        case place::form:
            return "the form's field \"" + from.name + "\"";
        case place::query:
            return "the parameter \"" + from.name + "\" of the URL";
        case place::entry:
            return "the part " + from.name + "= of the signature";
        case place::entry_number:
            return "part " + std::to_string(from.number) + " of the signature";
        default:
            return "the value";
    }
}

std::string in_words(milliseconds span) {
    const auto text = [](std::int64_t count, const char* unit) {
        return std::to_string(count) + " " + unit + (count == 1 ? "" : "s");
    };
    const auto seconds = span.count() / 1000;
    constexpr std::int64_t minute = 60, hour = 60 * minute, day = 24 * hour;
    if (seconds < 2 * minute)
        return text(seconds, "second");
    if (seconds < 2 * hour)
        return text(seconds / minute, "minute");
    if (seconds < 2 * day)
        return text(seconds / hour, "hour");
    return text(seconds / day, "day");
}

}  // namespace shopbell::stores
