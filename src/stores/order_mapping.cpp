#include "order_mapping.hpp"

#include "wording.hpp"

#include <shopbell/core/json_writer.hpp>
#include <shopbell/core/text.hpp>
#include <shopbell/stores/ejunkie_documents.hpp>
#include <shopbell/stores/timestamp.hpp>
#include <shopbell/stores/webhook_parts.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

namespace shopbell::stores {

namespace {

constexpr std::array<std::string_view, 7> status_words = {"pending",  "paid",   "shipped", "canceled",
                                                          "refunded", "failed", "other"};

constexpr std::string_view order_members[] = {"id",       "number",   "provider_status", "placed_at",
                                              "currency", "total",    "subtotal",        "tax",
                                              "shipping", "discount", "shipping_method", "newsletter_opt_in"};
constexpr std::string_view customer_members[] = {"id",        "email", "first_name", "last_name",
                                                 "full_name", "phone", "ip",         "business_name"};
constexpr std::string_view address_members[] = {"full_name",    "business_name", "street",      "city",
                                                "region",       "region_code",   "postal_code", "country",
                                                "country_code", "phone",         "latitude",    "longitude"};
constexpr std::string_view payment_members[] = {"method", "type", "transaction_id", "status"};
constexpr std::string_view tracking_members[] = {"number", "company", "url"};
constexpr std::string_view item_members[] = {"id",       "variant_id", "sku",   "number",   "name",
                                             "quantity", "unit_price", "total", "discount", "tax"};

constexpr std::size_t most_items = 1000;

/// "/a", "json:/a", "=word" or a template of these.
result<text_template> parse_place(std::string_view text) {
    if (text.starts_with('='))
        return text_template::literal(std::string(text.substr(1)));
    if (text.find('{') != std::string_view::npos)
        return text_template::parse(text, vocabulary::order);
    if (text.empty() || text.starts_with('/')) {
        if (!is_pointer(text))
            return failure{errc::malformed, "is no JSON Pointer"};
        return text_template::value({place::member, std::string(text)});
    }
    if (text.find(':') == std::string_view::npos)
        return failure{errc::malformed,
                       "is no place of a value (did you mean \"/" + std::string(text) + "\"?)"};
    auto from = parse_source(text);
    if (!from)
        return from.error();
    return text_template::value(*std::move(from));
}

std::optional<order_status> parse_status(std::string_view word) {
    const auto found = std::ranges::find(status_words, word);
    if (found == status_words.end())
        return std::nullopt;
    return static_cast<order_status>(found - status_words.begin());
}

std::string no_status(std::string_view word) {
    const auto close = closest(word, status_words);
    return quoted(word) + " is no status" + (close ? " (did you mean " + quoted(*close) + "?)" : "") +
           ": there are pending, paid, shipped, canceled, refunded, failed and other";
}

std::string_view without_star(std::string_view pointer) noexcept {
    if (pointer.ends_with("/*"))
        pointer.remove_suffix(2);
    return pointer;
}

std::optional<time_point> parse_moment(std::string_view text) {
    constexpr std::size_t longest = 15, longest_seconds = 11;
    if (is_integer(text) && !text.starts_with('-') && text.size() <= longest) {
        std::int64_t number = 0;
        std::from_chars(text.data(), text.data() + text.size(), number);
        return time_point(std::chrono::milliseconds(text.size() <= longest_seconds ? number * 1000 : number));
    }
    if (auto at = parse_timestamp(text))
        return at;
    const auto at = ejunkie::parse_payment_date(text);
    return at ? std::optional(*at) : std::nullopt;
}

std::optional<bool> parse_flag(std::string_view text) {
    const auto word = to_lower(text);
    if (word == "true" || word == "1" || word == "yes" || word == "on")
        return true;
    if (word == "false" || word == "0" || word == "no" || word == "off")
        return false;
    return std::nullopt;
}

/// An id of a guest, or of no variant.
std::string without_zero(std::string id) {
    return id == "0" ? std::string() : id;
}

}  // namespace

unsigned currency_exponent(std::string_view currency) noexcept {
    constexpr std::string_view none[] = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG",
                                         "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"};
    constexpr std::string_view three[] = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
    constexpr std::string_view four[] = {"CLF", "UYW"};
    const auto holds = [currency](auto& list) { return std::ranges::find(list, currency) != std::end(list); };
    return holds(none) ? 0 : holds(three) ? 3 : holds(four) ? 4 : 2;
}

