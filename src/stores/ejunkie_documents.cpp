#include <shopbell/stores/ejunkie_documents.hpp>

#include <shopbell/core/text.hpp>

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace shopbell::ejunkie {
namespace {

/// A number of digits only; one beyond 64 bits is as large as can be. Nothing for other text.
std::optional<std::uint64_t> whole_number(std::string_view text) {
    if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos)
        return std::nullopt;
    std::uint64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    return read.ec == std::errc{} ? value : std::numeric_limits<std::uint64_t>::max();
}

/// Typed access to the fields. Where one is not what it should be, the caller gets nothing and the problems a
/// sentence.
class field_reader {
public:
    field_reader(const form& fields, field_problems& problems) : index_(fields), problems_(problems) {}

    [[nodiscard]] bool has(std::string_view name) const { return index_.has(name); }

    [[nodiscard]] std::string untrimmed(std::string_view name) const {
        const auto value = index_.first(name);
        return trim(value).empty() ? std::string() : std::string(value);
    }

    [[nodiscard]] std::string text(std::string_view name) const {
        return std::string(trim(index_.first(name)));
    }

    [[nodiscard]] std::optional<decimal> number(std::string_view name) const {
        const auto value = trim(index_.first(name));
        if (value.empty())
            return std::nullopt;
        auto parsed = decimal::parse(value);
        if (!parsed)
            note(name, "not a decimal number");
        return parsed;
    }

    [[nodiscard]] std::optional<bool> flag(std::string_view name) const {
        const auto value = trim(index_.first(name));
        if (value.empty())
            return std::nullopt;
        if (iequals(value, "true"))
            return true;
        if (iequals(value, "false"))
            return false;
        note(name, "neither true nor false");
        return std::nullopt;
    }

    [[nodiscard]] std::optional<std::uint64_t> count(std::string_view name) const {
        const auto value = trim(index_.first(name));
        if (value.empty())
            return std::nullopt;
        const auto parsed = whole_number(value);
        if (!parsed)
            note(name, "not a whole number");
        return parsed;
    }

    [[nodiscard]] std::optional<time_point> date(std::string_view name) const {
        const auto value = trim(index_.first(name));
        if (value.empty())
            return std::nullopt;
        const auto parsed = parse_payment_date(value);
        if (parsed)
            return *parsed;
        note(name, parsed.error().reason);
        return std::nullopt;
    }

    void note(std::string_view name, std::string_view what) const { problems_.add(name, what); }

private:
    form_index index_;
    field_problems& problems_;
};

/// The names of a cart line's fields; whether an underscore stands before X depends on the field.
std::string numbered(std::string_view name, std::size_t x) {
    return std::string(name) + std::to_string(x);
}

/// The X of a field that makes an item, as "item_name3"; 0 for any other name.
std::uint64_t position_in(std::string_view field) {
    for (const std::string_view name : {"item_name", "item_number", "quantity", "mc_gross_"}) {
        if (field.starts_with(name))
            return whole_number(field.substr(name.size())).value_or(0);
    }
    return 0;
}

/// How far the numbered fields go: there may be gaps between them.
std::uint64_t highest_item(const form& fields) {
    std::uint64_t highest = 0;
    for (const auto& field : fields.fields())
        highest = std::max(highest, position_in(field.name));
    return highest;
}

/// How many lines the cart says it has, else how many there are.
std::size_t count_items(const field_reader& in, const form& fields) {
    const auto declared = in.count("num_cart_items").value_or(0);
    const auto highest = highest_item(fields);
    if (declared > max_items)
        in.note("num_cart_items", "more than are read");
    else if (declared > 0 && highest > declared)
        in.note("num_cart_items", "fewer than there are");
    else if (declared == 0 && highest > max_items)
        in.note("items", "more than are read");
    return static_cast<std::size_t>(std::min<std::uint64_t>(declared > 0 ? declared : highest, max_items));
}

/// The name under which a line's field is there: numbered, or its unnumbered twin in a single-item order.
std::string line_name(const field_reader& in, const std::string& with_number, std::string_view twin,
                      bool single) {
    return single && in.text(with_number).empty() ? std::string(twin) : with_number;
}

std::vector<item_option> read_options(const field_reader& in, std::size_t x, bool single) {
    std::vector<item_option> options;
    for (const std::string_view n : {"1", "2", "3"}) {
        const auto name = std::string("option_name").append(n);
        const auto selection = std::string("option_selection").append(n);
        item_option option{in.text(line_name(in, numbered(name + "_", x), name, single)),
                           in.text(line_name(in, numbered(selection + "_", x), selection, single))};
        if (!option.name.empty() || !option.value.empty())
            options.push_back(std::move(option));
    }
    return options;
}

item read_item(const field_reader& in, std::size_t x, bool single, bool requested) {
    item line;
    line.position = x;
    line.name = in.text(line_name(in, numbered("item_name", x), "item_name", single));
    const auto number = in.text(line_name(in, numbered("item_number", x), "item_number", single));
    const auto bars = number.find("||");
    line.number = trim(std::string_view(number).substr(0, bars));
    if (bars != std::string::npos)
        line.number_sku = trim(std::string_view(number).substr(bars + 2));
    line.quantity = in.number(line_name(in, numbered("quantity", x), "quantity", single));
    line.gross = in.number(numbered("mc_gross_", x));
    line.sku = in.text(line_name(in, numbered("sku_", x), "sku", single || requested));
    line.key = in.untrimmed(line_name(in, numbered("key_", x), "key", single || requested));
    line.affiliate_fee = in.number(numbered("item_affiliate_fee_", x));
    line.options = read_options(in, x, single);
    return line;
}

bool says_nothing(const item& line) {
    return line.name.empty() && line.number.empty() && line.number_sku.empty() && line.sku.empty() &&
           line.key.empty() && line.options.empty() && !line.quantity && !line.gross && !line.affiliate_fee;
}

std::vector<item> read_items(const field_reader& in, const form& fields) {
    const std::size_t count = count_items(in, fields);
    const bool single = count <= 1;
    const auto requested = in.count("item_cart_position");
    if (requested && *requested > std::max<std::size_t>(count, 1))
        in.note("item_cart_position", "there is no such item");
    std::vector<item> items;
    for (std::size_t x = 1; x <= std::max<std::size_t>(count, 1); ++x) {
        auto line = read_item(in, x, single, requested == x);
        if (!says_nothing(line))
            items.push_back(std::move(line));
    }
    return items;
}

postal_address read_shipping_address(const field_reader& in) {
    postal_address to;
    to.name = in.text("address_name");
    to.business_name = in.text("address_business_name");
    to.street = in.text("address_street");
    to.city = in.text("address_city");
    to.state = in.text("address_state");
    to.zip = in.text("address_zip");
    to.country = in.text("address_country");
    to.country_code = in.text("address_country_code");
    to.phone = in.text("address_phone");
    return to;
}

postal_address read_billing_address(const field_reader& in) {
    postal_address to;
    to.business_name = in.text("payer_business_name");
    to.street = in.text("payer_street");
    to.city = in.text("payer_city");
    to.state = in.text("payer_state");
    to.zip = in.text("payer_zip");
    to.country_code = in.text("payer_country_code");
    to.phone = in.text("payer_phone");
    return to;
}

void read_order(const field_reader& in, const form& fields, notification& to) {
    to.txn_id = in.text("txn_id");
    to.ej_txn_id = in.text("ej_txn_id");
    to.invoice = in.text("invoice");
    to.txn_type = in.text("txn_type");
    to.client_id = in.text("client_id");
    to.custom = in.untrimmed("custom");
    to.payment_date = in.text("payment_date");
    to.paid_at = in.date("payment_date");
    to.item_cart_position = in.text("item_cart_position");
    to.num_cart_items = in.text("num_cart_items");
    to.items = read_items(in, fields);
    to.discount_codes = in.text("discount_codes");
}

void read_money(const field_reader& in, notification& to) {
    to.mc_currency = in.text("mc_currency");
    to.mc_gross = in.number("mc_gross");
    to.mc_shipping = in.number(in.text("mc_shipping").empty() ? "shipping" : "mc_shipping");
    to.tax = in.number("tax");
    to.mc_fee = in.number("mc_fee");
    to.item_affiliate_fee_total = in.number("item_affiliate_fee_total");
    to.affiliate_fee = in.number("affiliate_fee");
    to.payment_status = in.text("payment_status");
    to.payment_type = in.text("payment_type");
    to.pending_reason = in.text("pending_reason");
    to.card_last_four = in.text("card_last_four");
    to.card_type = in.text("card_type");
    to.for_auction = in.text("for_auction");
    to.auction_buyer_id = in.text("auction_buyer_id");
}

void read_buyer(const field_reader& in, notification& to) {
    to.payer_id = in.text("payer_id");
    to.payer_email = in.text("payer_email");
    to.first_name = in.text("first_name");
    to.last_name = in.text("last_name");
    to.payer_phone = in.text("payer_phone");
    to.contact_phone = in.text("contact_phone");
    to.payer_status = in.text("payer_status");
    to.address_status = in.text("address_status");
    to.buyer_ip = in.text("buyer_ip");
    to.residence_country = in.text("residence_country");
    to.shipping = read_shipping_address(in);
    to.billing = read_billing_address(in);
    to.mailing_list_status = in.flag("mailing_list_status");
    to.country_mismatch = in.flag("country_mismatch");
    to.zipcode_mismatch = in.flag("zipcode_mismatch");
}

void read_seller(const field_reader& in, notification& to) {
    to.business = in.text("business");
    to.receiver_email = in.text("receiver_email");
    to.from_name = in.text("from_name");
    to.from_email = in.text("from_email");
}

void read_delivery(const field_reader& in, notification& to) {
    to.client_shipping_method_id = in.text("client_shipping_method_id");
    to.shipping_method_type = in.text("shipping_method_type");
    to.shipping_method_desc = in.text("shipping_method_desc");
    to.expiry_hours = in.text("expiry_hours");
    to.max_downloads = in.text("max_downloads");
    to.sku = in.text("sku");
    to.key = in.untrimmed("key");
    to.charset = in.text("charset");
    to.charset_assumed = in.flag("charset_assumed");
}

}  // namespace

notification read_notification(const form& fields, field_problems& problems) {
    const field_reader in(fields, problems);
    notification what;
    read_order(in, fields, what);
    read_money(in, what);
    read_buyer(in, what);
    read_seller(in, what);
    read_delivery(in, what);
    return what;
}

}  // namespace shopbell::ejunkie
