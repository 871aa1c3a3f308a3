#pragma once

#include <shopbell/core/result.hpp>

#include <string>
#include <string_view>
#include <utility>

/// What the files of this folder share to speak of a configuration's words.
namespace shopbell::stores {

/// A failure whose reason fits behind the quoted text.
[[nodiscard]] inline failure malformed(std::string reason) {
    return {errc::malformed, std::move(reason)};
}

[[nodiscard]] inline std::string quoted(std::string_view text) {
    return '"' + std::string(text) + '"';
}

[[nodiscard]] inline bool is_control(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

}  // namespace shopbell::stores
