#include <shopbell/delivery/route.hpp>

#include <shopbell/core/text.hpp>

#include <algorithm>
#include <optional>

namespace shopbell {

namespace {

/// An event document wraps a store's payload in two more levels.
constexpr std::size_t document_depth = json::document::max_depth + 2;

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known) {
    const auto near = closest(word, known);
    return near ? " (did you mean \"" + std::string(*near) + "\"?)" : std::string();
}

bool is_glob(std::string_view text) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789_.*";
    return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos &&
           text.find("..") == std::string_view::npos && !text.starts_with('.') && !text.ends_with('.');
}

std::vector<std::string> read_events(config::reader& table) {
    auto globs = table.strings("events", {});
    if (globs.empty())
        table.error("events", "name at least one event type or glob, such as \"*.order.paid\" or \"**\"");
    for (const auto& glob : globs) {
        if (!is_glob(glob))
            table.error(
                "events",
                "\"" + glob + "\" is no event type: dotted lower-case words, `*` for one word, `**` for any");
    }
    return globs;
}

std::vector<std::string> read_route_endpoints(config::reader& table,
                                              std::span<const std::string_view> known) {
    auto patterns = table.strings("endpoints", {"*"});
    for (const auto& pattern : patterns) {
        const bool matches = std::any_of(
            known.begin(), known.end(), [&](std::string_view name) { return wildcard_match(pattern, name); });
        if (!matches)
            table.error("endpoints",
                        "no endpoint is named \"" + pattern + "\"" + did_you_mean(pattern, known));
    }
    return patterns;
}

std::vector<std::string> read_route_sinks(config::reader& table, std::span<const std::string_view> known) {
    auto names = table.strings("sinks", {});
    if (names.empty())
        table.error("sinks", "name at least one sink");
    for (const auto& name : names) {
        if (std::find(known.begin(), known.end(), name) == known.end())
            table.error("sinks", "no sink is named \"" + name + "\"" + did_you_mean(name, known));
    }
    return names;
}

std::vector<condition> read_where(config::reader& table) {
    std::vector<condition> all;
    for (const auto& text : table.strings("where", {})) {
        auto parsed = condition::parse(text);
        if (parsed)
            all.push_back(*std::move(parsed));
        else
            table.error("where", "\"" + text + "\": " + parsed.error().reason);
    }
    return all;
}

bool names_match(const route& candidate, std::string_view type, std::string_view endpoint) {
    const auto& globs = candidate.events;
    const auto& names = candidate.endpoints;
    return std::any_of(globs.begin(), globs.end(),
                       [&](const auto& glob) { return glob_match(glob, type); }) &&
           std::any_of(names.begin(), names.end(),
                       [&](const auto& name) { return wildcard_match(name, endpoint); });
}

bool leads_to(const route& candidate, std::string_view sink) {
    return std::find(candidate.sinks.begin(), candidate.sinks.end(), sink) != candidate.sinks.end();
}

/// What type and endpoint tell of the routes that are asked about.
template <class Asked>
route_fit best_fit(const routes& all, std::string_view type, std::string_view endpoint,
                   const Asked& is_asked) {
    auto fit = route_fit::none;
    for (const auto& candidate : all) {
        if (!is_asked(candidate) || !names_match(candidate, type, endpoint))
            continue;
        if (candidate.where.empty())
            return route_fit::certain;
        fit = route_fit::conditional;
    }
    return fit;
}

/// Whether one of the routes that are asked about takes the event. The document is read only for a condition.
template <class Asked>
bool any_takes(const routes& all, const event& content, const Asked& is_asked) {
    std::optional<json::document> document;
    for (const auto& candidate : all) {
        if (!is_asked(candidate) || !names_match(candidate, content.type, content.endpoint))
            continue;
        if (candidate.where.empty())
            return true;
        if (!document) {
            auto parsed = json::document::parse(content.document, document_depth);
            if (!parsed)
                return false;
            document = *std::move(parsed);
        }
        const auto& conditions = candidate.where;
        if (std::all_of(conditions.begin(), conditions.end(),
                        [&](const condition& each) { return each.holds(document->root()); }))
            return true;
    }
    return false;
}

}  // namespace

routes read_routes(config::reader& root, std::span<const std::string_view> endpoint_names,
                   std::span<const std::string_view> sink_names) {
    routes all;
    for (auto& table : root.tables("route")) {
        route candidate;
        candidate.name = table.string("name", "");
        candidate.events = read_events(table);
        candidate.endpoints = read_route_endpoints(table, endpoint_names);
        candidate.where = read_where(table);
        candidate.sinks = read_route_sinks(table, sink_names);
        all.push_back(std::move(candidate));
    }
    return all;
}

bool may_take(const routes& all, std::string_view sink, std::string_view type, std::string_view endpoint) {
    return std::any_of(all.begin(), all.end(), [&](const route& candidate) {
        return leads_to(candidate, sink) && names_match(candidate, type, endpoint);
    });
}

bool takes(const routes& all, std::string_view sink, const event& content) {
    return any_takes(all, content, [&](const route& candidate) { return leads_to(candidate, sink); });
}

route_fit fit_of(const routes& all, std::string_view type, std::string_view endpoint) {
    return best_fit(all, type, endpoint, [](const route&) { return true; });
}

route_fit fit_of(const routes& all, std::string_view sink, std::string_view type, std::string_view endpoint) {
    return best_fit(all, type, endpoint, [&](const route& candidate) { return leads_to(candidate, sink); });
}

bool lead_alike(const routes& before, const routes& after, std::string_view sink) {
    const auto leading_here = [sink](const routes& all) {
        std::vector<const route*> found;
        for (const auto& each : all) {
            if (leads_to(each, sink))
                found.push_back(&each);
        }
        return found;
    };
    const auto alike = [](const route* a, const route* b) {
        return a->events == b->events && a->endpoints == b->endpoints &&
               std::ranges::equal(a->where, b->where, {}, &condition::text, &condition::text);
    };
    return std::ranges::equal(leading_here(before), leading_here(after), alike);
}

bool takes(const routes& all, const event& content) {
    return any_takes(all, content, [](const route&) { return true; });
}

}  // namespace shopbell
