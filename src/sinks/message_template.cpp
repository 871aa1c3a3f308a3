#include "message_template.hpp"

#include <shopbell/core/file_descriptor.hpp>
#include <shopbell/core/json.hpp>
#include <shopbell/core/json_writer.hpp>
#include <shopbell/core/text.hpp>

#include <fcntl.h>
#include <kainjow/mustache.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <sstream>
#include <system_error>
#include <tuple>
#include <unordered_map>

namespace shopbell {
namespace {

namespace mustache = kainjow::mustache;

constexpr std::size_t largest_template = std::size_t{1} << 20;
/// The event document is deeper than the payload in it, which was read with the usual depth.
constexpr std::size_t document_depth = json::document::max_depth + 8;

std::string json_escape(const std::string& text) {
    json_writer out;
    const std::string quoted = out.string(text).take();
    return quoted.substr(1, quoted.size() - 2);
}

/// RFC 3986, section 2.3: all but the unreserved characters.
std::string percent_encode(const std::string& text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view marks = "-._~";
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           marks.find(c) != std::string_view::npos;
        const auto byte = static_cast<unsigned char>(c);
        if (plain)
            out += c;
        else
            (out += '%').append({digits[byte >> 4U], digits[byte & 0x0FU]});
    }
    return out;
}

std::string as_it_is(const std::string& text) {
    return text;
}

/// "application/json; charset=utf-8" is "application/json".
std::string media_type(std::string_view content_type) {
    return to_lower(trim(content_type.substr(0, content_type.find(';'))));
}

bool is_json(std::string_view media) noexcept {
    return media == "application/json" || media == "text/json" || media.ends_with("+json");
}

using escape = std::string (*)(const std::string&);

escape escape_for(std::string_view media) noexcept {
    if (is_json(media))
        return json_escape;
    if (media == "application/x-www-form-urlencoded")
        return percent_encode;
    return media == "text/html" ? mustache::html_escape<std::string> : as_it_is;
}

/// Of a text, at most so many UTF-16 units; one that is cut ends in an ellipsis.
std::string first_units(std::string_view text, std::size_t most) {
    constexpr std::string_view ellipsis = "…";
    std::size_t units = 0, kept = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto lead = static_cast<unsigned char>(text[at]);
        const std::size_t bytes = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        units += bytes == 4 ? 2 : 1;
        if (units > most)
            return std::string(text.substr(0, kept)) + std::string(ellipsis);
        at += bytes;
        if (units < most)
            kept = at;
    }
    return std::string(text);
}

/// A name that ends in ".first.20" or ".more.20".
struct cut_name {
    std::string base;
    bool is_first = false;  ///< else: more
    std::size_t count = 0;
};

std::optional<cut_name> parse_cut(std::string_view name) {
    const auto dot = name.rfind('.');
    if (dot == std::string_view::npos || dot + 1 == name.size())
        return std::nullopt;
    cut_name cut;
    const auto number = name.substr(dot + 1);
    const auto read = std::from_chars(number.data(), number.data() + number.size(), cut.count);
    if (read.ec != std::errc() || read.ptr != number.data() + number.size() || cut.count == 0)
        return std::nullopt;
    const auto rest = name.substr(0, dot);
    for (const std::string_view word : {".first", ".more"}) {
        if (!rest.ends_with(word) || rest.size() == word.size())
            continue;
        cut.base = rest.substr(0, rest.size() - word.size());
        cut.is_first = word == ".first";
        return cut;
    }
    return std::nullopt;
}

/// Lends the template the values of a document that it asks for, one at a time: nothing of a stranger's
/// document is turned into the library's own tree, however large or deep it is.
class lookup final : public mustache::basic_context<std::string> {
public:
    /// `unknown`: what a name stands for that the document lacks; null: nothing.
    explicit lookup(const json::value& root, const mustache::data* unknown = nullptr)
        : unknown_(unknown), scopes_{&root} {}

    void push(const mustache::data* lent) override {
        scopes_.push_back(lent == unknown_ ? scopes_.back() : meaning_.at(lent));
    }
    void pop() override { scopes_.pop_back(); }

    [[nodiscard]] const mustache::data* get(const std::string& name) const override {
        if (name == ".")
            return lend(*scopes_.back());
        if (const json::value* found = find_in_scopes(name))
            return lend(*found);
        const auto cut = parse_cut(name);
        const json::value* const whole = cut ? find_in_scopes(cut->base) : nullptr;
        return whole == nullptr ? unknown_ : lend_cut(*whole, *cut);
    }

