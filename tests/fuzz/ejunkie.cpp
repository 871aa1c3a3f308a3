#include "provider_fuzz.hpp"

#include <shopbell/stores/ejunkie.hpp>
#include <shopbell/stores/form.hpp>

using namespace shopbell;

constexpr std::string_view right = "7c1f03de7c1f03de7c1f03de7c1f03de";

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto& entry = ejunkie_entry();
    static const auto open = fuzz::make_provider(entry, "", true);
    static const auto closed = fuzz::make_provider(entry, "handshake = '" + std::string(right) + "'", false);

    const auto body = fuzz::as_text(data, size);
    const headers fields = {{"Content-Type", "application/x-www-form-urlencoded"}};
    const webhook one{fields, body};
    // A form that says two different things of one decisive field is refused; nothing else is.
    const bool is_clear = fuzz::run_open(entry, *open, one);
    if (!is_clear)
        fuzz::require(body.find('&') != std::string_view::npos, "what is authentic and clear is accepted");
    fuzz::require(!fuzz::is_accepted(*closed, fields, body), "a guess is refused");
    fuzz::require_diagnosis(*closed, fields, body);

    // The handshake protects no other field; it alone must be right, to the last character.
    auto handshake = std::string(right);
    const auto with = [&](const std::string& value) { return with_form_field(body, "handshake", value); };
    fuzz::require(fuzz::is_accepted(*closed, fields, with(handshake)) == is_clear,
                  "with the handshake it is accepted");
    fuzz::spoil(handshake, fuzz::place_in(data, size));
    fuzz::require(!fuzz::is_accepted(*closed, fields, with(handshake)), "with another it is not");
    fuzz::require_diagnosis(*closed, fields, with(handshake));

    const auto payload = json::document::parse(entry.describe({"", fields, body}).payload);
    fuzz::require(!payload || payload->root().find("handshake") == nullptr, "the payload holds no handshake");
    return 0;
}