std::optional<decimal> from_minor(std::string_view text, unsigned digits) {
    if (!is_integer(text))
        return std::nullopt;
    const bool is_negative = text.starts_with('-');
    std::string number(text.substr(is_negative ? 1 : 0));
    if (digits > 0) {
        if (number.size() <= digits)
            number.insert(0, digits + 1 - number.size(), '0');
        number.insert(number.size() - digits, 1, '.');
    }
    return decimal::parse((is_negative ? "-" : "") + number);
}

std::vector<const json::value*> find_all(const json::value& root, std::string_view pointer) {
    constexpr std::string_view every = "/*";
    const auto star = pointer.find(every);
    const bool is_token = star != std::string_view::npos &&
                          (star + every.size() == pointer.size() || pointer[star + every.size()] == '/');
    std::vector<const json::value*> all;
    const auto* const found = root.at(is_token ? pointer.substr(0, star) : pointer);
    if (found == nullptr)
        return all;
    if (!is_token)
        return {found};
    for (const auto& element : found->elements()) {
        for (const auto* one : find_all(element, pointer.substr(star + every.size())))
            all.push_back(one);
    }
    return all;
}

std::string first_of(const member_places& places, const request_view& from) {
    std::string storage;
    for (const auto& one : places) {
        const auto text = one.render(from, storage);
        if (text && !trim(*text).empty())
            return std::string(trim(*text));
    }
    return {};
}

/// Reads [endpoint.order].
class order_mapping::reading {
public:
    reading(order_mapping& into, config::reader& table) : made_(into), table_(table) {}

    void run() {
        made_.events_ = table_.strings("events", {});
        made_.root_ = read_pointer(table_, "root");
        constexpr std::string_view forms[] = {"decimal", "minor"};
        made_.money_.is_minor = table_.one_of("money", forms, 0) == 1;
        read_exponents();
        read_members(table_, "", order_members);
        read_table("customer", customer_members);
        read_table("shipping_address", address_members);
        read_table("billing_address", address_members);
        read_table("payment", payment_members);
        read_table("tracking", tracking_members);
        made_.discount_codes_ = read_pointers(table_, "discount_codes");
        read_custom();
        read_words();
        read_rules();
        if (table_.has("items"))
            read_items(table_.table("items"));
    }

private:
    [[nodiscard]] static std::string read_pointer(config::reader& table, std::string_view key) {
        auto text = table.string(key, "");
        if (!is_pointer(text))
            table.error(key, quoted(text) + " is no JSON Pointer: it begins with \"/\"");
        return text;
    }

    [[nodiscard]] static std::vector<std::string> read_pointers(config::reader& table, std::string_view key) {
        auto all = table.texts(key);
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (!is_pointer(all[i]))
                table.error(key, i, quoted(all[i]) + " is no JSON Pointer: it begins with \"/\"");
        }
        return all;
    }

    [[nodiscard]] static member_places read_places(config::reader& table, std::string_view key) {
        member_places all;
        const auto texts = table.texts(key);
        for (std::size_t i = 0; i < texts.size(); ++i) {
            if (auto one = parse_place(texts[i]))
                all.push_back(*std::move(one));
            else
                table.error(key, i, quoted(texts[i]) + " " + one.error().reason);
        }
        return all;
    }

    void read_members(config::reader& table, const std::string& prefix,
                      std::span<const std::string_view> names) {
        for (const auto name : names) {
            if (auto places = read_places(table, name); !places.empty())
                made_.members_.emplace(prefix + std::string(name), std::move(places));
        }
    }

    void read_table(std::string_view name, std::span<const std::string_view> names) {
        auto table = table_.table(name);
        read_members(table, std::string(name) + ".", names);
    }

    void read_exponents() {
        for (const auto& [currency, text] : table_.string_table("exponents")) {
            unsigned digits = 0;
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), digits);
            if (error != std::errc() || end != text.data() + text.size() || digits > 4)
                table_.error("exponents", quoted(text) + " is no number of digits from 0 to 4");
            made_.money_.exponents.emplace(to_upper(currency), digits);
        }
    }

    void read_custom() {
        for (const auto& text : table_.texts("custom")) {
            auto from =
                text.starts_with('/') ? result<source>(source{place::member, text}) : parse_source(text);
            if (from)
                made_.custom_.push_back(*std::move(from));
            else
                table_.error("custom", quoted(text) + " " + from.error().reason);
        }
    }

    void read_words() {
        for (const auto& [word, status] : table_.string_table("status")) {
            if (const auto known = parse_status(status))
                made_.words_.emplace(to_lower(word), *known);
            else
                table_.error("status", no_status(status));
        }
    }

    void read_rules() {
        for (auto& rule : table_.tables("status_when")) {
            const auto when = rule.required_string("when");
            const auto word = rule.required_string("status");
            auto compiled = condition::parse(when, true);
            const auto status = parse_status(word);
            if (!compiled)
                rule.error("when", quoted(when) + " " + compiled.error().reason);
            if (!status)
                rule.error("status", no_status(word));
            if (compiled && status)
                made_.rules_.push_back({*std::move(compiled), *status});
        }
    }

    void read_items(config::reader table) {
        item_mapping made;
        if (table.has("root"))
            made.root = std::string(without_star(read_pointer(table, "root")));
        for (const auto name : item_members) {
            if (auto member = read_item_member(table, name);
                !member.plain.empty() || !member.numbered.empty())
                made.members.emplace(name, std::move(member));
        }
        made.license_keys = read_pointers(table, "license_keys");
        if (table.has("options")) {
            auto options = table.table("options");
            made.options = item_options();
            made.options->root = without_star(read_pointer(options, "root"));
            made.options->name = read_places(options, "name");
            made.options->value = read_places(options, "value");
        }
        made_.items_ = std::move(made);
    }

    [[nodiscard]] static item_member read_item_member(config::reader& table, std::string_view name) {
        item_member member;
        const auto texts = table.texts(name);
        for (std::size_t i = 0; i < texts.size(); ++i) {
            if (texts[i].starts_with('/') && texts[i].find('#') != std::string::npos)
                member.numbered.push_back(texts[i]);
            else if (auto one = parse_place(texts[i]))
                member.plain.push_back(*std::move(one));
            else
                table.error(name, i, quoted(texts[i]) + " " + one.error().reason);
        }
        return member;
    }

    order_mapping& made_;
    config::reader& table_;
};

