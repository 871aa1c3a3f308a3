#pragma once

#include <shopbell/rejections/diagnoser.hpp>

#include <span>

namespace shopbell {

/// Bodies beyond it are not looked into.
constexpr std::size_t largest_diagnosed = 1024 * 1024;

/// Why that request was refused and what to change. Of a request to no endpoint's path it says nothing,
/// unless a store is likely to have meant one.
[[nodiscard]] likely_cause diagnose_refusal(const refused_request& one,
                                            std::span<const former_endpoints> former);

/// What is kept of it, without what was found: no text in it holds a secret of any of these endpoints.
[[nodiscard]] rejection_record record_of(const refused_request& one,
                                         std::span<const former_endpoints> former);

}  // namespace shopbell
