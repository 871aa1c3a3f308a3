#pragma once

#include "operations.hpp"

#include <shopbell/core/json_writer.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// The document that the writer has just ended, as a 200.
[[nodiscard]] http::response answer_with(json_writer& document);

/// The status for what the inbox could not do, with its reason.
[[nodiscard]] http::response failed(const failure& why);
[[nodiscard]] http::response bad_request(std::string_view reason);
[[nodiscard]] http::response not_running();
[[nodiscard]] http::response unknown_event(std::string_view id);
[[nodiscard]] http::response unknown_sink(std::string_view name, const std::vector<std::string>& known);

/// ' (did you mean "x"?)' or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

[[nodiscard]] std::string_view to_string(event_state state) noexcept;

/// An event as lists and the stream show it: one object.
void write_summary(json_writer& out, const event_summary& one);
/// Its members alone.
void write_summary_members(json_writer& out, const event_summary& one);

/// The members of a summary, without those of a delivery.
[[nodiscard]] event_summary summary_of(const stored_event& one, event_state state);

[[nodiscard]] bool is_configured(const operator_services& around, std::string_view sink);
[[nodiscard]] std::vector<std::string> configured_names(const operator_services& around);

/// The names of all sinks, configured or with a place in the inbox.
[[nodiscard]] asio::awaitable<result<std::vector<std::string>>> known_sinks(api_state& in);

/// Carries a decision out.
[[nodiscard]] asio::awaitable<result<std::size_t>> apply(api_state& in, change decision);

/// Deliveries are queued: they may begin.
void wake_deliveries(const operator_services& around);

}  // namespace shopbell