/// Fills one order from one body.
class order_mapping::filling {
public:
    filling(const order_mapping& by, request_view& from, field_problems& problems)
        : by_(by), from_(from), problems_(problems) {}

    order run() {
        order_.id = text("id");
        order_.number = text("number");
        order_.provider_status = text("provider_status");
        order_.status = status();
        order_.currency = currency();
        order_.total = amount("total");
        order_.subtotal = amount("subtotal");
        order_.tax = amount("tax");
        order_.shipping = amount("shipping");
        order_.discount = amount("discount");
        order_.shipping_method = text("shipping_method");
        order_.placed_at = moment("placed_at");
        order_.newsletter_opt_in = parse_flag(text("newsletter_opt_in"));
        fill_customer();
        order_.shipping_address = address_of("shipping_address");
        order_.billing_address = address_of("billing_address");
        order_.payment = {text("payment.method"), text("payment.type"), text("payment.transaction_id"),
                          text("payment.status")};
        order_.tracking = {text("tracking.number"), text("tracking.company"), text("tracking.url")};
        order_.discount_codes = texts(by_.discount_codes_, root_);
        order_.custom = custom();
        if (by_.items_)
            fill_items(*by_.items_);
        return std::move(order_);
    }

private:
    [[nodiscard]] std::string text(std::string_view member) const {
        const auto found = by_.members_.find(member);
        return found == by_.members_.end() ? std::string() : first_of(found->second, from_);
    }

    void problem(std::string_view member, std::string_view what) const {
        problems_.add("order." + std::string(member), what);
    }

    /// What `parse` makes of a text; nothing, and a problem, where that is not what was expected.
    template <class Parse>
    [[nodiscard]] auto parsed(std::string_view member, std::string_view sent, Parse parse,
                              std::string_view expected) const -> decltype(parse(sent)) {
        if (sent.empty())
            return std::nullopt;
        auto value = parse(sent);
        if (!value)
            problem(member, "expected " + std::string(expected) + ", got another text");
        return value;
    }

    [[nodiscard]] order_status status() const {
        for (const auto& rule : by_.rules_) {
            if (rule.when.holds(from_, {}))
                return rule.status;
        }
        const auto known = by_.words_.find(to_lower(order_.provider_status));
        return known == by_.words_.end() ? order_status::other : known->second;
    }

    [[nodiscard]] std::string currency() const {
        constexpr std::size_t code_size = 3;
        auto code = text("currency");
        return code.size() == code_size ? to_upper(code) : code;
    }

