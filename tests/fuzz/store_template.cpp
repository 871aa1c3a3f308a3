#include "condition.hpp"
#include "fuzz.hpp"
#include "request_view.hpp"
#include "text_template.hpp"
#include "verifier.hpp"

#include <string>

using namespace shopbell;
using namespace shopbell::stores;

// A template, source, condition or format of a configuration, and a fixed request that it meets.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const headers fields = {{"X-Id", "7"}, {"Content-Type", "application/json"}};
    static const view_settings settings{"https://shop.example.com/h", "user", 8, false};
    static const webhook sent{fields, R"({"a":{"b":"c"},"n":1.50,"o":[1,2]})", "POST", "q=1&r=2",
                              time_point()};
    constexpr std::string_view key = "the secret that no name may hold";

    const auto text = fuzz::as_text(data, size);
    request_view from(sent, settings);
    from.set_secret(key);
    from.set_timestamp("1772625600");
    for (const auto allowed :
         {vocabulary::signed_text, vocabulary::name, vocabulary::answer, vocabulary::order}) {
        const auto made = text_template::parse(text, allowed);
        if (!made) {
            fuzz::require(!made.error().reason.empty(), "what is refused has a reason");
            continue;
        }
        std::string storage;
        const auto rendered = made->render(from, storage);
        const bool may_hold_key =
            allowed == vocabulary::signed_text || text.find(key) != std::string_view::npos;
        fuzz::require(!rendered || may_hold_key || rendered->find(key) == std::string_view::npos,
                      "only what is signed holds the secret");
        std::string written;
        const bool whole = made->render(from, written, [](std::string& out, std::string_view value) {
            out.append(value);
            return true;
        });
        fuzz::require(whole == rendered.has_value(), "both ways find the same");
        fuzz::require(!whole || written == *rendered, "both ways write the same");
    }
    if (const auto source_read = parse_source(text))
        (void)from.find(*source_read);
    for (const bool in_order : {false, true}) {
        if (const auto when = condition::parse(text, in_order))
            (void)when->holds(from, {});
    }
    if (const auto format = parse_format(text, "user"))
        fuzz::require(format->before.size() + format->behind.size() <= 4 * text.size(),
                      "a format is what is written");
    return 0;
}
