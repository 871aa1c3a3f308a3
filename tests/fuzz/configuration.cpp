#include "fuzz.hpp"

#include <shopbell/core/file_descriptor.hpp>
#include <shopbell/setup/configuration.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <set>

using namespace shopbell;

namespace {

/// The text as a file that a path leads to, in memory.
std::string as_file(std::string_view text) {
    static const file_descriptor file(::memfd_create("fuzz.toml", MFD_CLOEXEC));
    const bool written =
        ::ftruncate(file.get(), 0) == 0 &&
        ::pwrite(file.get(), text.data(), text.size(), 0) == static_cast<::ssize_t>(text.size());
    fuzz::require(written, "memory holds a file");
    return "/proc/self/fd/" + std::to_string(file.get());
}

template <class Named>
void require_distinct(const std::vector<Named>& all, const char* what) {
    std::set<std::string_view> names;
    for (const auto& one : all)
        fuzz::require(!one.name.empty() && names.insert(one.name).second, what);
}

/// What `serve` builds on where nothing was found wrong.
void require_usable(const configuration& one) {
    require_distinct(one.endpoints, "endpoints have names of their own");
    require_distinct(one.sinks, "sinks have names of their own");
    fuzz::require(!one.endpoints.empty() && !one.server.listen.empty(), "something is served, somewhere");
    for (const auto& endpoint : one.endpoints)
        fuzz::require(endpoint.source && endpoint.path.starts_with('/'),
                      "an endpoint has a provider and a path");
    for (const auto& sink : one.sinks)
        fuzz::require(sink.target && sink.concurrency > 0, "a sink can be delivered to");
    for (const auto& route : one.routes) {
        for (const auto& name : route.sinks)
            fuzz::require(std::ranges::count(one.sinks, name, &configured_sink::name) == 1,
                          "a route's sinks exist");
    }
    const auto& admin = one.admin;
    const bool is_public = admin.listen && admin.listen->unix_path.empty() && !admin.listen->ip.is_loopback();
    fuzz::require(!is_public || !admin.token.empty(),
                  "nobody far away uses the operator's interface without a token");
}

}  // namespace

// A whole configuration, with all that one part of it asks of another. It may name any file of the machine,
// which is then looked at or read and never written: run this where there is nothing to read but files.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const services around{.open_log = [](const log_settings&) {
        return result<std::shared_ptr<shopbell::log>>(shopbell::log::null());
    }};
    config::problems found("fuzz.toml");
    const auto read = read_configuration(as_file(fuzz::as_text(data, size)), found, around);
    for (const auto& one : found.sorted()) {
        fuzz::require(!one.message.empty(), "a problem is explained");
        fuzz::require(found.describe(one).starts_with("fuzz.toml"), "a problem names its file");
    }
    if (!found.has_errors())
        require_usable(read);
    return 0;
}