    [[nodiscard]] std::optional<decimal> money_of(std::string_view member, std::string_view sent) const {
        if (sent.empty())
            return std::nullopt;
        if (!by_.money_.is_minor)
            return parsed(member, sent, decimal::parse, "an amount");
        if (order_.currency.empty()) {
            problem(member, "a number of the smallest unit, and no currency says which that is");
            return std::nullopt;
        }
        const auto own = by_.money_.exponents.find(order_.currency);
        const auto digits =
            own != by_.money_.exponents.end() ? own->second : currency_exponent(order_.currency);
        const auto parse = [digits](std::string_view text) { return from_minor(text, digits); };
        return parsed(member, sent, parse, "a whole number of the smallest unit");
    }

    [[nodiscard]] std::optional<decimal> amount(std::string_view member) const {
        return money_of(member, text(member));
    }

    [[nodiscard]] std::optional<decimal> number(std::string_view member, std::string_view sent) const {
        return parsed(member, sent, decimal::parse, "a number");
    }

    [[nodiscard]] std::optional<time_point> moment(std::string_view member) const {
        return parsed(member, text(member), parse_moment, "a date and time with its zone");
    }

    void fill_customer() {
        order_.customer = {.id = without_zero(text("customer.id")),
                           .email = text("customer.email"),
                           .first_name = text("customer.first_name"),
                           .last_name = text("customer.last_name"),
                           .full_name = text("customer.full_name"),
                           .phone = text("customer.phone"),
                           .ip = text("customer.ip"),
                           .business_name = text("customer.business_name")};
    }

    [[nodiscard]] std::optional<address> address_of(const std::string& table) const {
        const auto member = [&](const char* name) { return text(table + "." + name); };
        address made;
        made.full_name = member("full_name");
        made.business_name = member("business_name");
        made.street = member("street");
        made.city = member("city");
        made.region = member("region");
        made.region_code = member("region_code");
        made.postal_code = member("postal_code");
        made.country = member("country");
        made.country_code = member("country_code");
        made.phone = member("phone");
        made.latitude = number(table + ".latitude", member("latitude"));
        made.longitude = number(table + ".longitude", member("longitude"));
        return made.empty() ? std::nullopt : std::optional(std::move(made));
    }

    [[nodiscard]] std::vector<std::string> texts(const std::vector<std::string>& pointers,
                                                 const json::value* under) const {
        std::vector<std::string> all;
        for (const auto& pointer : pointers) {
            if (under == nullptr) {
                if (const auto found = from_.find({place::member, pointer}); found.is_one())
                    all.emplace_back(found.text);
                continue;
            }
            for (const auto* one : find_all(*under, pointer)) {
                if (!one->text().empty())
                    all.emplace_back(one->text());
            }
        }
        std::erase(all, std::string());
        return all;
    }

    [[nodiscard]] std::string custom() const {
        for (const auto& from : by_.custom_) {
            const auto* const value = from_.json_at(from);
            const bool is_empty = value == nullptr || value->is_null() ||
                                  (value->is_string() && value->text().empty()) ||
                                  (value->is_array() && value->elements().empty()) ||
                                  (value->is_object() && value->members().empty());
            if (!is_empty)
                return on_one_line(value->raw());
            const auto field = value == nullptr ? from_.find(from) : found_value();
            if (field.is_one() && !field.text.empty())
                return as_json_string(field.text);
        }
        return {};
    }

    void fill_items(const item_mapping& by) {
        if (from_.is_form() && has_numbered(by)) {
            if (fill_numbered(by))
                return;
        } else if (by.root && root_ != nullptr) {
            const auto* const found = root_->at(*by.root);
            if (found == nullptr)
                return;
            if (found->is_object())
                return add_item(by, *found);
            const auto all = found->elements();
            for (const auto& one : all.first(std::min(all.size(), most_items)))
                add_item(by, one);
            if (all.size() > most_items)
                problem("items", "more than a thousand: the rest stands in the payload only");
            return;
        }
        add_item_here(by, root_);
    }

    void add_item(const item_mapping& by, const json::value& element) {
        if (!element.is_object())
            return problem("items", "expected an object, got " + std::string(kind_in_words(element)));
        from_.set_order_root(&element);
        add_item_here(by, &element);
        from_.set_order_root(root_);
    }

    void add_item_here(const item_mapping& by, const json::value* element) {
        add(item_of([&](std::string_view name) {
                const auto found = by.members.find(name);
                return found == by.members.end() ? std::string() : first_of(found->second.plain, from_);
            }),
            by, element);
    }

    static bool has_numbered(const item_mapping& by) {
        return std::ranges::any_of(by.members, [](const auto& one) { return !one.second.numbered.empty(); });
    }

