#include "configured_store.hpp"
#include "signature_diagnosis.hpp"
#include "usaepay_parts.hpp"
#include <shopbell/stores/copied_secret.hpp>

#include <shopbell/core/text.hpp>
#include <shopbell/stores/charset.hpp>
#include <shopbell/stores/usaepay.hpp>

#include <string>

namespace shopbell::usaepay {
namespace {

constexpr signing_scheme scheme = {"USAePay",
                                   signature_header,
                                   "hexadecimal",
                                   "signature_key",
                                   "in its merchant console under Settings > Webhooks, in the dialog of the "
                                   "webhook",
                                   "choose Signature Key or Source Key under Signature in the dialog of the "
                                   "webhook; "};

/// What is behind a user that is right.
likely_cause diagnose_password(const secrets& passwords, std::string_view sent) {
    if (const auto but_for = nearly_equals(passwords, sent); !but_for.empty())
        return {"The HTTP Basic password is right" + std::string(but_for) +
                    ": make what stands at USAePay and basic_password the same to the letter.",
                true, "basic_password"};
    const auto utf8 = to_utf8(sent, charset::iso_8859_1);
    if (utf8 && any_equals(passwords, *utf8))
        return {
            "The HTTP Basic password is right but was sent in ISO 8859-1 and not in UTF-8: choose one of "
            "plain letters, digits and signs, at USAePay and in basic_password.",
            true, "basic_charset"};
    if (sent.empty())
        return {
            "The HTTP Basic user is right, but the password is empty: enter basic_password at USAePay, in "
            "the dialog of the webhook.",
            false, "basic_password"};
    return {
        "The HTTP Basic user is right, but the password is another one than basic_password: enter the "
        "same at USAePay, in the dialog of the webhook, and here.",
        false, "basic_password"};
}

likely_cause diagnose_credentials(const stores::store_settings& wanted, std::string_view credentials) {
    const auto colon = credentials.find(':');
    const auto user = credentials.substr(0, colon);
    const auto password = credentials.substr(colon + 1);
    if (user == wanted.basic_user)
        return diagnose_password(wanted.basic_passwords, password);
    if (any_equals(wanted.basic_passwords, password))
        return {"The HTTP Basic password is right, but the user is another one than \"" + wanted.basic_user +
                    "\" (basic_user): enter the same at USAePay, in the dialog of the webhook, and here.",
                true, "basic_user"};
    if (any_equals(wanted.basic_passwords, user))
        return {
            "HTTP Basic has the password in the place of the user: exchange them at USAePay, in the "
            "dialog of the webhook.",
            true, "basic_exchanged"};
    return {
        "Neither user nor password of HTTP Basic are those of basic_user and basic_password: enter the "
        "same at USAePay, in the dialog of the webhook, and here; what no store of yours has sent needs "
        "nothing done.",
        false, "basic_wrong"};
}

likely_cause diagnose_basic(const stores::store_settings& wanted, const headers& fields) {
    constexpr std::string_view choose =
        "choose Basic under Authentication in the dialog of USAePay's webhook, with basic_user and "
        "basic_password of this endpoint";
    const auto times = count(fields, basic_header);
    if (times == 0)
        return {"The request has no Authorization header: " + std::string(choose) +
                    "; a proxy must hand the header on.",
                false, "basic_missing"};
    if (times > 1)
        return {
            "The request has more than one Authorization header: something on the way adds one, and must "
            "hand on that of USAePay alone.",
            false, "basic_repeated"};
    const auto credentials = stores::read_basic(fields);
    if (!credentials)
        return {"The Authorization header holds no user and password as HTTP Basic writes them: " +
                    std::string(choose) + ".",
                false, "basic_unreadable"};
    return diagnose_credentials(wanted, credentials->reveal());
}

/// "The signature is right, but the HTTP Basic ..."
std::string but(std::string_view first, std::string second) {
    if (second.starts_with("The "))
        second.front() = 't';
    return std::string(first) + ", but " + second;
}

}  // namespace

likely_cause explain(const stores::store_settings& by, const webhook& refused, bool signature_fits,
                     bool basic_fits) {
    const auto& keys = by.proof_of_sender.given;
    if (by.basic_passwords.empty())
        return diagnose_signature(scheme, keys, refused);
    if (keys.empty())
        return diagnose_basic(by, refused.fields);
    if (signature_fits) {
        auto basic = diagnose_basic(by, refused.fields);
        return {but("The signature is right", std::move(basic.text)), true, std::move(basic.cause)};
    }
    auto found = diagnose_signature(scheme, keys, refused);
    if (basic_fits)
        return {but("HTTP Basic is right", std::move(found.text)), true, std::move(found.cause)};
    if (found.proven)
        return found;
    auto other = diagnose_basic(by, refused.fields);
    return other.proven ? other : found;
}

}  // namespace shopbell::usaepay
