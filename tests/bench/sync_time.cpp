// sync_time FOLDER [SYNCS]: what this disk asks for a promise.
//
// Appends records of 3 KB to a file in FOLDER and calls fdatasync after each, then after every 64; and the
// same again over the bytes that are there, as a write-ahead log does after its first round. Prints medians
// in microseconds, as JSON. Nothing that is durable answers faster than the first.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

constexpr std::size_t record_size = 3072, group = 64;
constexpr int usual_syncs = 500;

/// The median of `syncs` times: `records` written one by one from the file's present position, and one
/// fdatasync.
double median_of(int file, int syncs, std::size_t records) {
    const std::string record(record_size, 'x');
    std::vector<double> microseconds;
    for (int i = 0; i < syncs; ++i) {
        const auto start = std::chrono::steady_clock::now();
        for (std::size_t k = 0; k < records; ++k) {
            if (write(file, record.data(), record.size()) != static_cast<ssize_t>(record.size()))
                std::abort();
        }
        if (fdatasync(file) != 0)
            std::abort();
        const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
        microseconds.push_back(took.count());
    }
    std::ranges::sort(microseconds);
    return microseconds[microseconds.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fputs("usage: sync_time FOLDER [SYNCS]\n", stderr);
        return 2;
    }
    const int syncs = argc > 2 ? std::max(std::atoi(argv[2]), 1) : usual_syncs;
    const auto path = std::string(argv[1]) + "/sync_time.tmp";
    const int file = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) {
        std::perror(path.c_str());
        return 1;
    }
    const double append_1 = median_of(file, syncs, 1);
    const double append_64 = median_of(file, syncs, group);
    lseek(file, 0, SEEK_SET);
    const double overwrite_1 = median_of(file, syncs, 1);
    const double overwrite_64 = median_of(file, syncs, group);
    unlink(path.c_str());
    close(file);
    std::printf(
        "{\"append_1_us\": %.0f, \"append_64_us\": %.0f, \"overwrite_1_us\": %.0f, \"overwrite_64_us\": "
        "%.0f}\n",
        append_1, append_64, overwrite_1, overwrite_64);
}
