#pragma once

#include <shopbell/core/result.hpp>
#include <shopbell/crypto/secret.hpp>
#include <shopbell/http/client.hpp>

#include <functional>
#include <optional>
#include <string>

namespace shopbell::http {

/// An HTTP proxy: for http it is asked, for https it leads through (CONNECT).
struct proxy {
    url address;
    secret authorization{std::string()};  ///< the value of Proxy-Authorization, or empty
};

/// The value of an environment variable, or nothing where it is not set.
using environment = std::function<std::optional<std::string>(const char* name)>;

/// The proxy that the environment names for `target`, or nothing. The variables are curl's, lower case first:
///   for http   http_proxy (never HTTP_PROXY, which in a CGI program is a stranger's header)
///   for https  https_proxy, HTTPS_PROXY
///              value = [ "http://" ] [ user [ ":" password ] "@" ] host [ ":" port ]    ; port 80
///   except     no_proxy, NO_PROXY
///              value = "*" / entry *( "," entry )
///              entry = ( [ "." ] name / address / block in CIDR form ) [ ":" port ]
/// where a name stands for itself and all names below it. This machine (localhost and loopback addresses) is
/// never asked for through a proxy. Fails with `malformed` where the value names no proxy that we can speak
/// to; the reason names the variable and does not show its value, which may hold a password.
[[nodiscard]] result<std::optional<proxy>> proxy_from_environment(const url& target,
                                                                  const environment& look_up);

/// By the environment of this process.
[[nodiscard]] result<std::optional<proxy>> proxy_from_environment(const url& target);

}  // namespace shopbell::http
