#pragma once

#include <shopbell/inbox/inbox.hpp>
#include <shopbell/stores/catalog.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace shopbell {

/// The fewest characters that are looked for in headers and bodies.
constexpr std::size_t shortest_search = 3;

/// Looks for a text in what a store sent: in the headers and the body as they came, in the body with the
/// escapes of JSON undone, and where it is a form with those of forms. ASCII letters match in either case.
/// What proves the sender's secret is blanked before. Thread-safe.
class text_search {
public:
    /// `by` knows what proves a secret.
    text_search(std::string_view text, std::shared_ptr<const delivery_reading> by);

    [[nodiscard]] bool matches(const stored_event& stored) const;

private:
    [[nodiscard]] bool stands_in(std::string_view text) const;
    const std::string wanted_;  ///< in lower case
    const std::shared_ptr<const delivery_reading> by_;
};

/// The text with the escapes of JSON strings undone, wherever they stand; a bad one stays as it is.
[[nodiscard]] std::string undo_json_escapes(std::string_view text);

}  // namespace shopbell
