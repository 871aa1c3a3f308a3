#include "fuzz.hpp"

#include <shopbell/sinks/path_template.hpp>

#include <algorithm>

using namespace shopbell;

// First line: what of an event fills the places of a file's path. Rest: the path, as the owner would write
// it.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto [word, text] = fuzz::split_line(fuzz::as_text(data, size));
    event about;
    about.type = word;
    about.endpoint = word;
    const auto path = path_template::parse("/events/{type}/{endpoint}-{date}.jsonl")->expand(about);
    fuzz::require(path.starts_with("/events/") && std::ranges::count(path, '/') == 3,
                  "nothing leads out of the directory");
    fuzz::require(path.find("/.") == std::string::npos, "nothing hides or goes up");
    fuzz::require(
        path.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/") ==
            std::string::npos,
        "a name is plain");
    if (const auto written = path_template::parse(text)) {
        fuzz::require(!written->expand(about).empty(), "a path names a file");
        fuzz::require(!written->fixed_directory().empty(), "in a directory");
    }
    return 0;
}
