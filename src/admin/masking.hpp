#pragma once

#include <shopbell/commerce/event.hpp>
#include <shopbell/core/json.hpp>

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// A text in which "•" stands for what is personal.
struct masked_text {
    std::string text;
    std::size_t masked = 0;  ///< how many values
};

/// What of one event is a person's: names, addresses of mail and network, phones, streets, what a buyer
/// typed, licence keys. Found by its place in the typed order, by the names of members in what the store
/// sent, and wherever the same value stands again.
class personal_data {
public:
    explicit personal_data(const event& content);

    /// The event's document. What stands in front of `data` names no person, but perhaps the subject.
    [[nodiscard]] masked_text mask_document() const;

    /// What the store sent, as JSON or form; of any other kind nothing is shown. Lengths change.
    [[nodiscard]] masked_text mask_original(std::string_view body) const;

    /// A sentence or an answer in which such a value may stand.
    [[nodiscard]] masked_text mask_text(std::string_view text) const;

private:
    void collect(const json::value& value, std::string_view name, bool of_person);
    void collect_leaves(const json::value& value);
    void remember(std::string_view text);
    [[nodiscard]] bool is_personal(std::string_view text) const;
    struct replacement;
    void find(const json::value& value, std::string_view name, bool of_person,
              std::vector<std::string_view>& into) const;
    [[nodiscard]] masked_text mask_json(const json::value& root, const json::value& from) const;
    [[nodiscard]] masked_text mask_form(std::string_view body) const;

    const event& content_;
    std::set<std::string> values_;  ///< in lower case
};

/// A subject may be an address.
[[nodiscard]] std::string mask_subject(const std::string& subject);

}  // namespace shopbell
