#include <shopbell/cli/choice.hpp>
#include <shopbell/core/text.hpp>
#include <shopbell/stores/catalog.hpp>

#include <algorithm>
#include <utility>

namespace shopbell {

namespace {

std::string list(const std::vector<std::string_view>& names) {
    std::string text;
    for (const auto name : names)
        text += (text.empty() ? "" : " ") + std::string(name);
    return text;
}

/// "order.paid" of "jumpseller.order.paid".
std::string_view without_provider(std::string_view type) {
    const auto dot = type.find('.');
    return dot == std::string_view::npos ? type : type.substr(dot + 1);
}

}  // namespace

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& choices) {
    const auto close = closest(word, choices);
    return close ? " (did you mean \"" + std::string(*close) + "\"?)" : std::string();
}

result<void> check_provider(std::string_view provider) {
    if (find_store(provider) != nullptr)
        return {};
    std::vector<std::string_view> names;
    for (const auto& one : providers())
        names.push_back(one.name);
    return failure{errc::malformed, "unknown provider \"" + std::string(provider) + "\"" +
                                        did_you_mean(provider, store_names()) + "; there are: " +
                                        list(names) + " generic and what `shopbell presets` lists"};
}

result<void> check_signed(const provider& source, const signed_webhook& made) {
    if (source.reader() == nullptr)
        return {};
    const auto got = source.accept({made.fields, made.body, "POST", made.query});
    const auto* const refused = std::get_if<refusal>(&got);
    if (refused == nullptr || refused->status != 401)
        return {};
    return failure{errc::unauthorized,
                   "a genuine request cannot be made here: " + refused->reason +
                       (source.can_sign() ? "" : "; only the store can sign, with its private key")};
}

result<sample> choose_sample(std::string_view provider, std::string_view event) {
    if (auto known = check_provider(provider); !known)
        return known.error();
    const auto samples = find_store(provider)->samples();
    if (samples.empty())  // a store of keys alone: the body says what it is
        return sample{std::string(event), std::string(provider) + "." + std::string(event), "{}", ""};
    auto chosen = std::ranges::find(samples, event, &sample::event);
    if (chosen == samples.end())
        chosen = std::ranges::find_if(samples, [event](const sample& one) {
            return one.type == event || without_provider(one.type) == event;
        });
    if (chosen != samples.end())
        return *chosen;

    std::vector<std::string_view> names;
    std::vector<std::string_view> spellings;
    for (const auto& one : samples) {
        names.push_back(one.event);
        spellings.insert(spellings.end(), {one.event, one.type, without_provider(one.type)});
    }
    return failure{errc::malformed, "unknown event \"" + std::string(event) + "\"" +
                                        did_you_mean(event, spellings) + "; " + std::string(provider) +
                                        " sends: " + list(names)};
}

}  // namespace shopbell
