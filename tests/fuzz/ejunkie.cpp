#include "provider_fuzz.hpp"

#include <shopbell/providers/ejunkie.hpp>
#include <shopbell/providers/form.hpp>

using namespace shopbell;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto& entry = ejunkie_entry();
    static const auto open = fuzz::make_provider(entry, "", true);
    static const auto closed =
        fuzz::make_provider(entry, "handshake = '7c1f03de7c1f03de7c1f03de7c1f03de'", false);

    const auto body = fuzz::as_text(data, size);
    const headers fields = {{"Content-Type", "application/x-www-form-urlencoded"}};
    const webhook one{fields, body};
    // A form that says two different things of one decisive field is refused; nothing else is.
    if (!fuzz::run_open(entry, *open, one))
        fuzz::require(body.find('&') != std::string_view::npos, "what is authentic and clear is accepted");
    fuzz::require(std::holds_alternative<refusal>(closed->accept(one)), "a guess is refused");

    const auto payload = json::document::parse(entry.describe({"", fields, body}).payload);
    fuzz::require(!payload || payload->root().find("handshake") == nullptr, "the payload holds no handshake");
    return 0;
}
