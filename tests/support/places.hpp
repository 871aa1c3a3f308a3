#pragma once

#include <string>

namespace shopbell::test {

/// Where the project's files are: $SHOPBELL_SOURCE_DIR, or the folder that this build was configured for.
/// Asked at run time, so that no compile line names a clone's own path and the compiler's cache serves every
/// clone.
[[nodiscard]] std::string source_folder();

/// The program under test: $SHOPBELL_BINARY, which may be a script that runs it under another
/// (scripts/valgrind), or `shopbell` beside the test program.
[[nodiscard]] std::string shopbell_binary();

/// The program that runs another one under the unit's seccomp filters; it is beside the test program.
[[nodiscard]] std::string confined_binary();

/// What stepped_clock preloads; beside the test program, where this build has it.
[[nodiscard]] std::string clock_shim_library();

/// The library that fault_disk.hpp loads in front of others.
[[nodiscard]] std::string fault_disk_library();

}  // namespace shopbell::test
