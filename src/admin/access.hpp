#pragma once

#include <shopbell/core/headers.hpp>
#include <shopbell/crypto/secret.hpp>
#include <shopbell/http/message.hpp>

#include <optional>
#include <string_view>

namespace shopbell {

/// Whether the one `Authorization: Bearer` field carries one of these tokens.
[[nodiscard]] bool has_token(const headers& fields, const secrets& tokens);

/// Why this request may not read the pages for machines (health, metrics), for which a token is asked where
/// one is configured; nothing where it may.
[[nodiscard]] std::optional<http::response> refuse_stranger(const headers& fields, const secrets& tokens);

/// Refuses methods that do more than read.
[[nodiscard]] std::optional<http::response> refuse_change(std::string_view method);

/// Why this request may not use the operator's interface; nothing where it may. A browser that somebody lured
/// to another site must not get through with its owner's reach: neither by a form or script that sends there
/// (Sec-Fetch-Site, Origin, X-Requested-With) nor by a name of the site's that suddenly leads to this machine
/// (Host). Without tokens nobody is asked for one. On a unix socket no browser is about.
[[nodiscard]] std::optional<http::response> refuse_access(const http::request_head& head,
                                                          const secrets& tokens, bool unix_socket);

/// Why this request may not have the inspector's files; nothing where it may. They hold no data: nobody is
/// asked for a token, and a link on another site may lead to them, while no other site may make them a part
/// of its own. The rule for Host is that of the interface.
[[nodiscard]] std::optional<http::response> refuse_page_access(const http::request_head& head,
                                                               const secrets& tokens, bool unix_socket);

}  // namespace shopbell
