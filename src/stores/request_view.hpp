#pragma once

#include "source.hpp"

#include <shopbell/core/json.hpp>
#include <shopbell/stores/form.hpp>
#include <shopbell/stores/provider.hpp>

#include <boost/container/static_vector.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell::stores {

/// What a source gave.
struct found_value {
    enum class outcome : unsigned char { absent, one, repeated };
    outcome is = outcome::absent;
    std::string_view text = {};

    [[nodiscard]] bool is_one() const noexcept { return is == outcome::one; }
};

/// The parts of a signature's value, as many as are looked at.
using entry_list = boost::container::static_vector<std::string_view, 64>;

/// What an endpoint's configuration adds to a request's own values.
struct view_settings {
    std::string public_url = {};
    std::string user = {};
    std::size_t json_levels = 1;  ///< of the body that its sources look at; the rest is checked, not read
    bool expects_form = false;    ///< a body without a Content-Type is a form
};

/// One request as sources see it. Takes apart what is asked for, once. Not thread-safe, and dies with the
/// request and the settings.
class request_view {
public:
    request_view(const webhook& sent, const view_settings& of);
    request_view(request_view&&) = delete;

    [[nodiscard]] found_value find(const source& from) const;
    /// The JSON value that a source refers to; null where it is absent or no JSON.
    [[nodiscard]] const json::value* json_at(const source& from) const;
    /// What pointers are relative to: the element of a batch, or the root; null where the body is no JSON.
    [[nodiscard]] const json::value* element() const { return element_ != nullptr ? element_ : root(); }
    /// The values of all headers whose name begins so.
    [[nodiscard]] std::vector<std::string_view> header_group(std::string_view prefix) const;

    [[nodiscard]] const webhook& sent() const noexcept { return sent_; }
    [[nodiscard]] bool is_form() const;
    /// The root of a JSON body; null where it is none.
    [[nodiscard]] const json::value* root() const;
    /// The fields of a form's body; none where it is none.
    [[nodiscard]] const form& fields() const;
    /// Whether the body can be read as what it says it is. An empty one holds nothing to read: the URL and
    /// the headers say it all.
    [[nodiscard]] bool is_readable() const {
        return sent_.body.empty() || (is_form() ? readable_form() : root() != nullptr);
    }

    /// In the place of the form's own fields: their text in UTF-8.
    void set_fields(form all) { fields_ = std::move(all); }

    /// What `member` is relative to.
    [[nodiscard]] const json::value* order_root() const noexcept { return order_root_; }

    // What the verification knows, for the templates of what is signed.
    void set_entries(std::span<const std::string_view> all) { entries_.assign(all.begin(), all.end()); }
    void set_timestamp(std::string_view text) noexcept { timestamp_ = text; }
    void set_secret(std::string_view key) noexcept { secret_ = key; }
    void set_mac_key(std::string_view key) noexcept { mac_key_ = key; }
    void set_signed_content(std::uint64_t mark) noexcept { signed_content_ = mark; }

    /// The same for the same content under the same key; 0: it is not known.
    [[nodiscard]] std::uint64_t signed_content() const noexcept { return signed_content_; }

    /// Pointers are relative to that element of the body from now on.
    void set_element(const json::value& element) noexcept { element_ = &element; }
    /// What `member` is relative to; null where the order has no root.
    void set_order_root(const json::value* root) noexcept { order_root_ = root; }

private:
    [[nodiscard]] found_value find_header(std::string_view name) const;
    [[nodiscard]] found_value find_json(const json::value* under, std::string_view pointer) const;
    [[nodiscard]] static found_value find_field(const form& in, std::string_view name);
    [[nodiscard]] found_value find_entry(std::string_view key) const;
    [[nodiscard]] found_value find_mac(const source& from) const;
    [[nodiscard]] const form& query() const;
    [[nodiscard]] bool readable_form() const;
    [[nodiscard]] std::string_view keep(std::string& in, std::string text) const;

    const webhook& sent_;
    const view_settings& settings_;
    entry_list entries_;
    std::optional<std::string_view> timestamp_;
    std::optional<std::string_view> secret_;
    std::string_view mac_key_;
    std::uint64_t signed_content_ = 0;
    const json::value* element_ = nullptr;
    const json::value* order_root_ = nullptr;

    mutable std::optional<result<json::document>> document_;
    mutable std::optional<bool> is_form_;
    mutable std::optional<form> fields_;
    mutable bool form_is_malformed_ = false;
    mutable std::optional<form> query_;
    mutable std::string sha256_, joined_fields_, mac_;
};

/// Whether a Content-Type says that a body is a form.
[[nodiscard]] bool is_form_type(std::string_view content_type);

}  // namespace shopbell::stores
