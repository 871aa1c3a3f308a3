#pragma once

#include <shopbell/core/headers.hpp>
#include <shopbell/core/json.hpp>
#include <shopbell/core/result.hpp>
#include <shopbell/http/client.hpp>
#include <shopbell/setup/operator_settings.hpp>

#include <functional>
#include <initializer_list>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>

namespace shopbell {

/// Asks the operator's interface (interface.md, section 6): that of the running daemon, or where only reading
/// is wanted and no daemon runs, the very same on its inbox file. Calls block.
class operator_client {
public:
    virtual ~operator_client() = default;

    /// One exchange. Fails where there is no answer at all.
    [[nodiscard]] virtual result<http::incoming_response> ask(const std::string& method,
                                                              const std::string& target,
                                                              std::string body = {}) = 0;

    /// A GET whose answer has no end: gives what comes to `consume` for as long as that returns true, and
    /// until SIGINT or SIGTERM; these ends have the status 200. Otherwise what the daemon answered.
    [[nodiscard]] virtual result<http::incoming_response> follow(
        const std::string& target, const std::function<bool(std::string_view)>& consume) = 0;

    /// How a browser comes to the page of the daemon that answers; empty where none runs.
    [[nodiscard]] virtual std::string way_to_page() const { return {}; }
};

enum class operator_access : unsigned char { reading, changing };

/// The way to the interface. Where the daemon does not run, for reading, says so through `tell`. Fails with
/// `unavailable` where a change has nobody to make it, `io` where the inbox cannot be read either.
[[nodiscard]] result<std::unique_ptr<operator_client>> open_operator_client(
    const operator_settings& settings, operator_access how,
    const std::function<void(const std::string&)>& tell);

/// Whether something takes connections there. Fails with `io` where only trying is refused.
[[nodiscard]] result<bool> is_listening(const http::listen_address& at);

/// "/api/events/0193..." of these segments, each escaped.
[[nodiscard]] std::string api_path(std::initializer_list<std::string_view> segments);
/// Adds "?name=value" or "&name=value", escaped; nothing where the value is empty.
void add_parameter(std::string& target, std::string_view name, std::string_view value);

/// The answer's JSON document. What the interface refused becomes a failure with its reason: `malformed` for
/// 400, else `unavailable`.
[[nodiscard]] result<json::document> ask_json(operator_client& from, const std::string& method,
                                              const std::string& target, std::string body = {});
[[nodiscard]] failure refusal_of(const http::incoming_response& answer);

/// The text of a member, or empty.
[[nodiscard]] std::string_view text_of(const json::value& object, std::string_view name);
/// A whole number's member, or 0.
[[nodiscard]] std::uint64_t number_of(const json::value& object, std::string_view name);

}  // namespace shopbell
