#include "fuzz.hpp"

#include <shopbell/config/reader.hpp>

using namespace shopbell;

namespace {

void read(config::reader table) {
    constexpr std::string_view words[] = {"json", "text"};
    (void)table.required_string("name");
    (void)table.string("path", "/");
    (void)table.boolean("fsync", true);
    (void)table.integer("threads", 1, 0, 64);
    (void)table.duration("timeout", std::chrono::seconds(1));
    (void)table.size("max_body", 1024);
    (void)table.strings("listen", {});
    (void)table.string_table("headers");
    (void)table.one_of("format", words, 0);
    if (table.table("retry").has("initial"))
        table.error("retry", "for the sake of its position");
    for (auto& element : table.tables("endpoint"))
        (void)element.string("name", "");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::as_text(data, size);
    config::problems found("fuzz.toml");
    {
        const auto file = config::file::from_text(text, found);
        read(file.root());
    }
    for (const auto& one : found.sorted())
        fuzz::require(found.describe(one).starts_with("fuzz.toml"), "a problem names its file");

    if (const auto duration = config::parse_duration(text))
        fuzz::require(config::parse_duration(config::to_text(*duration)) == duration,
                      "a duration survives being written");
    if (const auto bytes = config::parse_size(text))
        fuzz::require(config::parse_size(config::to_text(*bytes)) == bytes, "a size survives being written");
    return 0;
}
