#include "fuzz.hpp"

#include <shopbell/config/reader.hpp>
#include <shopbell/stores/catalog.hpp>

#include <string>

using namespace shopbell;

// The keys of an endpoint: either something is wrong with them, or requests can be judged by them.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto& entry = *find_store("generic");
    const auto text = fuzz::as_text(data, size);
    // No file of this machine is the fuzzer's to read.
    for (const auto* const elsewhere : {"_file", "_env", "_credential"}) {
        if (text.find(elsewhere) != std::string_view::npos)
            return 0;
    }
    config::problems found("fuzz.toml");
    std::unique_ptr<const provider> made;
    {
        const auto file = config::file::from_text(text, found);
        auto keys = file.root();
        made = entry.make(keys, false);
    }
    if (found.has_errors())
        return 0;
    const auto request = made->sign("order.paid", R"({"id":"1","type":"order.paid"})", signing::genuine);
    (void)made->accept({request.fields, request.body, "POST", request.query});
    const headers none;
    const auto got = made->accept({none, "{}"});
    fuzz::require(!std::holds_alternative<batch>(got), "nothing comes without a proof");
    fuzz::require(!std::holds_alternative<accepted>(got), "nothing comes without a proof");
    (void)made->diagnose({none, "{}"});
    return 0;
}
