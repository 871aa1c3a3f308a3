#include "provider_fuzz.hpp"

#include <shopbell/stores/jumpseller.hpp>

using namespace shopbell;

// First line: a header value, tried as event, store, time and signature. Rest: the body.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto& entry = jumpseller_entry();
    static const auto open = fuzz::make_provider(entry, "", true);
    static const auto closed =
        fuzz::make_provider(entry, R"(hooks_token = "not in the corpus: 7c1f")", false);

    const auto [line, body] = fuzz::split_line(fuzz::as_text(data, size));
    const std::string value(line);
    const headers fields = {{"Jumpseller-Event", value},
                            {"Jumpseller-Store-Code", value},
                            {"Jumpseller-Triggered-At", value},
                            {"Jumpseller-Hmac-Sha256", value}};
    fuzz::require(fuzz::run_open(entry, *open, {fields, body}), "what is authentic is accepted");
    fuzz::require(!fuzz::is_accepted(*closed, fields, body), "a guess is refused");
    fuzz::require_diagnosis(*closed, fields, body);
    fuzz::require_proof(*closed, "order_paid", body, "Jumpseller-Hmac-Sha256", fuzz::place_in(data, size));
    return 0;
}
