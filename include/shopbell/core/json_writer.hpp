#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace shopbell {

/// Writes one JSON text front to back. Unlike a document object model it can place bytes that are JSON
/// already (`raw`), so a store's payload and digits go out as they came in. Commas are its business.
class json_writer {
public:
    json_writer() = default;
    /// With room for a text of that size.
    explicit json_writer(std::size_t expected) { text_.reserve(expected); }

    json_writer& begin_object();
    json_writer& end_object();
    json_writer& begin_array();
    json_writer& end_array();
    json_writer& key(std::string_view name);

    /// Ill-formed UTF-8 becomes U+FFFD.
    json_writer& string(std::string_view text);
    json_writer& boolean(bool value);
    json_writer& integer(long long value);
    /// Precondition: `json` is one valid JSON value.
    json_writer& raw(std::string_view json);

    /// key(name).string(text)
    json_writer& field(std::string_view name, std::string_view text);

    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] std::string take() noexcept { return std::move(text_); }

private:
    void separate();
    std::string text_;
    bool needs_comma_ = false;
};

}  // namespace shopbell
