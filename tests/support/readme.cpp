#include "support/readme.hpp"

#include <re2/re2.h>

#include <sstream>

namespace shopbell::test {
namespace {

constexpr std::string_view mark = "<!-- test -->";
constexpr std::string_view fence = "```";
constexpr std::string_view prompt = "$ ";

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    std::istringstream in{std::string(text)};
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    return lines;
}

/// Reads the block that opens at `at`; leaves `at` at its closing fence.
void read_block(const std::vector<std::string>& lines, std::size_t& at,
                std::vector<documented_command>& into) {
    const bool console = lines[at] == "```console";
    bool goes_on = false;
    if (!console)
        into.push_back({at + 2, {}, {}, false});
    for (++at; at < lines.size() && lines[at] != fence; ++at) {
        const auto& line = lines[at];
        if (console && !goes_on && line.starts_with(prompt)) {
            into.push_back({at + 1, line.substr(prompt.size()) + '\n', {}, true});
        } else if (!console || goes_on) {
            into.back().text += line + '\n';
        } else if (into.empty() || !into.back().shows_output) {
            into.push_back({at + 1, "echo 'output without a command'; false", {}, false});
        } else {
            into.back().output += line + '\n';
            continue;
        }
        goes_on = line.ends_with('\\');
    }
}

}  // namespace

std::vector<documented_command> marked_commands(std::string_view markdown) {
    const auto lines = lines_of(markdown);
    std::vector<documented_command> all;
    for (std::size_t at = 0; at < lines.size(); ++at) {
        if (lines[at] != mark)
            continue;
        const bool opens =
            at + 1 < lines.size() && (lines[at + 1] == "```sh" || lines[at + 1] == "```console");
        if (opens)
            read_block(lines, ++at, all);
        else
            all.push_back({at + 1, "echo 'no sh or console block follows'; false", {}, false});
    }
    return all;
}

std::string without_ids_and_times(const std::string& text) {
    // RE2, not <regex>: under the sanitizers g++ 12 takes that for uninitialised.
    static const re2::RE2 id("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    static const re2::RE2 time(R"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]+)?Z)");
    std::string same = text;
    re2::RE2::GlobalReplace(&same, id, "ID");
    re2::RE2::GlobalReplace(&same, time, "TIME");
    return same;
}

}  // namespace shopbell::test
