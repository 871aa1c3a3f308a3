#include "ejunkie_parts.hpp"

#include <shopbell/core/text.hpp>
#include <shopbell/stores/ejunkie_documents.hpp>

#include <algorithm>
#include <charconv>

namespace shopbell::ejunkie {
namespace {

/// The line of the cart that caused a request, as the form names it.
struct sold_line {
    std::string product;
    std::string quantity;
    std::string problem;
};

std::string value_of(const form_index& fields, std::string_view name) {
    return std::string(trim(fields.first(name)));
}

/// "100200||PRO" is the product 100200 in one of its variants.
std::string product_in(const std::string& item_number) {
    return std::string(trim(std::string_view(item_number).substr(0, item_number.find("||"))));
}

sold_line unnumbered_line(const form_index& fields) {
    return {product_in(value_of(fields, "item_number")), value_of(fields, "quantity"), ""};
}

sold_line numbered_line(const form_index& fields, const std::string& position, const sold_line& twin) {
    sold_line line{product_in(value_of(fields, "item_number" + position)),
                   value_of(fields, "quantity" + position), ""};
    if (line.product.empty())
        line.product = twin.product;
    if (line.quantity.empty())
        line.quantity = twin.quantity;
    return line;
}

/// Whether the cart has more than one line, as far as the form tells.
bool has_several_lines(const form_index& fields) {
    const auto declared = value_of(fields, "num_cart_items");
    if (!declared.empty())
        return declared != "1";
    return fields.has("item_number2") || fields.has("item_name2") || fields.has("quantity2");
}

sold_line line_of(const form_index& fields, const std::string& position) {
    const auto twin = unnumbered_line(fields);
    if (!position.empty())
        return numbered_line(fields, position, twin);
    if (has_several_lines(fields)) {
        sold_line line;
        line.problem =
            "the form tells of several items and has no item_cart_position: is the URL that of a product?";
        return line;
    }
    return numbered_line(fields, "1", twin);
}

/// A whole number from 1 on, however many zeros stand behind its point; 0 for any other text.
std::size_t whole_quantity(std::string_view text) {
    const auto value = decimal::parse(text);
    std::size_t number = 0;
    const auto digits = text.substr(0, text.find('.'));
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (!value || error != std::errc() || end != digits.data() + digits.size())
        return 0;
    const auto whole = decimal::parse(digits);
    return whole && *whole == *value ? number : 0;
}

std::string transaction_in(const form_index& fields) {
    if (auto id = value_of(fields, "txn_id"); !id.empty())
        return id;
    for (const std::string name : {"ej_txn_id", "invoice"}) {
        if (const auto id = value_of(fields, name); !id.empty())
            return name + ":" + id;
    }
    return {};
}

}  // namespace

code_sale read_sale(std::string_view body) {
    field_problems ignored;
    const auto text = read_text(form::parse(body), ignored);
    const form_index fields(text);
    code_sale sale;
    sale.transaction = transaction_in(fields);
    sale.item = value_of(fields, "item_cart_position");
    sale.completed = !sale.transaction.empty() && event_type(value_of(fields, "payment_status"),
                                                             value_of(fields, "txn_type")) == paid_type;
    auto line = line_of(fields, sale.item);
    sale.product = std::move(line.product);
    sale.problem = std::move(line.problem);
    if (line.quantity.empty() || !sale.problem.empty())
        return sale;
    const auto quantity = whole_quantity(line.quantity);
    if (quantity == 0)
        sale.problem = "the quantity is no whole number above 0";
    else if (quantity > most_codes)
        sale.problem = "the quantity is above " + std::to_string(most_codes);
    else
        sale.quantity = quantity;
    return sale;
}

}  // namespace shopbell::ejunkie
