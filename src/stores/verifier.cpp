#include "verifier.hpp"

#include <shopbell/core/text.hpp>
#include <shopbell/crypto/encoding.hpp>
#include <shopbell/stores/timestamp.hpp>
#include <shopbell/stores/webhook_parts.hpp>

#include <boost/container/static_vector.hpp>

#include <utf8proc.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

namespace shopbell::stores {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t most_tried = 8;

std::optional<std::size_t> decode(std::string_view text, text_encoding from, std::span<char> into) {
    switch (from) {
        case text_encoding::hex:
            return hex_decode(text, into);
        case text_encoding::base64:
            return base64_decode(text, into);
        case text_encoding::base64url:
            return base64url_decode(text, into);
    }
    return std::nullopt;
}

/// The bytes of a MAC or a digest of that size.
std::optional<mac_value> decode_mac(std::string_view text, text_encoding from, std::size_t size) {
    mac_value bytes;
    const auto decoded = decode(text, from, bytes.bytes);
    if (decoded != size)
        return std::nullopt;
    bytes.size = size;
    return bytes;
}

/// A signature under a public key, whose size depends on the key.
std::optional<std::string> decode_signature(std::string_view text, text_encoding from) {
    std::string bytes(text.size(), '\0');
    const auto size = decode(text, from, bytes);
    if (!size || *size == 0)
        return std::nullopt;
    bytes.resize(*size);
    return bytes;
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

std::uint64_t first_bytes(const mac_value& mac) noexcept {
    std::uint64_t number = 0;
    std::memcpy(&number, mac.bytes.data(), sizeof number);
    return number;
}

bool is_digits(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<milliseconds> parse_time(std::string_view text, time_unit unit) {
    constexpr std::size_t longest = 15;
    constexpr std::size_t longest_seconds = 11;
    if (unit == time_unit::iso) {
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
    const bool is_milliseconds =
        unit == time_unit::milliseconds || (unit == time_unit::automatic && text.size() > longest_seconds);
    return milliseconds(is_milliseconds ? number : number * 1000);
}

void split(std::string_view value, std::string_view separator, entry_list& into) {
    while (into.size() < into.capacity()) {
        const auto end = separator.empty() ? value.size() : std::min(value.find(separator), value.size());
        if (const auto entry = trim(value.substr(0, end)); !entry.empty())
            into.push_back(entry);
        if (end == value.size())
            return;
        value.remove_prefix(end + separator.size());
    }
}

/// Why a signature is not there, or not once.
std::string why_absent(const source& signature, const found_value& found, const headers& fields) {
    if (signature.where == place::header) {
        if (const auto value = single_value(fields, signature.name); !value)
            return value.error().reason;
    }
    return in_words(signature) + (found.is == found_value::outcome::repeated
                                      ? " is there more than once, it must be there once"
                                      : " is missing");
}

/// What stands between the format's texts; nothing where the entry does not fit it.
std::optional<std::string_view> inside(std::string_view entry, const signature_format& format) noexcept {
    const auto around = format.before.size() + format.behind.size();
    if (entry.size() <= around || !entry.starts_with(format.before) || !entry.ends_with(format.behind))
        return std::nullopt;
    return entry.substr(format.before.size(), entry.size() - around);
}

}  // namespace

/// What a request says of its proof. Leaves the entries and the time in the view. Allocates nothing for a
/// MAC.
struct verifier::reading {
    reading(const scheme& by, std::size_t signature_size, request_view& from);
    reading(reading&&) = delete;

    std::string missing;  ///< what is not there, for the operator; empty: all is
    bool unreadable = false;
    entry_list entries;
    boost::container::static_vector<mac_value, most_tried> macs;  ///< of MACs and digests, decoded
    std::vector<std::string> texts;                               ///< tokens; signatures, decoded
    std::optional<milliseconds> time;                             ///< since 1970

private:
    void read_signature(const scheme& by, const request_view& from);
    void take_entry(const scheme& by, std::size_t signature_size, std::string_view entry);
    void take_text(const scheme& by, std::size_t signature_size, std::string_view text);
    void read_time(const scheme& by, request_view& from);
    [[nodiscard]] std::size_t tried() const noexcept { return macs.size() + texts.size(); }
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

verifier verifier::reading_as(scheme changed) const {
    auto other = *this;
    other.scheme_ = std::move(changed);
    return other;
}

std::size_t verifier::signature_size() const noexcept {
    return scheme_.how == proof::mac || scheme_.how == proof::digest ? digest_size(scheme_.by) : 0;
}

verifier::reading::reading(const scheme& by, std::size_t signature_size, request_view& from) {
    read_signature(by, from);
    from.set_entries(entries);
    for (const auto entry : entries)
        take_entry(by, signature_size, entry);
    if (missing.empty() && tried() == 0)
        missing = by.reasons.unreadable.empty()
                      ? in_words(by.signature) + " holds no signature in the form that is expected"
                      : by.reasons.unreadable;
    if (by.timestamp)
        read_time(by, from);
}

void verifier::reading::read_signature(const scheme& by, const request_view& from) {
    const auto& signature = by.signature;
    if (signature.where == place::header_group) {
        const auto values = from.header_group(signature.name);
        if (values.empty())
            missing = in_words(signature) + " are missing";
        for (const auto value : values)
            split(value, by.separator, entries);
        return;
    }
    const bool in_body = signature.where == place::json || signature.where == place::form;
    unreadable = in_body && !from.is_readable();
    const auto found = from.find(signature);
    if (found.is_one())
        split(found.text, by.separator, entries);
    else
        missing = why_absent(signature, found, from.sent().fields);
}

void verifier::reading::take_entry(const scheme& by, std::size_t signature_size, std::string_view entry) {
    for (const auto& format : by.formats) {
        if (const auto text = inside(entry, format))
            take_text(by, signature_size, *text);
    }
}

void verifier::reading::take_text(const scheme& by, std::size_t signature_size, std::string_view text) {
    if (by.how == proof::token) {
        if (tried() < most_tried)
            texts.emplace_back(text);
        return;
    }
    for (const auto encoding : by.encodings) {
        if (tried() == most_tried)
            return;
        if (by.how == proof::public_key) {
            if (auto bytes = decode_signature(text, encoding))
                texts.push_back(*std::move(bytes));
        } else if (const auto bytes = decode_mac(text, encoding, signature_size)) {
            macs.push_back(*bytes);
        }
    }
}

void verifier::reading::read_time(const scheme& by, request_view& from) {
    const auto found = from.find(*by.timestamp);
    if (found.is_one())
        from.set_timestamp(found.text);
    if (!missing.empty())
        return;
    if (found.is == found_value::outcome::repeated)
        missing = in_words(*by.timestamp) + ", the time, is there more than once";
    else if (!found.is_one())
        missing = in_words(*by.timestamp) + ", the time, is missing";
    else if (time = parse_time(found.text, by.unit); !time)
        missing = in_words(*by.timestamp) + " is no time of the kind that is expected";
}

finding verifier::check(request_view& from) const {
    using outcome = finding::outcome;
    const reading what(scheme_, signature_size(), from);
    const bool fits = matches(from, what);
    if (what.unreadable)
        return {outcome::unreadable, "the signature stands in the body, which cannot be read"};
    if (!what.missing.empty())
        return {outcome::missing, what.missing};
    if (!fits)
        return {outcome::wrong, scheme_.reasons.wrong.empty()
                                    ? "the signature is not that of this request under any configured secret"
                                    : scheme_.reasons.wrong};
    if (!scheme_.timestamp)
        return {outcome::genuine};
    return check_age(from.sent().at, *what.time);
}

finding verifier::check_age(time_point arrived, milliseconds sent) const {
    auto present = arrived.time_since_epoch();
    if (scheme_.unit == time_unit::seconds)
        present = std::chrono::floor<std::chrono::seconds>(present);
    const auto age = std::chrono::duration_cast<milliseconds>(present) - sent;
    if (!is_stale(age))
        return {finding::outcome::genuine};
    const auto when = age.count() >= 0 ? in_words(age) + " old" : in_words(-age) + " in the future";
    return {finding::outcome::stale, "the signature is right, but " + when + ": look at the clock", age};
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
            bool fits = false;
            for (const auto& candidate : what.macs)
                fits |= equal_in_constant_time(mac.text(), candidate.text()) && message.has_value();
            if (what.macs.empty())
                (void)equal_in_constant_time(mac.text(), mac_value{}.text());
            if (fits)
                from.set_signed_content(first_bytes(mac));
            found |= fits;
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
            for (const auto& candidate : what.macs)
                found |= equal_in_constant_time(expected, candidate.text()) && message.has_value();
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
            for (const auto& candidate : what.texts)
                found |= key.verify(message.value_or(from.sent().body), candidate) && message.has_value();
            if (what.texts.empty())
                (void)key.verify(message.value_or(from.sent().body), none);
        }
    }
    return found;
}

bool verifier::matches_token(const reading& what) const {
    bool found = false;
    for (const auto& candidate : what.texts)
        found |= any_equals(scheme_.given, candidate);
    if (what.texts.empty())
        (void)any_equals(scheme_.given, {});
    return found;
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