    /// The library would read a value of the event as a template.
    [[nodiscard]] const mustache::data* get_partial(const std::string&) const override { return nullptr; }

private:
    [[nodiscard]] const json::value* find_in_scopes(std::string_view name) const {
        for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
            if (const json::value* found = find(**scope, name))
                return found;
        }
        return nullptr;
    }

    static const json::value* find(const json::value& scope, std::string_view name) {
        const json::value* current = &scope;
        while (current != nullptr) {
            const auto dot = name.find('.');
            current = current->find(name.substr(0, dot));
            if (dot == std::string_view::npos)
                return current;
            name.remove_prefix(dot + 1);
        }
        return nullptr;
    }

    const mustache::data* lend(const json::value& value) const {
        const auto [place, is_new] = lent_.try_emplace(&value, mustache::data::type::bool_false);
        mustache::data& lent = place->second;
        if (!is_new)
            return &lent;
        if (value.is_array()) {
            lend_elements(lent, value.elements());
        } else if (value.is_object()) {
            lent = mustache::data(true);
        } else if (!value.text().empty() && !(value.is_boolean() && value.text() == "false")) {
            lent = mustache::data(std::string(value.text()));
        }
        meaning_[&lent] = &value;
        return &lent;
    }

    void lend_elements(mustache::data& to, std::span<const json::value> elements) const {
        const mustache::data stand_in(true);
        to = mustache::data(mustache::list(elements.size(), stand_in));
        for (std::size_t i = 0; i < elements.size(); ++i)
            meaning_[&to.list_value()[i]] = &elements[i];
    }

    const mustache::data* lend_cut(const json::value& whole, const cut_name& how) const {
        const auto [place, is_new] = cut_.try_emplace({&whole, how.is_first, how.count});
        if (!is_new)
            return place->second.get();
        place->second = std::make_unique<mustache::data>(mustache::data::type::bool_false);
        mustache::data& lent = *place->second;
        const auto elements = whole.elements();
        if (!how.is_first && elements.size() > how.count)
            lent = mustache::data(std::to_string(elements.size() - how.count));
        else if (how.is_first && whole.is_array())
            lend_elements(lent, elements.first(std::min(how.count, elements.size())));
        else if (how.is_first && (whole.is_string() || whole.is_number()) && !whole.text().empty())
            lent = mustache::data(first_units(whole.text(), how.count));
        meaning_[&lent] = &whole;
        return &lent;
    }

    using cut_key = std::tuple<const json::value*, bool, std::size_t>;

    const mustache::data* const unknown_;
    std::vector<const json::value*> scopes_;  // the innermost at the end
    mutable std::unordered_map<const json::value*, mustache::data> lent_;
    mutable std::map<cut_key, std::unique_ptr<mustache::data>> cut_;
    mutable std::unordered_map<const mustache::data*, const json::value*> meaning_;
};

/// Knows every name, as the same value, or none (null): whatever an event may hold or lack.
class anything final : public mustache::basic_context<std::string> {
public:
    explicit anything(const mustache::data* value) : value_(value) {}

    void push(const mustache::data*) override {}
    void pop() override {}
    [[nodiscard]] const mustache::data* get(const std::string&) const override { return value_; }
    [[nodiscard]] const mustache::data* get_partial(const std::string&) const override { return nullptr; }

private:
    const mustache::data* const value_;
};

/// An event such as people write templates for.
constexpr std::string_view sample_order =
    R"({"specversion":"1.0","id":"01936f3e-6c00-7000-8000-000000000000","source":"/shop",)"
    R"("type":"jumpseller.order.paid","subject":"order/1026","time":"2026-11-21T15:51:45.279Z",)"
    R"("datacontenttype":"application/json","provider":"jumpseller","store":"mystore","data":{"order":{)"
    R"("id":"1026","number":"1026","status":"paid","provider_status":"Paid","placed_at":"2026-11-21T15:51:40Z",)"
    R"("currency":"USD","total":{"amount":"369.20","currency":"USD"},"subtotal":{"amount":"359.20",)"
    R"("currency":"USD"},"tax":{"amount":"5.00","currency":"USD"},"shipping":{"amount":"10.00",)"
    R"("currency":"USD"},"discount":{"amount":"5.00","currency":"USD"},"customer":{"id":"7",)"
    R"("email":"ana@example.com","first_name":"Ana","last_name":"\"A\" Example",)"
    R"("full_name":"Ana \"A\" Example","phone":"+1 555 0100"},"shipping_address":{)"
    R"("full_name":"Ana \"A\" Example","street":"1 Main St.\nTop","city":"Springfield",)"
    R"("postal_code":"00000","country":"Chile","country_code":"CL"},"items":[{"id":"1","sku":"TEE-1",)"
    R"("name":"Tee \"one\"","quantity":2,"unit_price":{"amount":"10.00","currency":"USD"}},{"id":"2",)"
    R"("sku":"CUP-1","name":"Cup","quantity":1.50,"unit_price":{"amount":"20.00","currency":"USD"}}],)"
    R"("payment":{"method":"card","transaction_id":"t-1"},"discount_codes":["A","B"]},)"
    R"("payload":{"order":{"id":1026,"total":369.20}}}})";

