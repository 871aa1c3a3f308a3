#pragma once

#include <shopbell/config/reader.hpp>
#include <shopbell/core/headers.hpp>
#include <shopbell/stores/provider.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell::stores {

/// What the operator reads of a request that is refused, where a provider has words of its own; empty: the
/// usual ones.
struct refusal_reasons {
    std::string unreadable = {};  ///< what stands in the signature's place is none
    std::string wrong = {};       ///< the signature is another one
};

/// A request that a provider could send, made up: [[sample]] of a preset's file.
struct preset_sample {
    std::string event;  ///< as the provider names it
    std::string fresh;  ///< where in the body stands what makes it another delivery; empty: nowhere
    std::string body, content_type, query;
    headers fields;
};

/// A store that is known by name: a file of presets/, compiled in. Immutable.
class preset {
public:
    /// Reads such a file, which has no [[endpoint]] where code does what the keys would. Whatever is wrong
    /// goes to `found`.
    [[nodiscard]] static preset parse(std::string_view name, std::string_view text, config::problems& found);

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const std::string& title() const noexcept { return title_; }
    [[nodiscard]] const std::string& docs() const noexcept { return docs_; }
    /// What the provider calls the secret, and where it shows it; empty where nothing is known.
    [[nodiscard]] const std::string& secret_name() const noexcept { return secret_name_; }
    [[nodiscard]] const std::string& secret_place() const noexcept { return secret_place_; }
    [[nodiscard]] const std::vector<std::string>& advice() const noexcept { return advice_; }
    [[nodiscard]] unsigned pauses_after() const noexcept { return pauses_after_; }
    [[nodiscard]] const refusal_reasons& reasons() const noexcept { return reasons_; }
    [[nodiscard]] const std::vector<preset_sample>& samples() const noexcept { return samples_; }

    /// The [[endpoint]] with its keys and comments as the file has them, without a name, a path and secrets.
    [[nodiscard]] std::string_view keys_as_written() const noexcept { return keys_; }

    /// Calls `use` with the keys. What is wrong with them goes to a list that nobody sees: the keys of a
    /// preset are tried before it is compiled in.
    template <class Use>
    auto with_keys(Use use) const {
        config::problems unseen("presets/" + name_ + ".toml");
        const auto file = config::file::from_text(keys_, unseen);
        auto root = file.root();
        auto tables = root.tables("endpoint");
        auto keys = tables.empty() ? root.table("endpoint") : std::move(tables.front());
        keys.ignore_unknown();
        return use(keys);
    }

private:
    std::string name_, title_, docs_, secret_name_, secret_place_;
    std::vector<std::string> advice_;
    unsigned pauses_after_ = 0;
    refusal_reasons reasons_;
    std::vector<preset_sample> samples_;
    std::string keys_;
};

/// The names of all presets, sorted, but for those of stores that need code as well.
[[nodiscard]] std::span<const std::string_view> preset_names() noexcept;

/// The preset of that name, where "-" stands for "_" alike; null where there is none.
[[nodiscard]] const preset* find_preset(std::string_view name);

/// The samples of its file, each of the type that `type_of` gives.
[[nodiscard]] std::vector<sample> samples_of(
    const preset& known, const std::function<std::string(const preset_sample& one)>& type_of);

/// The preset as an [[endpoint]] to copy and change.
[[nodiscard]] std::string to_toml(const preset& of);

}  // namespace shopbell::stores