    /// False where no field has a number.
    bool fill_numbered(const item_mapping& by) {
        for (std::size_t number = 1; number <= most_items; ++number) {
            const auto value = [&](std::string_view name) -> std::string {
                const auto found = by.members.find(name);
                if (found == by.members.end())
                    return {};
                for (auto field : found->second.numbered) {
                    field.replace(field.find('#'), 1, std::to_string(number));
                    if (const auto sent = from_.find({place::member, field});
                        sent.is_one() && !sent.text.empty())
                        return std::string(trim(sent.text));
                }
                return {};
            };
            const auto before = order_.items.size();
            add(item_of(value), by, nullptr);
            if (order_.items.size() == before)
                return number > 1;
        }
        return true;
    }

    template <class Value>
    [[nodiscard]] order_item item_of(Value value) const {
        order_item one;
        one.id = without_zero(value("id"));
        one.variant_id = without_zero(value("variant_id"));
        one.sku = value("sku");
        one.number = value("number");
        one.name = value("name");
        one.quantity = number("items.quantity", value("quantity"));
        one.unit_price = money_of("items.unit_price", value("unit_price"));
        one.total = money_of("items.total", value("total"));
        one.discount = money_of("items.discount", value("discount"));
        one.tax = money_of("items.tax", value("tax"));
        return one;
    }

    void add(order_item one, const item_mapping& by, const json::value* element) {
        one.license_keys = texts(by.license_keys, element);
        if (by.options && element != nullptr)
            one.options = options_of(*by.options, *element);
        const bool is_empty = one.id.empty() && one.variant_id.empty() && one.sku.empty() &&
                              one.number.empty() && one.name.empty() && !one.quantity && !one.unit_price &&
                              !one.total && !one.discount && !one.tax && one.options.empty() &&
                              one.license_keys.empty();
        if (!is_empty)
            order_.items.push_back(std::move(one));
    }

    [[nodiscard]] std::vector<item_option> options_of(const item_options& by, const json::value& item) const {
        std::vector<item_option> all;
        const auto* const found = item.at(by.root);
        if (found == nullptr)
            return all;
        for (const auto& element : found->elements()) {
            from_.set_order_root(&element);
            item_option option{first_of(by.name, from_), first_of(by.value, from_)};
            if (!option.name.empty() && !option.name.starts_with('_'))
                all.push_back(std::move(option));
        }
        from_.set_order_root(&item);
        return all;
    }

    const order_mapping& by_;
    request_view& from_;
    field_problems& problems_;
    const json::value* root_ = from_.order_root();
    order order_;
};

order_mapping order_mapping::read(config::reader table) {
    order_mapping made;
    reading(made, table).run();
    return made;
}

bool order_mapping::is_for(std::string_view event) const {
    return events_.empty() ||
           std::ranges::any_of(events_, [event](const auto& glob) { return glob_match(glob, event); });
}

bool order_mapping::enter(request_view& from, const json::value* element) const {
    const auto* const root = element == nullptr ? nullptr : element->at(root_);
    from.set_order_root(root);
    return from.is_form() || (root != nullptr && root->is_object());
}

std::string order_mapping::id(const request_view& from) const {
    const auto found = members_.find("id");
    return found == members_.end() ? std::string() : first_of(found->second, from);
}

order order_mapping::fill(request_view& from, field_problems& problems) const {
    return filling(*this, from, problems).run();
}

std::vector<const source*> order_mapping::sources() const {
    std::vector<const source*> all;
    for (const auto& [name, places] : members_) {
        for (const auto& one : places)
            std::ranges::copy(one.sources(), std::back_inserter(all));
    }
    return all;
}

std::size_t order_mapping::levels_for_id() const {
    std::size_t levels = 0;
    const auto found = members_.find("id");
    if (found == members_.end())
        return 0;
    for (const auto& one : found->second) {
        for (const auto* from : one.sources())
            levels =
                std::max(levels, from->where == place::member ? levels_of(root_) + levels_of(from->name) - 1
                                                              : levels_of(from->name));
    }
    return levels;
}

std::vector<order_mapping> read_orders(key_reader& keys) {
    std::vector<order_mapping> all;
    auto& table = keys.at("order");
    if (table.has_table("order")) {
        all.push_back(order_mapping::read(table.table("order")));
    } else {
        for (auto& one : table.tables("order"))
            all.push_back(order_mapping::read(std::move(one)));
    }
    return all;
}

}  // namespace shopbell::stores
