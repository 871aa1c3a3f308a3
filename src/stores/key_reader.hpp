#pragma once

#include <shopbell/config/reader.hpp>

#include <string_view>

namespace shopbell::stores {

/// The keys of one [[endpoint]] over those of its preset: what the endpoint gives wins, key by key.
class key_reader {
public:
    /// `preset` may be null. Both outlive it.
    key_reader(config::reader& own, config::reader* preset) noexcept : own_(own), preset_(preset) {}

    /// Who has the key: the endpoint's table, or where that has not, the preset's. The key is known from then
    /// on.
    [[nodiscard]] config::reader& at(std::string_view key) {
        own_.know(key);
        if (preset_ != nullptr)
            preset_->know(key);
        return own_.has(key) || preset_ == nullptr || !preset_->has(key) ? own_ : *preset_;
    }

    [[nodiscard]] bool has(std::string_view key) const {
        return own_.has(key) || (preset_ != nullptr && preset_->has(key));
    }

    /// Secrets stand in the endpoint's table only, and problems belong there as well.
    [[nodiscard]] config::reader& own() noexcept { return own_; }

private:
    config::reader& own_;
    config::reader* preset_;
};

}  // namespace shopbell::stores
