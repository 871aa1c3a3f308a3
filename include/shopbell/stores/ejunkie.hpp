#pragma once

#include <shopbell/stores/provider.hpp>
#include <shopbell/stores/registry.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// E-junkie's dialect (providers.md, section 2): a form in the body, proved genuine by its field `handshake`,
/// a static secret that protects no other field and stops no replay.
[[nodiscard]] const provider_entry& ejunkie_entry() noexcept;

namespace ejunkie {

/// The field whose value is the mark of a delivery that `shopbell doctor` made (provider_entry::probe).
/// E-junkie names no events: a form with it and without any transaction is that.
constexpr std::string_view probe_field = "shopbell_probe";

/// What `ejunkie_entry` offers under the same names.
[[nodiscard]] event_data describe(const stored_webhook& one);
[[nodiscard]] std::vector<sample> samples();
[[nodiscard]] sample probe(std::string_view mark, std::size_t padding);

}  // namespace ejunkie
}  // namespace shopbell
