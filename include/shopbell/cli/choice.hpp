#pragma once

#include <shopbell/core/result.hpp>
#include <shopbell/providers/provider.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// The sample of an event named as the store does ("order_paid") or as Shopbell does, with or without the
/// provider
/// ("jumpseller.order.paid", "order.paid"); the first of several. Fails with `malformed`, a "did you mean"
/// and the list of those known.
[[nodiscard]] result<sample> choose_sample(std::string_view provider, std::string_view event);

/// Fails with `malformed`, a "did you mean" and the list, where there is no provider of that name.
[[nodiscard]] result<void> check_provider(std::string_view provider);

/// ' (did you mean "x"?)' or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& choices);

}  // namespace shopbell
