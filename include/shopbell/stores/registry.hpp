#pragma once

#include <shopbell/config/reader.hpp>
#include <shopbell/stores/code_sale.hpp>
#include <shopbell/stores/provider.hpp>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// Everything Shopbell knows of one kind of store. To add a store: write a data file in presets/; one that no
/// table can say gets a src/stores/<name>.toml and <name>.cpp that fills one of these, and its name in
/// registry.cpp.
struct provider_entry {
    std::string_view name;  ///< the word in the configuration and in "<name>.unparsed"

    /// Takes the provider's own keys of an [[endpoint]] table. What is wrong goes to the reader's problems;
    /// the object returned is then never used. `auth_none` is true where the table says auth = "none".
    std::function<std::unique_ptr<const provider>(config::reader& keys, bool auth_none)> make;

    /// Reads an accepted delivery into the event's data: the typed order, the payload without secrets, and
    /// what was not understood.
    std::function<event_data(const stored_webhook& one)> describe;

    /// Header fields that the inbox keeps beside the body: what `describe` needs and what a script behind
    /// `forward` with body = "original" verifies. Never one that carries a password.
    std::span<const std::string_view> keeps;

    /// One sample of every event the store documents.
    std::function<std::vector<sample>()> samples;

    /// A delivery that tells of nothing, for `shopbell doctor` to send the way the store's go: its type is
    /// "<name>.shopbell_probe" and its subject "probe/<mark>", so that no route for what a store sends takes
    /// it. `mark`: letters and digits; each makes another delivery. The body holds what anything that
    /// rewrites bodies on the way would change, and `padding` bytes more.
    std::function<sample(std::string_view mark, std::size_t padding)> probe;

    /// The body for people's eyes: what proves its sender's secret blanked, every other byte as it came. Null
    /// where no body holds such a thing.
    std::function<std::string(std::string body)> blank = nullptr;

    /// What `blank` leaves out, or empty. Null together with it.
    std::function<std::string(std::string_view body)> proof = nullptr;

    /// After so many failures in a row the store sends nothing more until a person switches its webhook on
    /// again; 0: it never stops. Nothing in its deliveries tells that it did.
    unsigned pauses_after = 0;

    /// Header fields by which a request looks like one of this store's, genuine or not.
    std::span<const std::string_view> marks = {};

    /// What an accepted delivery says of the codes that its buyer is to get: the store mails the answer's
    /// body to the buyer ([endpoint.codes]). Null where no store of the kind does.
    code_sale (*read_sale)(std::string_view body) = nullptr;
};

/// Every store that takes code of its own, in the order of the documentation. The folder `stores` knows all.
[[nodiscard]] std::span<const provider_entry> providers() noexcept;

/// The entry of that name, or null.
[[nodiscard]] const provider_entry* find_provider(std::string_view name) noexcept;

}  // namespace shopbell
