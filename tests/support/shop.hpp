#pragma once

#include "support/temp_dir.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell::test {

/// The parts of a configuration, as TOML. What is not set is what most tests want.
struct shop_settings {
    std::string server = {};  ///< further keys of [server]
    std::string listen = "127.0.0.1:0";
    std::string admin = "listen = \"\"";        ///< keys of [admin]
    bool operated = false;                      ///< instead: the admin interface on a socket in the folder
    std::string inbox_path = {};                ///< empty: inbox.db in the shop's folder
    std::string inbox_engine = {};              ///< instead of the path: "engine" and the engine's table
    std::string inbox = "min_free = \"1MiB\"";  ///< keys of [inbox]
    std::string log = {};                       ///< keys of [log]
    std::string endpoints = {};                 ///< empty: the three stores, with the secrets of store.hpp
    std::string sinks = {};                     ///< empty: the file and the log, which get everything
};

/// The three [[endpoint]] tables: jumpseller (store mystore), ejunkie, usaepay.
[[nodiscard]] std::string three_endpoints();

/// [[sink]] "name" that forwards to that URL, retries quickly, and a route of everything to it.
[[nodiscard]] std::string forward_sink(std::string_view name, std::string_view url,
                                       std::string_view more = "");

/// A folder of its own with a configuration in it, and what a daemon leaves there.
class shop {
public:
    explicit shop(const shop_settings& settings = {});

    [[nodiscard]] const std::string& config() const noexcept { return config_; }
    [[nodiscard]] std::string file(std::string_view name) const { return folder_.file(name); }
    [[nodiscard]] std::string events() const { return file("events.jsonl"); }
    [[nodiscard]] std::string inbox() const { return file("inbox.db"); }

    /// "events.jsonl" to disk and every event to the log: what the default `sinks` are.
    [[nodiscard]] std::string file_and_log() const;
    void write_config(const shop_settings& settings);

    /// What `shopbell ARGUMENTS... --json` prints, line by line; a command that fails fails the test.
    [[nodiscard]] std::vector<nlohmann::json> ask(std::vector<std::string> arguments) const;

private:
    temp_dir folder_;
    std::string config_;
};

/// The lines of an events file, each parsed; a line that is not JSON, or not ended, fails the test.
[[nodiscard]] std::vector<nlohmann::json> read_events(const std::string& path);

/// Waits until the file has that many whole lines (woken by the kernel at each change), then reads it. Fails
/// the test after a minute.
std::vector<nlohmann::json> wait_for_events(const std::string& path, std::size_t count);

/// The same for any text file: waits until it holds `text`.
void wait_for_text(const std::string& path, std::string_view text);

}  // namespace shopbell::test
