#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell {
class provider;
}

namespace shopbell::bench {

/// What every contender checks bodies against; also in tests/bench/peers/.
inline constexpr std::string_view hooks_token = "bench-hooks-token";
inline constexpr std::string_view order_event = "order_paid";

/// A Jumpseller endpoint with that token.
[[nodiscard]] std::unique_ptr<const provider> jumpseller_endpoint();

/// Makes distinct Jumpseller orders, all of the same length, about 2.4 KB. They differ in the id, which is
/// the number, and all over: a load generator in Lua hashes only a few bytes from fixed places of a string,
/// and with orders that are alike there it would measure itself.
class order_maker {
public:
    static constexpr std::uint64_t least = 1'000'000'000, most = 9'999'999'999;

    order_maker();

    /// `number` from `least` to `most`.
    [[nodiscard]] std::string body(std::uint64_t number) const;

private:
    std::string pattern_;
    std::size_t id_at_ = 0;
    std::vector<std::size_t> random_at_;  ///< where a hexadecimal digit of its own stands
};

}  // namespace shopbell::bench
