#include "usaepay_parts.hpp"
#include <shopbell/stores/webhook_parts.hpp>

#include <algorithm>
#include <utility>

namespace shopbell::usaepay {
namespace {

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

/// Bytes of a document and what stands in their place.
struct replacement {
    std::string_view bytes;
    std::string by;
};

/// "creditcard", "original_card", "updated_card" and whatever card comes next.
bool names_a_card(std::string_view name) noexcept {
    return name.ends_with("card");
}

bool holds_a_card_number(std::string_view name, std::string_view owner) noexcept {
    return names_a_card(name) || (name == "number" && names_a_card(owner)) || name == "cardnumber" ||
           name == "card_number";
}

/// Collects in the order of the document. `name` is that of the member in which the value stands, `owner`
/// that of the member around it.
void find_clear_numbers(const json::value& value, std::string_view name, std::string_view owner,
                        std::vector<replacement>& found) {
    for (const auto& element : value.elements())
        find_clear_numbers(element, name, owner, found);
    for (const auto& [member, content] : value.members())
        find_clear_numbers(content, member, name, found);
    if (!holds_a_card_number(name, owner) || !(value.is_string() || value.is_number()))
        return;
    auto masked = mask_card_number(value.text());
    if (masked != value.text())
        found.push_back({value.raw(), as_json_string(masked)});
}

}  // namespace

std::string mask_card_number(std::string_view number) {
    constexpr std::ptrdiff_t most_clear = 10;
    constexpr std::ptrdiff_t stay_clear = 4;
    std::string masked(number);
    auto digits = std::ranges::count_if(number, is_digit);
    if (digits <= most_clear)
        return masked;
    for (char& c : masked) {
        if (is_digit(c) && digits-- > stay_clear)
            c = 'x';
    }
    return masked;
}

std::string payload_of(const json::value& root) {
    std::vector<replacement> clear;
    find_clear_numbers(root, {}, {}, clear);
    std::string out;
    const auto whole = root.raw();
    std::size_t done = 0;
    for (const auto& [bytes, by] : clear) {
        const auto at = static_cast<std::size_t>(bytes.data() - whole.data());
        out.append(whole.substr(done, at - done)).append(by);
        done = at + bytes.size();
    }
    out.append(whole.substr(done));
    return on_one_line(out);
}

std::string payload_of_text(std::string_view body) {
    std::string masked(body);
    auto from = masked.begin();
    while (from != masked.end()) {
        const auto begin = std::find_if(from, masked.end(), is_digit);
        from = std::find_if_not(begin, masked.end(), is_digit);
        const auto digits = from - begin;
        if (digits >= 13 && digits <= 19)
            std::fill(begin, from - 4, 'x');
    }
    return as_json_string(masked);
}

}  // namespace shopbell::usaepay
