#pragma once

#include "condition.hpp"
#include "key_reader.hpp"
#include "text_template.hpp"

#include <shopbell/commerce/order.hpp>
#include <shopbell/stores/json_fields.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// From a store's body to the order that all stores share (presets.md, section 5): [endpoint.order].
namespace shopbell::stores {

/// One member's places: the first that is there gives its value.
using member_places = std::vector<text_template>;

/// Money as the store writes it.
struct money_form {
    bool is_minor = false;  ///< whole numbers of the currency's smallest unit
    std::map<std::string, unsigned, std::less<>> exponents = {};  ///< where they differ from ISO 4217
};

/// How many digits behind the point the currency has (ISO 4217).
[[nodiscard]] unsigned currency_exponent(std::string_view currency) noexcept;

/// 12340 with three digits is "12.340"; nothing for what is no whole number.
[[nodiscard]] std::optional<decimal> from_minor(std::string_view text, unsigned digits);

/// One [endpoint.order], compiled.
class order_mapping {
public:
    /// Problems go to the reader.
    [[nodiscard]] static order_mapping read(config::reader table);

    /// Whether it is for events of that name ("checkout.session.completed").
    [[nodiscard]] bool is_for(std::string_view event) const;

    /// Makes pointers relative to its root; false where the body has none.
    [[nodiscard]] bool enter(request_view& from, const json::value* element) const;

    // After `enter`.
    [[nodiscard]] std::string id(const request_view& from) const;
    [[nodiscard]] order fill(request_view& from, field_problems& problems) const;

    /// What it takes of a request, but for what stands under its root.
    [[nodiscard]] std::vector<const source*> sources() const;
    /// How many levels of the body must be read for the id.
    [[nodiscard]] std::size_t levels_for_id() const;

private:
    /// In a form "#" stands for an item's number.
    struct item_member {
        member_places plain = {};
        std::vector<std::string> numbered = {};
    };
    struct item_options {
        std::string root = {};
        member_places name = {}, value = {};
    };
    struct item_mapping {
        std::optional<std::string> root = {};  ///< nothing: members stand under the order's
        std::map<std::string, item_member, std::less<>> members = {};
        std::optional<item_options> options = {};
        std::vector<std::string> license_keys = {};
    };
    struct status_rule {
        condition when;
        order_status status;
    };
    class reading;
    class filling;

    std::vector<std::string> events_;
    std::string root_;
    money_form money_;
    std::map<std::string, member_places, std::less<>> members_;  ///< "id", "customer.email"
    std::vector<std::string> discount_codes_;                    ///< pointers
    std::vector<source> custom_;
    std::vector<status_rule> rules_;
    std::map<std::string, order_status, std::less<>> words_;
    std::optional<item_mapping> items_;
};

/// Reads the key `order`: a table or an array of them.
[[nodiscard]] std::vector<order_mapping> read_orders(key_reader& keys);

/// The values that a pointer refers to in which "*" stands for every element of an array.
[[nodiscard]] std::vector<const json::value*> find_all(const json::value& root, std::string_view pointer);

/// The first that is there and not empty, without blanks around it.
[[nodiscard]] std::string first_of(const member_places& places, const request_view& from);

}  // namespace shopbell::stores
