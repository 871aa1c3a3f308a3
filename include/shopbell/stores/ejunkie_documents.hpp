#pragma once

#include <shopbell/commerce/money.hpp>
#include <shopbell/commerce/order.hpp>
#include <shopbell/core/clock.hpp>
#include <shopbell/core/result.hpp>
#include <shopbell/stores/charset.hpp>
#include <shopbell/stores/form.hpp>
#include <shopbell/stores/json_fields.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What E-junkie posts (providers.md, section 2). Every field may be missing; texts are UTF-8, without the
/// space around them unless they say otherwise, and empty where the field is missing or empty. Amounts keep
/// the digits sent and are in `mc_currency`.
namespace shopbell::ejunkie {

/// One line of the cart: the fields numbered X, for a single-item order completed by their unnumbered twins,
/// and for X = item_cart_position by `sku` and `key`.
struct item {
    std::size_t position = 0;              ///< X, counts from 1
    std::string name;                      ///< item_nameX
    std::string number;                    ///< item_numberX before the first "||"
    std::string number_sku;                ///< item_numberX after it
    std::string sku;                       ///< sku_X
    std::string key;                       ///< key_X: codes sent to the buyer, one a line
    std::optional<decimal> quantity;       ///< quantityX
    std::optional<decimal> gross;          ///< mc_gross_X: unit price times quantity
    std::optional<decimal> affiliate_fee;  ///< item_affiliate_fee_X
    std::vector<item_option> options;      ///< option_nameN_X and option_selectionN_X, empty ones left out
};

/// Where to ship (address_*) or whom to bill (payer_*, which has no name of its own).
struct postal_address {
    std::string name, business_name, street, city, state, zip, country, country_code, phone;
};

struct notification {
    // The order.
    std::string txn_id, ej_txn_id, invoice;
    std::string txn_type;               ///< "cart", "authnet", "cash", …: the checkout method
    std::string client_id;              ///< the seller's E-junkie account
    std::string custom;                 ///< the buy link's &custom=, with its space
    std::string payment_date;           ///< as sent
    std::optional<time_point> paid_at;  ///< `payment_date`, where it names an instant
    std::string item_cart_position;     ///< product URLs only: the X that caused this request
    std::string num_cart_items;
    std::vector<item> items;
    std::string discount_codes;  ///< free text

    // The money.
    std::string mc_currency;
    std::optional<decimal> mc_gross, mc_shipping, tax, mc_fee;
    std::optional<decimal> item_affiliate_fee_total, affiliate_fee;
    std::string payment_status, payment_type, pending_reason;
    std::string card_last_four, card_type;
    std::string for_auction, auction_buyer_id;

    // The buyer.
    std::string payer_id, payer_email, first_name, last_name, payer_phone, contact_phone;
    std::string payer_status, address_status, buyer_ip;
    std::string residence_country;  ///< billing country, a name or two letters
    postal_address shipping, billing;
    std::optional<bool> mailing_list_status;
    std::optional<bool> country_mismatch, zipcode_mismatch;

    // The seller.
    std::string business, receiver_email, from_name, from_email;

    // Shipping and downloads.
    std::string client_shipping_method_id, shipping_method_type, shipping_method_desc;
    std::string expiry_hours, max_downloads;
    std::string sku, key;  ///< product URLs: of the item at `item_cart_position`

    std::string charset;
    std::optional<bool> charset_assumed;
};

/// Most lines of one cart that are read; a larger cart is noted and stays whole in the payload.
inline constexpr std::size_t max_items = 1000;

/// The form's bytes as text, read in the charset that its `charset` field names (utf-8 without one). An
/// unsupported name, and every field whose bytes are not valid in it, is read as windows-1252 and noted.
[[nodiscard]] form read_text(form bytes, field_problems& problems);

/// The same for one value of a form that names that charset.
[[nodiscard]] std::string read_text(std::string_view value, std::string_view charset_name);

/// The fields by their meaning; what is not as documented is left out and noted.
/// Precondition: the form's texts are UTF-8.
[[nodiscard]] notification read_notification(const form& fields, field_problems& problems);

/// "12:34:56 Dec 21, 2012 MST" (providers.md 2.8): English month names, one or two digits for the day, the
/// zones of North America, GMT and UTC. `malformed` for anything else and for a day that does not exist.
[[nodiscard]] result<time_point> parse_payment_date(std::string_view text);

/// "Canceled-Reversal" as "canceled_reversal"; "other" where nothing is left.
[[nodiscard]] std::string snake_case(std::string_view text);

/// "ejunkie.order.paid" and its kin (providers.md, section 6).
[[nodiscard]] std::string event_type(std::string_view payment_status, std::string_view txn_type);

/// The order in the shape of every store (providers.md, section 7).
[[nodiscard]] order normalise(const notification& from);

}  // namespace shopbell::ejunkie
