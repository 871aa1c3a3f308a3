#include "exec_sink.hpp"
#include "makers.hpp"

#include <shopbell/core/text.hpp>

#include <algorithm>
#include <cstdlib>

namespace shopbell {
namespace {

/// What execvp takes where PATH is not set.
constexpr const char* usual_path = "/usr/local/bin:/usr/bin:/bin";

bool has_nul(const std::string& word) noexcept {
    return word.find('\0') != std::string::npos;
}

}  // namespace

std::unique_ptr<sink> make_exec_sink(config::reader& keys, const sink_context& context) {
    const bool given = keys.has("command");
    program start;
    start.arguments = keys.strings("command", {});
    if (start.arguments.empty() || start.arguments.front().empty()) {
        keys.error("command",
                   given ? R"("command" expects a program and its arguments: ["/path/to/program", "-x"])"
                         : R"("command" is missing; it takes an array: a program and its arguments)");
        return nullptr;
    }
    if (std::ranges::any_of(start.arguments, has_nul)) {
        keys.error("command", R"("command" cannot hold a NUL)");
        return nullptr;
    }
    const char* search_path = std::getenv("PATH");
    auto found = find_program(start.arguments.front(), search_path == nullptr ? usual_path : search_path);
    if (!found) {
        keys.error("command", R"("command": )" + to_utf8_lossy(found.error().reason));
        return nullptr;
    }
    start.path = std::move(*found);
    start.environment =
        inherited_environment([](const char* name) -> const char* { return std::getenv(name); });
    return make_exec(std::move(start), context);
}

}  // namespace shopbell
