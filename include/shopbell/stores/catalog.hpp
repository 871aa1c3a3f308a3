#pragma once

#include <shopbell/core/snapshot.hpp>
#include <shopbell/stores/registry.hpp>

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shopbell {

/// The store of that name: one with code of its own, a preset ("-" stands for "_" alike) or "generic"; null
/// where there is none.
[[nodiscard]] const provider_entry* find_store(std::string_view name);

/// The names that `find_store` knows: of stores with code, of presets, "generic".
[[nodiscard]] std::vector<std::string_view> store_names();

/// What reads the stored deliveries of an endpoint, by its name and its provider's.
using delivery_readers =
    std::map<std::pair<std::string, std::string>, std::shared_ptr<const delivery_reader>>;

/// What reads the stored deliveries of the endpoint with those keys, its secrets aside; null where its
/// provider alone does. What is wrong with the keys is for others to tell.
[[nodiscard]] std::shared_ptr<const delivery_reader> make_reader(config::reader& keys,
                                                                 std::string_view provider);

/// How stored deliveries are read: by the endpoint that took them, as long as it is configured with the same
/// provider, and by its provider's entry otherwise. Thread-safe.
class delivery_reading {
public:
    delivery_reading() : readers_(std::make_shared<const delivery_readers>()) {}
    explicit delivery_reading(delivery_readers all)
        : readers_(std::make_shared<const delivery_readers>(std::move(all))) {}

    /// A reload.
    void replace(delivery_readers all) {
        readers_.set(std::make_shared<const delivery_readers>(std::move(all)));
    }

    [[nodiscard]] event_data describe(std::string_view endpoint, std::string_view provider,
                                      const stored_webhook& one) const;
    /// The body for people's eyes, and what that leaves out: see provider_entry.
    [[nodiscard]] std::string blank(std::string_view endpoint, std::string_view provider,
                                    const stored_webhook& one) const;
    [[nodiscard]] std::string proof(std::string_view endpoint, std::string_view provider,
                                    const stored_webhook& one) const;

private:
    [[nodiscard]] std::shared_ptr<const delivery_reader> find(std::string_view endpoint,
                                                              std::string_view provider) const;

    snapshot<delivery_readers> readers_;
};

}  // namespace shopbell
