#include <shopbell/stores/registry.hpp>

#include <shopbell/stores/ejunkie.hpp>
#include <shopbell/stores/jumpseller.hpp>
#include <shopbell/stores/usaepay.hpp>

#include <array>

namespace shopbell {

std::span<const provider_entry> providers() noexcept {
    static const std::array all = {jumpseller_entry(), ejunkie_entry(), usaepay_entry()};
    return all;
}

const provider_entry* find_provider(std::string_view name) noexcept {
    for (const auto& entry : providers()) {
        if (entry.name == name)
            return &entry;
    }
    return nullptr;
}

}  // namespace shopbell
