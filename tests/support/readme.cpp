#include "support/readme.hpp"

#include <re2/re2.h>

#include <sstream>

namespace shopbell::test {
namespace {

constexpr std::string_view mark = "<!-- test -->";
constexpr std::string_view mark_of_other = "<!-- run by ";
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

bool opens_block(const std::string& line) {
    return line == "```sh" || line == "```console";
}

}  // namespace

std::vector<documented_command> marked_commands(std::string_view markdown) {
    const auto lines = lines_of(markdown);
    std::vector<documented_command> all;
    for (std::size_t at = 0; at < lines.size(); ++at) {
        if (lines[at] != mark)
            continue;
        if (at + 1 < lines.size() && opens_block(lines[at + 1]))
            read_block(lines, ++at, all);
        else
            all.push_back({at + 1, "echo 'no sh or console block follows'; false", {}, false});
    }
    return all;
}

std::vector<block_owner> owners_of_blocks(std::string_view markdown) {
    const auto lines = lines_of(markdown);
    std::vector<block_owner> all;
    for (std::size_t at = 0; at < lines.size(); ++at) {
        if (!opens_block(lines[at]))
            continue;
        const auto before = at == 0 ? std::string() : lines[at - 1];
        std::string owner;
        if (before == mark)
            owner = "test";
        else if (before.starts_with(mark_of_other) && before.ends_with(" -->"))
            owner = before.substr(mark_of_other.size(), before.size() - mark_of_other.size() - 4);
        all.push_back({at + 1, std::move(owner)});
    }
    return all;
}

std::string without_ids_and_times(const std::string& text) {
    // RE2, not <regex>: under the sanitizers g++ 12 takes that for uninitialised.
    static const re2::RE2 id("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    static const re2::RE2 time(R"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]+)?Z)");
    static const re2::RE2 duration("[0-9]+ ms");
    static const re2::RE2 sample_number("order/[0-9]{16}");  // of a sample that is sent anew each time
    std::string same = text;
    re2::RE2::GlobalReplace(&same, id, "ID");
    re2::RE2::GlobalReplace(&same, time, "TIME");
    re2::RE2::GlobalReplace(&same, duration, "N ms");
    re2::RE2::GlobalReplace(&same, sample_number, "order/N");
    return same;
}

}  // namespace shopbell::test
