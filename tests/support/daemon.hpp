#pragma once

#include "support/process.hpp"
#include "support/raw_client.hpp"
#include "support/store.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell::test {

/// `shopbell --config CONFIG ARGUMENTS...`, run to its end.
[[nodiscard]] finished run_shopbell(const std::string& config, std::vector<std::string> arguments,
                                    std::string input = {});

/// `shopbell --config CONFIG serve`, run in that folder.
[[nodiscard]] command serve(const std::string& config, const std::string& folder = {});

/// The answer to a store.
struct receipt {
    unsigned status = 0;
    std::string outcome;  ///< "accepted", "duplicate", or the error
    std::string id;
    raw_answer raw;
};

[[nodiscard]] receipt read_receipt(raw_answer answer);

/// A running `shopbell serve`. Once constructed it listens. Killed by the destructor if it still runs.
class daemon {
public:
    /// Where the log goes to a file, `log_file` is that file, else it is read from the standard output.
    explicit daemon(const std::string& config, const std::string& log_file = {},
                    const std::string& folder = {});
    /// The same, started in another way: see `serve` and service_manager.
    explicit daemon(const command& how, const std::string& log_file = {});
    ~daemon();
    daemon(const daemon&) = delete;
    daemon& operator=(const daemon&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] ::pid_t id() const noexcept { return process_.id(); }
    /// All that it wrote so far to both of its outputs.
    [[nodiscard]] std::string written() const;
    /// All that it ever wrote to its standard output; once it has ended.
    [[nodiscard]] std::string whole_log() const;

    /// One request over a connection of its own.
    [[nodiscard]] receipt send(const store_request& one, std::string_view method = "POST") const;

    /// Waits for the first line of the log in which all of these texts stand, from that line on.
    [[nodiscard]] nlohmann::json wait_for_log(const std::vector<std::string>& texts,
                                              std::size_t from = 0) const;
    [[nodiscard]] std::size_t log_lines() const { return process_.output().line_count(); }
    [[nodiscard]] std::size_t count_log(const std::vector<std::string>& texts) const;

    /// No file of the process may grow beyond that size any more (RLIMIT_FSIZE): a full disk, for one
    /// process.
    void limit_file_size(std::uint64_t bytes) const;
    /// Its address space may grow by so much more (RLIMIT_AS): a machine without memory, for one process.
    void limit_memory(std::uint64_t more_bytes) const;

    void signal(int number) const { process_.signal(number); }
    [[nodiscard]] bool ends_within(std::chrono::milliseconds bound) const {
        return process_.ends_within(bound);
    }
    exit_status wait() { return process_.wait(); }
    exit_status stop();  ///< SIGTERM, then its end
    void kill();         ///< kill -9

private:
    process process_;
    std::uint16_t port_ = 0;
};

}  // namespace shopbell::test
