#pragma once

#include <shopbell/providers/provider.hpp>
#include <shopbell/providers/registry.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// E-junkie's dialect (providers.md, section 2): a form in the body, proved genuine by its field `handshake`,
/// a static secret that protects no other field and stops no replay.
[[nodiscard]] const provider_entry& ejunkie_entry() noexcept;

namespace ejunkie {

/// What `ejunkie_entry` offers under the same names.
[[nodiscard]] event_data describe(const stored_webhook& one);
[[nodiscard]] std::vector<sample> samples();

}  // namespace ejunkie
}  // namespace shopbell
