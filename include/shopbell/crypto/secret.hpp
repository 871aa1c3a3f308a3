#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// Text that must never be shown: a token, key, password or handshake. It cannot be printed, formatted or
/// converted, compares only in constant time, and is wiped when it goes.
class secret {
public:
    explicit secret(std::string text) noexcept;
    secret(const secret&);
    secret(secret&&) noexcept;
    secret& operator=(const secret&);
    secret& operator=(secret&&) noexcept;
    ~secret();

    /// For the call that needs the bytes (a MAC, a request header). Do not keep or log what it returns.
    [[nodiscard]] std::string_view reveal() const noexcept { return text_; }
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

    /// Its time tells nothing of the candidate, how many of its bytes are right or whether its length is.
    [[nodiscard]] bool equals(std::string_view candidate) const noexcept;

private:
    void wipe() noexcept;
    std::string text_;
};

/// Several values that are all accepted, so that one can be rotated (interface.md, section 3).
using secrets = std::vector<secret>;

/// Whether any of them equals the candidate; always compares with all of them.
[[nodiscard]] bool any_equals(const secrets& accepted, std::string_view candidate) noexcept;

/// Whether any of them stands in the text. Its time depends on both: not where a stranger can measure it.
[[nodiscard]] bool any_within(const secrets& all, std::string_view text) noexcept;

/// Takes as long as `expected` is long, whatever the candidate is; unequal lengths are unequal.
[[nodiscard]] bool equal_in_constant_time(std::string_view expected, std::string_view candidate) noexcept;

}  // namespace shopbell
