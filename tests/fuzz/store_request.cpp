#include "provider_fuzz.hpp"

#include <shopbell/stores/catalog.hpp>

using namespace shopbell;

namespace {

bool is_let_in(const provider& by, const webhook& one) {
    const auto got = by.accept(one);
    return std::holds_alternative<accepted>(got) || std::holds_alternative<batch>(got);
}

void require_described(const provider& by, const verdict& got, const headers& fields, std::string_view body) {
    const auto reader = by.reader();
    const auto look = [&](const accepted& what, std::string_view stored) {
        fuzz::require(what.type.starts_with("generic.") && what.type.size() > 8, "a type names its provider");
        fuzz::require(!what.identity.empty(), "an event has an identity");
        const auto described = reader->describe({what.type, fields, stored});
        fuzz::require(fuzz::is_json("[" + described.payload + "]", 2), "the payload is JSON");
        fuzz::require(described.order.empty() || fuzz::is_json(described.order, 0), "the order is JSON");
        fuzz::require(described.payload.find_first_of("\r\n") == std::string::npos,
                      "the payload is one line");
    };
    if (const auto* const one = std::get_if<accepted>(&got))
        look(*one, body);
    if (const auto* const all = std::get_if<batch>(&got)) {
        for (const auto& part : all->parts)
            look(part.what, part.body);
    }
}

}  // namespace

// First line: the signature's header. Second: the query. Rest: the body.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto& entry = *find_store("generic");
    static const auto entries =
        fuzz::make_provider(entry,
                            "secret = 'not in the corpus: 7c1f'\nsignature = 'header:X-S'\nseparator = "
                            "','\nformat = 'v1={signature}'\n"
                            "timestamp = 'entry:t'\ntolerance = '0s'\nsigned = '{timestamp}.{body}'\n",
                            false);
    static const auto in_body = fuzz::make_provider(entry,
                                                    "secret = 'not in the corpus: 03de'\nsignature = "
                                                    "'json:/sig'\nitems = '/items'\nsigned = '{json:/id}'\n",
                                                    false);
    static const auto in_form = fuzz::make_provider(
        entry, "secret = 'not in the corpus: 9a55'\nalgorithm = 'token'\nsignature = 'form:token'\n", false);
    static const auto open = fuzz::make_provider(
        entry,
        "items = '/items'\nevent = ['header:X-S', 'json:/type', 'form:type']\nid = '{query:id}{json:/id?}'\n"
        "[order]\nid = '/id'\ntotal = '/total'\ncurrency = '/currency'\nmoney = 'minor'\nplaced_at = '/at'\n"
        "custom = '/note'\ndiscount_codes = '/codes/*/code'\nitems = { root = '/lines', sku = ['/sku#', "
        "'/sku'], "
        "quantity = '/n', options = { root = '/o', name = '/name', value = '/value' } }\n",
        true);

    const auto [line, rest] = fuzz::split_line(fuzz::as_text(data, size));
    const auto [query, body] = fuzz::split_line(rest);
    const bool is_form = size % 3 == 1;
    const headers fields = {{"X-S", std::string(line)},
                            {"Content-Type", is_form         ? "application/x-www-form-urlencoded"
                                             : size % 3 == 2 ? "multipart/form-data; boundary=b"
                                                             : "application/json"}};
    const webhook sent{fields, body, "POST", query, time_point()};
    for (const auto* const closed : {entries.get(), in_body.get(), in_form.get()}) {
        fuzz::require(!is_let_in(*closed, sent), "a guess is refused");
        fuzz::require_diagnosis(*closed, fields, body);
    }
    fuzz::require_proof(*entries, "", body, "X-S", fuzz::place_in(data, size));
    const auto got = open->accept(sent);
    fuzz::require(is_let_in(*open, sent), "what is authentic is accepted");
    require_described(*open, got, fields, body);
    return 0;
}
