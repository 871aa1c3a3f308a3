#include "fuzz.hpp"

#include <shopbell/core/text.hpp>
#include <shopbell/stores/charset.hpp>
#include <shopbell/stores/form.hpp>

#include <algorithm>

namespace {

using namespace shopbell;

bool same(const form_field& a, const form_field& b) {
    return a.name == b.name && a.value == b.value;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto body = fuzz::as_text(data, size);
    const auto read = form::parse(body);
    const auto again = form::parse(form_body(read.fields()));
    fuzz::require(std::ranges::equal(read.fields(), again.fields(), same),
                  "an escaped form reads back the same");

    const form_index index(read);
    for (const auto& [name, value] : read.fields()) {
        fuzz::require(index.has(name), "the index knows every name");
        fuzz::require(index.first(name) == read.first(name), "the index finds the first value");
        for (const auto from : {charset::utf_8, charset::iso_8859_1, charset::windows_1252}) {
            if (const auto text = to_utf8(value, from))
                fuzz::require(is_utf8(*text), "converted text is UTF-8");
        }
        (void)find_charset(value);
    }

    const auto changed = with_form_field(body, "handshake", "=&%+");
    fuzz::require(form::parse(changed).first("handshake") == "=&%+", "a field that was put in is found");
    fuzz::require(form_scan(changed).first("handshake") == "=&%+", "by a scan too");
    fuzz::require(!form_scan(changed).contradicts_itself("handshake"), "and is the only one of its name");
    return 0;
}
