#pragma once

#include <shopbell/stores/provider.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace shopbell::stores {

/// A store with code of its own on the engine of the presets: a data file beside the code says how it signs,
/// and hooks say what no key can. The engine answers everything. Cheap to copy.
class preset_provider : public provider {
public:
    [[nodiscard]] bool can_sign() const noexcept override { return engine_->can_sign(); }
    [[nodiscard]] likely_cause diagnose(const webhook& refused) const override {
        return engine_->diagnose(refused);
    }
    [[nodiscard]] bool demands_proof() const noexcept override { return engine_->demands_proof(); }
    [[nodiscard]] std::string verified_by() const override { return engine_->verified_by(); }
    [[nodiscard]] bool holds_secret(std::string_view text) const noexcept override {
        return engine_->holds_secret(text);
    }
    [[nodiscard]] std::string basic_realm() const override { return engine_->basic_realm(); }

protected:
    explicit preset_provider(std::shared_ptr<const provider> engine) noexcept : engine_(std::move(engine)) {}

private:
    [[nodiscard]] verdict examine(const webhook& one) const override { return engine_->accept(one); }
    [[nodiscard]] signed_webhook make_signed(std::string_view event, std::string body, signing how,
                                             time_point happened) const override {
        return engine_->sign(event, std::move(body), how, happened);
    }

    std::shared_ptr<const provider> engine_;
};

}  // namespace shopbell::stores
