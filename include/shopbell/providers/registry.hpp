#pragma once

#include <shopbell/config/reader.hpp>
#include <shopbell/providers/provider.hpp>

#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace shopbell {

/// Everything Shopbell knows of one kind of store. To add a store: write src/providers/<name>.cpp that fills
/// one of these, and name it in registry.cpp.
struct provider_entry {
    std::string_view name;  ///< the word in the configuration and in "<name>.unparsed"

    /// Takes the provider's own keys of an [[endpoint]] table. What is wrong goes to the reader's problems;
    /// the object returned is then never used. `auth_none` is true where the table says auth = "none".
    std::unique_ptr<const provider> (*make)(config::reader& keys, bool auth_none);

    /// Reads an accepted delivery into the event's data: the typed order, the payload without secrets, and
    /// what was not understood.
    event_data (*describe)(const stored_webhook& one);

    /// Header fields that the inbox keeps beside the body: what `describe` needs and what a script behind
    /// `forward` with body = "original" verifies. Never one that carries a password.
    std::span<const std::string_view> keeps;

    /// One sample of every event the store documents.
    std::vector<sample> (*samples)();

    /// The body for people's eyes: what proves its sender's secret blanked, every other byte as it came. Null
    /// where no body holds such a thing.
    std::string (*blank)(std::string body) = nullptr;
};

/// Every store there is, in the order of the documentation.
[[nodiscard]] std::span<const provider_entry> providers() noexcept;

/// The entry of that name, or null.
[[nodiscard]] const provider_entry* find_provider(std::string_view name) noexcept;

}  // namespace shopbell
