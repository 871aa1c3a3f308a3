#include "ejunkie_parts.hpp"
#include <shopbell/stores/copied_secret.hpp>

#include <shopbell/core/text.hpp>
#include <shopbell/crypto/digest.hpp>
#include <shopbell/stores/form.hpp>

#include <algorithm>
#include <array>

namespace shopbell::ejunkie {
namespace {

constexpr std::size_t md5_digits = 32;

constexpr std::string_view make_anew =
    "make the handshake anew with `shopbell handshake --email ADDRESS`, from the email and password of the "
    "E-junkie account, and put it into the configuration";

std::string concluding(std::string_view what, std::string_view to_do) {
    return std::string(what).append(": ").append(to_do).append(".");
}

/// The account's address, which is half of what the handshake is made of, as far as a notification names it.
std::vector<std::string> addresses_in(const form_scan& body) {
    std::vector<std::string> all;
    for (const std::string_view name : {"from_email", "business", "receiver_email"}) {
        const auto value = body.first(name).value_or("");
        if (!trim(value).empty())
            all.emplace_back(trim(value));
    }
    return all;
}

/// What `sent` is instead of the handshake, where the handshake or the address tells; nothing else can be
/// derived from a digest.
std::string_view find_ingredient(const secret& handshake, std::string_view sent,
                                 const std::vector<std::string>& addresses) {
    if (handshake.equals(md5_hex(sent)))
        return "is the email and the password's md5 themselves, without the md5 over both";
    if (md5_hex(handshake.reveal()) == sent)
        return "is the md5 of the right one, one md5 too many";
    for (const auto& address : addresses) {
        if (handshake.equals(md5_hex(address + md5_hex(sent))))
            return "is the password itself";
        if (handshake.equals(md5_hex(address + std::string(sent))))
            return "is the md5 of the password alone, without the email";
    }
    return {};
}

/// Whether the configured value is only the inner half of what was sent.
bool is_half_configured(const secret& handshake, std::string_view sent,
                        const std::vector<std::string>& addresses) {
    return std::ranges::any_of(addresses, [&](const auto& address) {
        const secret whole(address + std::string(handshake.reveal()));
        return md5_hex(whole.reveal()) == sent;
    });
}

likely_cause unknown(std::string_view sent) {
    const bool is_digest =
        sent.size() == md5_digits && sent.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    if (!is_digest)
        return {
            "The handshake is not 32 digits and small letters from a to f, as E-junkie always sends it: "
            "this is a test with another value or a stranger's request, and needs nothing done where you "
            "did not send it.",
            false, "handshake_unreadable"};
    return {concluding("The handshake is another one than the configured, as it is once the email or the "
                       "password of the E-junkie account has changed",
                       std::string(make_anew) + ", and take no notice of what E-junkie has not sent"),
            false, "handshake_wrong"};
}

likely_cause diagnose_value(const secrets& handshakes, const form_scan& body, std::string_view sent) {
    if (const auto but_for = nearly_equals(handshakes, sent); !but_for.empty())
        return {concluding("The handshake is right" + std::string(but_for),
                           "E-junkie sends it in small letters with nothing around it, so let what is in "
                           "between, or your own test, send it so"),
                true, "handshake_changed"};
    const auto addresses = addresses_in(body);
    for (const auto& one : handshakes) {
        if (const auto found = find_ingredient(one, sent, addresses); !found.empty())
            return {concluding("The handshake field " + std::string(found),
                               "E-junkie sends md5(email + md5(password)), so this is a test of your own, "
                               "which must send what `shopbell handshake` prints"),
                    true, "handshake_half_made"};
        if (is_half_configured(one, sent, addresses))
            return {concluding("The configured handshake is the md5 of the password alone, without the email",
                               make_anew),
                    true, "handshake_half_configured"};
    }
    return unknown(sent);
}

}  // namespace

likely_cause diagnose_handshake(const secrets& handshakes, const webhook& refused) {
    if (says_other_media(refused.fields))
        return {
            "The Content-Type is not that of a form (" + std::string(form_type) +
                "), in which E-junkie sends its notifications: this is another store's request, or something "
                "on the way has changed the header.",
            false, "content_type"};
    constexpr std::string_view contradictory =
        "a field that decides about the payment (txn_id, mc_gross or payment_status) stands in the body "
        "twice "
        "with different values: look at the order in E-junkie before you believe either of them.";
    if (handshakes.empty())
        return {"The notification cannot be believed, since " + std::string(contradictory), false,
                "field_repeated"};
    const form_scan body(refused.body);
    const auto sent = body.first(handshake_field);
    if (!sent && refused.body.empty())
        return {
            "The request came without its body: a redirect on the way (from http to https, or to another "
            "address) loses it, so enter the final address at E-junkie.",
            false, "body_missing"};
    if (!sent)
        return {
            "The body has no field handshake, which E-junkie always sends: this is a test without it, "
            "another store's request, or something on the way has rewritten the form.",
            false, "handshake_missing"};
    if (body.contradicts_itself(handshake_field))
        return {
            "The field handshake stands in the body twice with different values, which E-junkie never "
            "sends: something on the way adds one, or somebody tries to trick the receiver.",
            false, "handshake_repeated"};
    if (any_equals(handshakes, *sent))
        return {"The handshake is right, but " + std::string(contradictory), true, "field_repeated"};
    if (sent->empty())
        return {concluding("The field handshake is empty",
                           "something on the way may have removed the value; E-junkie always sends one"),
                false, "handshake_empty"};
    return diagnose_value(handshakes, body, *sent);
}

}  // namespace shopbell::ejunkie
