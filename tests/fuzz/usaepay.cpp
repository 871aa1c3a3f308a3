#include "provider_fuzz.hpp"

#include <shopbell/stores/usaepay.hpp>

using namespace shopbell;

// First line: a header value, tried as signature and as credentials. Rest: the body.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto& entry = usaepay_entry();
    static const auto open = fuzz::make_provider(entry, "", true);
    static const auto closed = fuzz::make_provider(
        entry,
        "signature_key = 'not in the corpus: 7c1f'\nbasic_user = 'u'\nbasic_password = 'nor this: 03de'",
        false);

    const auto [line, body] = fuzz::split_line(fuzz::as_text(data, size));
    const headers fields = {{"X-Signature", std::string(line)}, {"Authorization", std::string(line)}};
    fuzz::require(fuzz::run_open(entry, *open, {fields, body}), "what is authentic is accepted");
    fuzz::require(!fuzz::is_accepted(*closed, fields, body), "a guess is refused");
    fuzz::require_diagnosis(*closed, fields, body);
    for (const auto* const proof : {"X-Signature", "Authorization"})
        fuzz::require_proof(*closed, "", body, proof, fuzz::place_in(data, size));
    return 0;
}
