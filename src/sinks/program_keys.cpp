#include "exec_sink.hpp"

#include <shopbell/core/blocking_thread.hpp>
#include <shopbell/core/text.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace shopbell {
namespace {

/// What execvp takes where PATH is not set.
constexpr const char* usual_path = "/usr/local/bin:/usr/bin:/bin";

bool has_nul(const std::string& word) noexcept {
    return word.find('\0') != std::string::npos;
}

/// The key "env": names of variables that the program gets beside the usual ones.
std::vector<std::string> read_variables(config::reader& keys) {
    constexpr std::string_view ours = "SHOPBELL_EVENT_";
    std::vector<std::string> names = keys.strings("env", {});
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::string quoted = '"' + to_utf8_lossy(names[i]) + '"';
        if (names[i].empty() || names[i].find('=') != std::string::npos || has_nul(names[i]))
            keys.error("env", i, R"("env" expects names of variables such as "API_URL", not )" + quoted);
        else if (names[i].starts_with(ours))
            keys.error("env", i, quoted + " is set for each event");
        else if (std::getenv(names[i].c_str()) == nullptr)
            keys.warn("env", quoted + " is not set in the environment that this runs in");
    }
    return names;
}

/// A mount that hangs must stop neither a start nor a reload.
result<std::string> find_in_time(const std::string& word) {
    constexpr std::chrono::seconds patience{2};
    const char* const set = std::getenv("PATH");
    auto look = [word, path = std::string(set == nullptr ? usual_path : set)] {
        return find_program(word, path);
    };
    blocking_thread once("check");
    auto found = once.run_blocking(std::move(look), std::chrono::steady_clock::now() + patience);
    if (found)
        return *std::move(found);
    // It may be there later, and each attempt says so until then.
    return word.find('/') == std::string::npos
               ? result<std::string>(failure{errc::io, "PATH leads to a mount that does not answer"})
               : result<std::string>(word);
}

}  // namespace

std::optional<program> read_program(config::reader& keys) {
    const bool given = keys.has("command");
    program start;
    start.arguments = keys.strings("command", {});
    if (start.arguments.empty() || start.arguments.front().empty()) {
        keys.error("command",
                   given ? R"("command" expects a program and its arguments: ["/path/to/program", "-x"])"
                         : R"("command" is missing; it takes an array: a program and its arguments)");
        return std::nullopt;
    }
    if (std::ranges::any_of(start.arguments, has_nul)) {
        keys.error("command", R"("command" cannot hold a NUL)");
        return std::nullopt;
    }
    const auto look_up = [](const char* name) -> const char* { return std::getenv(name); };
    start.environment = inherited_environment(look_up, read_variables(keys));
    auto found = find_in_time(start.arguments.front());
    if (!found) {
        keys.error("command", R"("command": )" + to_utf8_lossy(found.error().reason));
        return std::nullopt;
    }
    start.path = std::move(*found);
    return start;
}

}  // namespace shopbell
