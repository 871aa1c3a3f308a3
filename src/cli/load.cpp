#include <shopbell/cli/load.hpp>

#include <shopbell/cli/choice.hpp>

#include <algorithm>

namespace shopbell {

namespace {

result<std::shared_ptr<log>> silent_log(const log_settings&) {
    return log::null();
}

failure unknown_endpoint(const configuration& all, std::string_view name) {
    std::vector<std::string_view> names;
    std::string list;
    for (const auto& one : all.endpoints) {
        names.push_back(one.name);
        list += " " + one.name;
    }
    return {errc::malformed, "no endpoint is named \"" + std::string(name) + "\"" +
                                 did_you_mean(name, names) + "; there are:" + list};
}

}  // namespace

configuration load(const std::string& path, config::problems& found) {
    const services around{.open_log = silent_log};
    return read_configuration(path, found, around);
}

void report(const config::problems& found, config::severity least, std::ostream& err) {
    std::size_t errors = 0;
    for (const auto& one : found.sorted()) {
        const bool is_error = one.severity == config::severity::error;
        errors += is_error ? 1 : 0;
        if (is_error || least == config::severity::warning)
            err << found.describe(one) << '\n';
    }
    if (errors > 0)
        err << errors << (errors == 1 ? " problem\n" : " problems\n");
}

result<const endpoint*> choose_endpoint(const configuration& all, std::string_view provider,
                                        std::string_view name) {
    const auto* const store = find_store(provider);
    if (name.empty()) {
        const auto first =
            std::ranges::find_if(all.endpoints, [store](const endpoint& one) { return one.kind == store; });
        if (first == all.endpoints.end())
            return failure{errc::malformed,
                           "the configuration has no " + std::string(provider) + " endpoint"};
        return &*first;
    }
    const auto named = std::ranges::find(all.endpoints, name, &endpoint::name);
    if (named == all.endpoints.end())
        return unknown_endpoint(all, name);
    if (named->kind != store)
        return failure{errc::malformed, "endpoint \"" + named->name + "\" receives " +
                                            std::string(named->kind->name) + ", not " +
                                            std::string(provider)};
    return &*named;
}

}  // namespace shopbell
