#include <shopbell/ingest/rejection_log.hpp>

#include <shopbell/core/file_descriptor.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace shopbell {

namespace {

failure system_failure(const std::string& doing) {
    return failure{errc::io, doing + ": " + std::generic_category().message(errno)};
}

/// Far above what `save_rejections` writes for a hundred endpoints.
constexpr std::size_t largest_file = 256 * 1024 * 1024;

result<std::string> read_whole(int from, const std::string& path) {
    std::string text;
    std::string part(64 * 1024, '\0');
    for (;;) {
        const auto size = ::read(from, part.data(), part.size());
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return system_failure("reading " + path);
        if (size == 0)
            return text;
        text.append(part, 0, static_cast<std::size_t>(size));
        if (text.size() > largest_file)
            return failure{errc::malformed, path + " is larger than it can be"};
    }
}

bool write_whole(int to, std::string_view text) {
    while (!text.empty()) {
        const auto size = ::write(to, text.data(), text.size());
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return false;
        text.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
}

}  // namespace

std::string rejections_path(const std::string& inbox_path) {
    return inbox_path + ".rejections";
}

result<void> load_rejections(const std::string& path, rejection_log& into) {
    const file_descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file && errno == ENOENT)
        return {};
    if (!file)
        return system_failure("opening " + path);
    const auto text = read_whole(file.get(), path);
    if (!text)
        return text.error();
    if (auto done = into.read_json(*text); !done)
        return failure{errc::malformed, path + ": " + done.error().reason};
    return {};
}

result<void> save_rejections(const std::string& path, const rejection_log& from) {
    const auto fresh = path + ".new";
    const auto text = from.to_json();
    const file_descriptor file(
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file)
        return system_failure("creating " + fresh);
    const bool written = write_whole(file.get(), text) && std::rename(fresh.c_str(), path.c_str()) == 0;
    if (written)
        return {};
    auto why = system_failure("writing " + path);
    ::unlink(fresh.c_str());
    return why;
}

}  // namespace shopbell
