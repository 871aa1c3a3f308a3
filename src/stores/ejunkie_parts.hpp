#pragma once

#include <shopbell/crypto/secret.hpp>
#include <shopbell/stores/code_sale.hpp>
#include <shopbell/stores/provider.hpp>

#include <string_view>

/// What the files of the E-junkie dialect share. Private to this folder.
namespace shopbell::ejunkie {

inline constexpr std::string_view handshake_field = "handshake";
inline constexpr std::string_view paid_type = "ejunkie.order.paid";
inline constexpr std::string_view form_type = "application/x-www-form-urlencoded";

/// Whether a header says that the body is something else than a form.
[[nodiscard]] bool says_other_media(const headers& fields);

/// Why a form's handshake is refused.
[[nodiscard]] likely_cause diagnose_handshake(const secrets& handshakes, const webhook& refused);

/// What `provider_entry::read_sale` does.
[[nodiscard]] code_sale read_sale(std::string_view body);

}  // namespace shopbell::ejunkie
