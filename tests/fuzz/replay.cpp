#include "fuzz.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace {

/// The bytes in a block of exactly their size, so that the sanitizers see a read beyond the end.
void replay(const std::filesystem::path& seed) {
    std::ifstream file(seed, std::ios::binary);
    std::string bytes(std::istreambuf_iterator<char>(file), {});
    bytes.shrink_to_fit();
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

/// Runs the target over every file of the directories named: what a fuzzer does first, for builds without
/// one.
int main(int argc, char** argv) {
    int seeds = 0;
    for (int i = 1; i < argc; ++i) {
        for (const auto& seed : std::filesystem::directory_iterator(argv[i])) {
            replay(seed.path());
            ++seeds;
        }
    }
    std::printf("%d seeds\n", seeds);
    return seeds > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
