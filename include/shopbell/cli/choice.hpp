#pragma once

#include <shopbell/core/result.hpp>
#include <shopbell/stores/provider.hpp>

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

/// Fails where a request that is signed here does not hold at its own endpoint: of a public key only the
/// store has the private half.
[[nodiscard]] result<void> check_signed(const provider& source, const signed_webhook& made);

/// ' (did you mean "x"?)' or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& choices);

}  // namespace shopbell
