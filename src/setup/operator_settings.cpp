#include <shopbell/setup/operator_settings.hpp>

#include "admin_section.hpp"

#include <shopbell/setup/engine.hpp>

namespace shopbell {

namespace {

/// What `read_code_settings` reads, but for the program, which an operator may not be able to run.
operator_codes read_operator_codes(const std::string& endpoint, config::reader table) {
    table.ignore_unknown();
    code_settings settings;
    settings.from_pool = table.string("from", "pool") != "program";
    const auto low = table.integer("low", static_cast<std::int64_t>(settings.low), 0, most_low);
    settings.low = static_cast<std::uint64_t>(low);
    return describe_codes(endpoint, settings);
}

void read_operator_endpoints(config::reader& root, operator_settings& into) {
    for (auto& table : root.tables("endpoint")) {
        into.endpoints.push_back(table.string("name", ""));
        table.ignore_unknown();
        if (table.has("codes"))
            into.codes.push_back(read_operator_codes(into.endpoints.back(), table.table("codes")));
        const auto* const store = find_store(table.string("provider", ""));
        if (auto reader = store == nullptr ? nullptr : make_reader(table, store->name))
            into.readers.emplace(std::pair(into.endpoints.back(), std::string(store->name)),
                                 std::move(reader));
    }
}

/// Whatever else stands in their tables.
std::vector<operator_sink> read_operator_sinks(config::reader& root) {
    std::vector<operator_sink> all;
    for (auto& table : root.tables("sink")) {
        operator_sink one;
        one.name = table.string("name", "");
        one.type = table.string("type", "");
        if (one.type == "file")
            one.path = table.string("path", "");
        table.ignore_unknown();
        if (!one.name.empty())
            all.push_back(std::move(one));
    }
    return all;
}

/// All that is not [admin], read for what it says; its mistakes are not ours to report.
void read_the_rest(const std::string& path, operator_settings& into) {
    config::problems ignored(path);
    const config::file source(path, ignored);
    auto root = source.root();
    root.ignore_unknown();
    auto inbox = root.table("inbox");
    into.inbox = read_inbox(inbox);
    into.sinks = read_operator_sinks(root);

    read_operator_endpoints(root, into);
    const std::vector<std::string_view> endpoint_names(into.endpoints.begin(), into.endpoints.end());
    std::vector<std::string_view> sink_names;
    for (const auto& one : into.sinks)
        sink_names.push_back(one.name);
    into.routes = read_routes(root, endpoint_names, sink_names);
}

}  // namespace

operator_codes describe_codes(const std::string& endpoint, const code_settings& settings) {
    return {endpoint, settings.from_pool, settings.from_pool ? settings.low : 0};
}

operator_settings read_operator_settings(const std::string& path, config::problems& found) {
    operator_settings all;
    const config::file source(path, found);
    if (found.has_errors())
        return all;
    auto root = source.root();
    root.ignore_unknown();
    all.admin = read_admin(root.table("admin"));
    read_the_rest(path, all);
    return all;
}

}  // namespace shopbell
