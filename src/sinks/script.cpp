#include "script.hpp"

#include <shopbell/core/file_descriptor.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace shopbell {
namespace {

/// As much as the kernel looks at (BINPRM_BUF_SIZE).
constexpr std::size_t looked_at = 256;
constexpr std::string_view blanks = " \t";

std::string in_quotes(std::string_view text) {
    return '"' + std::string(text) + '"';
}

std::optional<std::string> read_start(const std::string& path) {
    const file_descriptor in(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    std::array<char, looked_at> bytes{};
    const auto size = in ? ::read(in.get(), bytes.data(), bytes.size()) : -1;
    if (size < 0)
        return std::nullopt;
    return std::string(bytes.data(), static_cast<std::size_t>(size));
}

bool is_text(std::string_view bytes) noexcept {
    return std::ranges::none_of(bytes, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 && c != '\n' && c != '\r' && c != '\t';
    });
}

/// Takes the next word off the front.
std::string_view next_word(std::string_view& line) {
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    const auto word = line.substr(0, line.find_first_of(blanks));
    line.remove_prefix(word.size());
    return word;
}

/// `#!/usr/bin/env [-S] [NAME=value]... program`
std::optional<std::string> wrong_with_env(std::string_view arguments, std::string_view search_path) {
    auto word = next_word(arguments);
    while (!word.empty() && (word.starts_with('-') || word.find('=') != std::string_view::npos))
        word = next_word(arguments);
    if (word.empty() || word.find('/') != std::string_view::npos || find_in_path(word, search_path))
        return std::nullopt;
    return "its first line asks env for " + in_quotes(word) + ", which is not in PATH";
}

std::optional<std::string> wrong_with_interpreter(std::string_view line, std::string_view search_path) {
    const bool dos = line.ends_with('\r');
    if (dos)
        line.remove_suffix(1);
    const std::string interpreter(next_word(line));
    if (interpreter.empty())
        return R"(no interpreter stands behind its "#!")";
    if (dos)
        return "its first line ends in CR LF, so that what is to run it is taken for " +
               in_quotes(interpreter + std::string(line) + "\\r") + "; save it with LF line ends";
    if (const auto error = reason_against(interpreter))
        return "its interpreter " + interpreter + ": " + std::generic_category().message(*error);
    if (interpreter.ends_with("/env"))
        return wrong_with_env(line, search_path);
    return std::nullopt;
}

}  // namespace

std::optional<std::string> why_not_runnable(const std::string& path, std::string_view search_path) {
    constexpr std::string_view mark = "\xEF\xBB\xBF", magic = "#!",
                               elf =
                                   "\x7F"
                                   "ELF";
    const auto start = read_start(path);
    if (!start || start->starts_with(elf))
        return std::nullopt;
    if (start->empty())
        return "it is empty";
    if (start->starts_with(mark))
        return R"(it begins with a byte order mark, so that no "#!" is seen; save it without)";
    if (!start->starts_with(magic)) {
        if (!is_text(*start))
            return std::nullopt;  // a format of another kind, which the kernel may have been taught
        return R"(it is a text without a "#!" line, such as "#!/bin/sh", that says what runs it)";
    }
    const auto line = std::string_view(*start).substr(magic.size());
    return wrong_with_interpreter(line.substr(0, line.find('\n')), search_path);
}

std::optional<std::string> find_in_path(std::string_view word, std::string_view search_path) {
    // An empty part would mean the working directory, where nobody puts a daemon's programs on purpose.
    while (!search_path.empty()) {
        const auto end = std::min(search_path.find(':'), search_path.size());
        std::string path = std::string(search_path.substr(0, end)) + '/' + std::string(word);
        if (end > 0 && !reason_against(path))
            return path;
        search_path.remove_prefix(std::min(end + 1, search_path.size()));
    }
    return std::nullopt;
}

std::optional<int> reason_against(const std::string& path) {
    struct ::stat about {};
    if (::stat(path.c_str(), &about) != 0)
        return errno;
    if (S_ISDIR(about.st_mode))
        return EISDIR;
    if (!S_ISREG(about.st_mode) || ::access(path.c_str(), X_OK) != 0)
        return EACCES;
    return std::nullopt;
}

}  // namespace shopbell