result<std::string> read_whole(const std::string& path) {
    const auto refused = [&path](int number) {
        return failure{errc::io, path + ": " + std::generic_category().message(number)};
    };
    const file_descriptor in(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct ::stat about {};
    if (!in || ::fstat(in.get(), &about) != 0)
        return refused(errno);
    if (!S_ISREG(about.st_mode))
        return refused(S_ISDIR(about.st_mode) ? EISDIR : EINVAL);
    std::string text(largest_template + 1, '\0');
    std::size_t filled = 0;
    while (filled < text.size()) {
        const auto size = ::read(in.get(), text.data() + filled, text.size() - filled);
        if (size < 0 && errno != EINTR)
            return refused(errno);
        if (size == 0)
            break;
        filled += size > 0 ? static_cast<std::size_t>(size) : 0;
    }
    if (filled > largest_template)
        return refused(EFBIG);
    text.resize(filled);
    return text;
}

failure wrong_at(const std::string& name, const std::string& text, std::size_t offset, std::string why) {
    const std::string_view before = std::string_view(text).substr(0, offset);
    const auto line = std::ranges::count(before, '\n') + 1;
    const auto column = before.size() - (before.rfind('\n') + 1) + 1;
    return failure{errc::malformed,
                   name + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + std::move(why)};
}

/// The library says "Unclosed tag at 17".
failure syntax_error(const std::string& name, const std::string& text, const std::string& message) {
    constexpr std::string_view at = " at ";
    const auto place = message.rfind(at);
    std::size_t offset = 0;
    if (place != std::string::npos)
        std::from_chars(message.data() + place + at.size(), message.data() + message.size(), offset);
    std::string why = message.substr(0, place);
    if (!why.empty())
        why.front() = to_lower(why.substr(0, 1)).front();
    return wrong_at(name, text, std::min(offset, text.size()), std::move(why));
}

/// Where a {{>partial}} begins, or npos.
std::size_t find_partial(const std::string& text) {
    for (auto open = text.find("{{"); open != std::string::npos; open = text.find("{{", open + 1)) {
        const auto mark = text.find_first_not_of(" \t\r\n", open + 2);
        if (mark != std::string::npos && text[mark] == '>')
            return open;
    }
    return std::string::npos;
}

/// Where the first byte stands that is no part of UTF-8, or npos.
std::size_t first_not_utf8(const std::string& text) {
    const std::string repaired = to_utf8_lossy(text);
    const auto [own, other] = std::ranges::mismatch(text, repaired);
    return own == text.end() ? std::string::npos : static_cast<std::size_t>(own - text.begin());
}

}  // namespace

struct message_template::state {
    explicit state(const std::string& text) : content(text) {}

    /// Fails with `malformed` where it must be JSON and is none.
    result<std::string> render(mustache::basic_context<std::string>& values) {
        std::ostringstream out;
        std::string message = content.render(values, out).str();
        if (!must_be_json)
            return message;
        if (const auto checked = json::document::parse(message); !checked)
            return checked.error();
        return message;
    }

    mustache::mustache content;
    bool must_be_json = false;
};

message_template::message_template(std::unique_ptr<state> content) noexcept : state_(std::move(content)) {}
message_template::message_template(message_template&&) noexcept = default;
message_template& message_template::operator=(message_template&&) noexcept = default;
message_template::~message_template() = default;

result<message_template> message_template::read(const std::string& path, std::string_view content_type) {
    const auto text = read_whole(path);
    if (!text)
        return text.error();
    return parse(*text, path, content_type);
}

result<message_template> message_template::parse(const std::string& text, const std::string& name,
                                                 std::string_view content_type) {
    if (const auto partial = find_partial(text); partial != std::string::npos)
        return wrong_at(name, text, partial, "there are no partials ({{>name}}) here");
    const std::string media = media_type(content_type);
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    if (is_json(media) && text.starts_with(mark))
        return wrong_at(name, text, 0, "a byte order mark, which JSON cannot begin with; save it without");
    if (const auto wrong = first_not_utf8(text); is_json(media) && wrong != std::string::npos)
        return wrong_at(name, text, wrong, "not UTF-8, which JSON must be; save it as UTF-8");
    auto made = std::make_unique<state>(text);
    if (!made->content.is_valid())
        return syntax_error(name, text, made->content.error_message());
    made->content.set_custom_escape(escape_for(media));
    made->must_be_json = is_json(media);
    return message_template(std::move(made));
}

result<std::string> message_template::render(const event& about) const {
    const auto document = json::document::parse(about.document, document_depth);
    if (!document)
        return failure{errc::malformed, "the event document cannot be read: " + document.error().reason};
    lookup values(document->root());
    auto message = state_->render(values);
    if (!message)
        return failure{errc::malformed,
                       "what the template makes of this event is not sent: " + message.error().reason};
    return message;
}

message_template::prospect message_template::try_out() const {
    const auto document = json::document::parse(sample_order);
    if (!document)
        return {};
    const mustache::data present(std::string("1"));
    lookup order(document->root());
    lookup order_and_more(document->root(), &present);  // a template may be for what only some events have
    anything all(&present);
    anything none(nullptr);
    const auto of_order = state_->render(order);
    if (of_order || state_->render(order_and_more))
        return {};
    const bool of_others = state_->render(all) || state_->render(none);
    prospect seen;
    seen.reason = "what it makes of a sample order is not JSON: " + of_order.error().reason;
    seen.how = of_others ? prospect::grade::doubtful : prospect::grade::hopeless;
    return seen;
}

}  // namespace shopbell
