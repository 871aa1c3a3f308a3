#pragma once

#include <shopbell/commerce/event.hpp>
#include <shopbell/config/reader.hpp>
#include <shopbell/delivery/condition.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shopbell {

/// One [[route]]: which events go to which sinks. Immutable.
struct route {
    std::string name;                    ///< for people; may be empty
    std::vector<std::string> events;     ///< globs over the type; one must match
    std::vector<std::string> endpoints;  ///< `*` patterns over the endpoint's name; one must match
    std::vector<condition> where;        ///< all must hold
    std::vector<std::string> sinks;
};

using routes = std::vector<route>;

/// Reads every [[route]] table of the root. Unknown sinks and endpoints, bad globs and conditions go to the
/// readers' problems.
[[nodiscard]] routes read_routes(config::reader& root, std::span<const std::string_view> endpoint_names,
                                 std::span<const std::string_view> sink_names);

/// Whether any route that names the sink could take an event of that type and endpoint, `where` aside. Cheap:
/// says which events need not be looked at any further.
[[nodiscard]] bool may_take(const routes& all, std::string_view sink, std::string_view type,
                            std::string_view endpoint);

/// Whether any route takes the event to the sink.
[[nodiscard]] bool takes(const routes& all, std::string_view sink, const event& content);

/// What type and endpoint alone tell of whether any route takes an event anywhere.
enum class route_fit : unsigned char {
    none,
    conditional,  ///< only routes with a `where` could
    certain,
};
[[nodiscard]] route_fit fit_of(const routes& all, std::string_view type, std::string_view endpoint);

/// The same of whether any route takes it to that sink.
[[nodiscard]] route_fit fit_of(const routes& all, std::string_view sink, std::string_view type,
                               std::string_view endpoint);

/// Whether both lead the same events to the sink: the same routes to it, in the same order.
[[nodiscard]] bool lead_alike(const routes& before, const routes& after, std::string_view sink);

/// Whether any route takes the event anywhere.
[[nodiscard]] bool takes(const routes& all, const event& content);

}  // namespace shopbell
