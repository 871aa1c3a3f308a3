#pragma once

#include "sink_report.hpp"

#include <shopbell/core/json_writer.hpp>
#include <shopbell/ingest/endpoint_warning.hpp>
#include <shopbell/metrics/readings.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// "healthy", "failing", "about_to_pause", "silent", "never".
[[nodiscard]] std::string_view state_of(const readings::endpoint& endpoint);

/// What a person should look at, the most urgent first. Health checks, the page and `shopbell doctor` know
/// nothing else that needs somebody.
enum class attention_kind : unsigned char {
    not_ready,  ///< nothing is accepted
    about_to_pause,
    codes_missing,
    failing,
    dead,        ///< events were given up
    stopped,     ///< nothing is delivered to the sink
    unreadable,  ///< what the sinks have had cannot be told
    behind,
    codes_low,
    certificate,
    silent,
    not_configured,  ///< what a sink has not had is kept, and it is in the configuration no more
    paused,
};
[[nodiscard]] std::string_view to_code(attention_kind kind) noexcept;

struct attention {
    attention_kind kind = attention_kind::not_ready;
    std::string endpoint = {};  ///< or empty
    std::string sink = {};      ///< or empty
    std::optional<time_point> since = std::nullopt;
    std::string text = {};  ///< one sentence; of a sink without its name

    /// The sentence where nothing else says which sink it is about.
    [[nodiscard]] std::string sentence() const;
};

/// What is known of the daemon's state.
struct attention_sources {
    std::vector<std::string> hindrances = {};  ///< why nothing is accepted
    std::vector<endpoint_warning> warnings = {};
    std::vector<sink_view> sinks = {};
    bool running = true;   ///< the daemon: that a stopped one delivers nothing needs no word
    bool readable = true;  ///< the inbox: `sinks` is what it holds
};
[[nodiscard]] std::vector<attention> find_attention(const attention_sources& seen, time_point present);

/// All of the sources but the sinks.
[[nodiscard]] attention_sources attention_without_sinks(const operator_services& around);

/// The same of the daemon as it is, or of the inbox of a stopped one. The inbox is not asked while nothing
/// can be committed to it.
[[nodiscard]] asio::awaitable<std::vector<attention>> read_attention(api_state& in);

/// The array.
void write_attention(json_writer& out, const std::vector<attention>& all);

}  // namespace shopbell
