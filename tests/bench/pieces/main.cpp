// pieces [--benchmark_...] [FOLDER]: what the parts of an accepted and delivered event cost, each by itself.
//
// The library's own code, in one thread and with its data in the caches: a floor, not a forecast. Commits go
// through the real inbox into files in FOLDER, which is to be on the disk that is asked about (a folder of
// the build, unless given); a file system in memory tells nothing.
//
// For medians: --benchmark_repetitions=5 --benchmark_report_aggregates_only=true. The warning about a library
// built as DEBUG is Debian's build of Google Benchmark; ours is what the preset says.

#include "pieces.hpp"

#include <benchmark/benchmark.h>

#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (argc > 2) {
        std::fputs("usage: pieces [--benchmark_...] [FOLDER]\n", stderr);
        return 2;
    }
    try {
        shopbell::bench::add_crypto_pieces();
        shopbell::bench::add_acceptance_pieces();
        shopbell::bench::add_event_pieces();
        shopbell::bench::add_routing_pieces();
        shopbell::bench::add_inbox_pieces(argc > 1 ? argv[1] : BENCH_FOLDER);
        benchmark::RunSpecifiedBenchmarks();
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "pieces: %s\n", failure.what());
        return 1;
    }
    benchmark::Shutdown();
}
