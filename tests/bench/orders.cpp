#include "orders.hpp"

#include <shopbell/config/reader.hpp>
#include <shopbell/stores/registry.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <random>
#include <stdexcept>

namespace shopbell::bench {
namespace {

constexpr std::size_t body_size = 2400;
constexpr char random_mark = '#';  // stands nowhere in the store's sample

std::string sample_body() {
    const auto samples = find_provider("jumpseller")->samples();
    const auto found = std::ranges::find(samples, order_event, &sample::event);
    if (found == samples.end())
        throw std::logic_error("jumpseller has no sample of that event");
    return found->body;
}

std::string token(std::size_t size) {
    return std::string(size, random_mark);
}

/// What real orders have besides the members of the sample: addresses with long tokens, and where the buyer
/// came from.
void add_tokens(nlohmann::ordered_json& order) {
    const std::string page = "https://mystore.example.com/orders/";
    order["duplicate_url"] = page + "duplicate/" + token(64);
    order["recovery_url"] = page + "recovery/" + token(64);
    order["review_url"] = page + "review/" + token(64);
    order["source"] = {{"source_name", "direct"},
                       {"first_page_visited", "https://mystore.example.com/?session=" + token(48)}};
}

/// The sample with tokens at its beginning and in its middle, and `padding` characters more there.
std::string pattern(std::size_t padding) {
    const auto document = nlohmann::ordered_json::parse(sample_body());
    nlohmann::ordered_json order;
    for (const auto& member : document["order"].items()) {
        if (member.key() == "customer") {
            order["payment_information"] = token(padding);
            add_tokens(order);
        }
        order[member.key()] = member.value();
        if (member.key() == "id")
            order["additional_information"] = token(256);
    }
    order["id"] = order_maker::least;
    return nlohmann::ordered_json{{"order", order}}.dump();
}

std::string pattern() {
    const auto short_size = pattern(0).size();
    if (short_size > body_size)
        throw std::logic_error("the sample has outgrown the size of the bodies");
    return pattern(body_size - short_size);
}

}  // namespace

std::unique_ptr<const provider> jumpseller_endpoint() {
    config::problems found("bench");
    const auto file = config::file::from_text("hooks_token = '" + std::string(hooks_token) + "'", found);
    auto keys = file.root();
    return find_provider("jumpseller")->make(keys, false);
}

order_maker::order_maker() : pattern_(pattern()), id_at_(pattern_.find(std::to_string(least))) {
    for (std::size_t at = 0; at < pattern_.size(); ++at) {
        if (pattern_[at] == random_mark)
            random_at_.push_back(at);
    }
}

std::string order_maker::body(std::uint64_t number) const {
    auto made = pattern_;
    made.replace(id_at_, std::to_string(least).size(), std::to_string(number));
    std::mt19937_64 random(number);
    std::uint64_t digits = 0;
    for (std::size_t i = 0; i < random_at_.size(); ++i) {
        digits = i % 16 == 0 ? random() : digits >> 4U;
        made[random_at_[i]] = "0123456789abcdef"[digits & 15U];
    }
    return made;
}

}  // namespace shopbell::bench
