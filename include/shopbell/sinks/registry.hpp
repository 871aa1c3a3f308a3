#pragma once

#include <shopbell/config/reader.hpp>
#include <shopbell/core/log.hpp>
#include <shopbell/sinks/shared_files.hpp>
#include <shopbell/sinks/sink.hpp>

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace shopbell {

/// What a sink may use beside its own keys.
struct sink_context {
    std::string name;
    std::chrono::milliseconds timeout;  ///< for one delivery
    std::size_t concurrency;            ///< how many `deliver` calls may overlap
    std::shared_ptr<log> lines;
    std::shared_ptr<shared_files> files;
    log_level least_level = log_level::info;  ///< of `lines`, as configured
};

/// One kind of sink. To add one: write src/sinks/<type>.cpp and name it in registry.cpp.
struct sink_entry {
    std::string_view type;
    std::size_t default_concurrency;
    std::size_t max_concurrency;  ///< 1 where order within a file demands it

    /// Takes the sink's own keys of a [[sink]] table and checks what can be checked without starting (a
    /// directory that is not writable). Opens nothing. What is wrong is reported through `keys`; null where
    /// that leaves no sink to speak of.
    std::unique_ptr<sink> (*make)(config::reader& keys, const sink_context& context);

    /// The library without which this program was built, so that `make` refuses; empty: none is missing.
    std::string_view missing_library = {};
};

[[nodiscard]] std::span<const sink_entry> sink_types() noexcept;
[[nodiscard]] const sink_entry* find_sink_type(std::string_view type) noexcept;

}  // namespace shopbell
