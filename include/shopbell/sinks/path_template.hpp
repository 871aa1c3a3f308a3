#pragma once

#include <shopbell/commerce/event.hpp>
#include <shopbell/core/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// A file's path with places for what is known of an event:
///   path        = *( character / placeholder )
///   placeholder = "{endpoint}" / "{type}" / "{date}"     ; {date} is the UTC day of acceptance
/// What fills a place is made a plain part of a file's name first: an event's type may come from the network
/// and must not lead out of the directory.
class path_template {
public:
    /// Fails with `malformed` and what is wrong.
    [[nodiscard]] static result<path_template> parse(std::string_view text);

    [[nodiscard]] std::string expand(const event& about) const;

    /// The directory that is the same for every event: all before the slash before the first placeholder.
    [[nodiscard]] std::string fixed_directory() const;
    [[nodiscard]] bool has_placeholders() const noexcept {
        return parts_.size() > 1 || parts_[0].value != none;
    }

private:
    enum placeholder : unsigned char { endpoint, type, date, none };
    struct part {
        std::string text;  // that stands before the value
        placeholder value;
    };

    path_template() = default;

    std::vector<part> parts_;  // at least one
};

}  // namespace shopbell
