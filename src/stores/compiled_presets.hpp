#pragma once

#include <span>
#include <string_view>

namespace shopbell::stores {

/// One file of presets/ as it stood when the program was built.
struct compiled_preset {
    std::string_view name;
    std::string_view text;
};

/// All of them, by name. Written by cmake/presets.cmake.
[[nodiscard]] std::span<const compiled_preset> compiled_presets() noexcept;

}  // namespace shopbell::stores
