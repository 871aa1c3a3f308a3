#include <shopbell/sinks/registry.hpp>

#include "makers.hpp"

#include <algorithm>
#include <array>

namespace shopbell {
namespace {

#ifdef SHOPBELL_HAS_NATS
constexpr bool has_nats = true;
#else
constexpr bool has_nats = false;
#endif

#ifdef SHOPBELL_HAS_POSTGRES
constexpr bool has_postgres = true;
#else
constexpr bool has_postgres = false;
#endif

/// Every kind of sink there is.
constexpr std::array types{
    sink_entry{"file", 1, 1, make_file_sink},  // lines stand in the file in the order accepted
    sink_entry{"log", 1, 1, make_log_sink},
    sink_entry{"forward", 8, 256, make_forward_sink},
    sink_entry{"exec", 1, 64, make_exec_sink},
    sink_entry{"nats", 4, 64, make_nats_sink, has_nats ? "" : "libnats"},
    sink_entry{"postgres", 2, 16, make_postgres_sink, has_postgres ? "" : "libpq"},
};

}  // namespace

std::span<const sink_entry> sink_types() noexcept {
    return types;
}

const sink_entry* find_sink_type(std::string_view type) noexcept {
    const auto* found = std::ranges::find(types, type, &sink_entry::type);
    return found == types.end() ? nullptr : found;
}

}  // namespace shopbell
