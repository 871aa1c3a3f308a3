#pragma once

#include <shopbell/crypto/secret.hpp>
#include <shopbell/stores/provider.hpp>

#include <string_view>

/// What commonly goes wrong with signatures, whichever store makes them. Private to this folder.
namespace shopbell {

/// How a store signs its requests: with the HMAC-SHA256 of the raw body in a header.
struct signing_scheme {
    std::string_view store;   ///< "Jumpseller"
    std::string_view header;  ///< "Jumpseller-Hmac-Sha256"
    std::string_view form;    ///< how the MAC is written: "base64" or "hexadecimal"
    std::string_view key;     ///< the secret's name in the configuration: "hooks_token"
    std::string_view where;   ///< where the store shows it: "in the admin panel under ..."
    std::string_view choose;  ///< what to switch on at the store, as "choose ...; "; empty: it always signs
};

/// Why the signature of a request that is not genuine does not fit, or what to look at where nothing known
/// explains it.
[[nodiscard]] likely_cause diagnose_signature(const signing_scheme& scheme, const secrets& keys,
                                              const webhook& refused);

}  // namespace shopbell
