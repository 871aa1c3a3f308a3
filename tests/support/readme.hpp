#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell::test {

/// A command of a document, and what the document says it prints.
struct documented_command {
    std::size_t line = 0;  ///< in the document, from 1
    std::string text;
    std::string output;
    bool shows_output = false;  ///< a ```sh block does not: it only has to succeed
};

/// The commands of every block right behind a line `<!-- test -->`.
///
/// A ```sh block is one command. In a ```console block a command begins with "$ ", goes on behind a backslash
/// at the end of its line, and is followed by its output. A mark without such a block behind it is a command
/// that fails, so that nothing is skipped in silence.
[[nodiscard]] std::vector<documented_command> marked_commands(std::string_view markdown);

/// Who runs the commands of a block.
struct block_owner {
    std::size_t line = 0;  ///< where it opens
    std::string runner;    ///< "test", or the program behind `<!-- run by PROGRAM -->`; empty: nobody
};

/// Of every ```sh and ```console block.
[[nodiscard]] std::vector<block_owner> owners_of_blocks(std::string_view markdown);

/// Text in which every UUID, time, duration in milliseconds and number of a fresh sample reads the same.
[[nodiscard]] std::string without_ids_and_times(const std::string& text);

}  // namespace shopbell::test
