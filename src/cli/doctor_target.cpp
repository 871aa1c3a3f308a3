#include "doctor_target.hpp"

#include <shopbell/cli/choice.hpp>
#include <shopbell/delivery/route.hpp>

#include <utility>

namespace shopbell {

namespace {

/// What people write where they mean the URL: "hooks.example.com". Whether with TLS, only they know; stores
/// ask for it.
std::string with_scheme(const std::string& text) {
    const bool is_here =
        text.starts_with("localhost") || text.starts_with("127.") || text.starts_with("[::1]");
    return (is_here ? "http://" : "https://") + text;
}

std::string path_of(const http::url& url) {
    return url.target.substr(0, url.target.find('?'));
}

result<const endpoint*> named_endpoint(const configuration& all, std::string_view name) {
    std::vector<std::string_view> names;
    for (const auto& one : all.endpoints) {
        if (one.name == name)
            return &one;
        names.push_back(one.name);
    }
    std::string list;
    for (const auto one : names)
        list += " " + std::string(one);
    return failure{errc::malformed, "no endpoint is named \"" + std::string(name) + "\"" +
                                        did_you_mean(name, names) + "; there are:" + list};
}

result<const endpoint*> endpoint_at(const configuration& all, const std::string& path) {
    std::string list;
    for (const auto& one : all.endpoints) {
        if (one.path == path)
            return &one;
        list += " " + one.path;
    }
    return failure{errc::malformed,
                   "no endpoint has the path " + path + "; there are:" + list +
                       ". Where a proxy changes the path, say which one it leads to: --endpoint "
                       "NAME"};
}

probe_target target_below(const endpoint& at, http::url site) {
    site.target = at.path;
    auto text = std::string(site.tls ? "https://" : "http://") + site.host_header() + at.path;
    return {&at, std::move(site), std::move(text)};
}

}  // namespace

result<std::vector<probe_target>> choose_targets(const configuration& all, const doctor_options& options) {
    std::vector<probe_target> targets;
    if (options.url.empty() && !options.endpoint.empty())
        return failure{errc::malformed, "--endpoint says where --url leads to; give that as well"};
    if (options.url.empty())
        return targets;
    if (options.url.find("://") == std::string::npos)
        return failure{errc::malformed, "the URL " + options.url +
                                            ": http:// or https:// is missing in front; did you mean --url " +
                                            with_scheme(options.url) + "?"};
    auto url = http::url::parse(options.url);
    if (!url)
        return failure{errc::malformed, "the URL " + options.url + ": " + url.error().reason};
    const bool is_site = path_of(*url) == "/";
    if (is_site && options.endpoint.empty() && !endpoint_at(all, "/")) {
        for (const auto& one : all.endpoints)
            targets.push_back(target_below(one, *url));
        return targets;
    }
    const auto at =
        options.endpoint.empty() ? endpoint_at(all, path_of(*url)) : named_endpoint(all, options.endpoint);
    if (!at)
        return at.error();
    if (is_site)
        targets.push_back(target_below(**at, *std::move(url)));
    else
        targets.push_back({*at, *std::move(url), options.url});
    return targets;
}

std::vector<std::string> sinks_of_probe(const configuration& all, const probe_target& target) {
    const auto type = target.at->kind->probe("x", 0).type;
    std::vector<std::string> names;
    for (const auto& one : all.sinks) {
        if (may_take(all.routes, one.name, type, target.at->name))
            names.push_back(one.name);
    }
    return names;
}

}  // namespace shopbell
