#include <shopbell/rejections/rejection_log.hpp>

#include <shopbell/core/file_descriptor.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <tuple>

namespace shopbell {

namespace {

bool is_alike(const rejection_record& a, const rejection_record& b) {
    return a.status == b.status && a.network == b.network && a.found.text == b.found.text;
}

/// The one that is missed least.
std::vector<rejection_record>::iterator least(std::vector<rejection_record>& all) {
    std::map<std::string_view, std::ptrdiff_t> kinds;
    for (const auto& one : all)
        ++kinds[one.found.text];
    const auto worth = [&](const rejection_record& one) {
        return std::tuple(one.found.proven, -kinds.at(one.found.text), one.number);
    };
    return std::ranges::min_element(all, {}, worth);
}

void bound_bodies(std::vector<rejection_record>& all) {
    std::size_t bytes = 0;
    for (const auto& one : all)
        bytes += one.body.size();
    while (bytes > rejection_log::most_body_bytes) {
        const auto worth = [](const rejection_record& one) {
            return std::tuple(one.body.empty(), one.found.proven, one.number);
        };
        const auto oldest = std::ranges::min_element(all, {}, worth);
        bytes -= oldest->body.size();
        oldest->body = std::string();
        oldest->body_cut = false;
    }
}

/// Takes the latest one's particulars over.
void count_in(rejection_record& known, rejection_record one) {
    one.count += known.count;
    one.first = known.first;
    known = std::move(one);
}

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

boost::asio::ip::address network_of(const boost::asio::ip::address& client) {
    constexpr std::size_t v4_bytes = 3;
    constexpr std::size_t v6_bytes = 6;
    if (client.is_v4()) {
        auto bytes = client.to_v4().to_bytes();
        std::fill(bytes.begin() + v4_bytes, bytes.end(), 0);
        return boost::asio::ip::address_v4(bytes);
    }
    if (client.to_v6().is_v4_mapped())
        return network_of(boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, client.to_v6()));
    auto bytes = client.to_v6().to_bytes();
    std::fill(bytes.begin() + v6_bytes, bytes.end(), 0);
    return boost::asio::ip::address_v6(bytes);
}

boost::asio::ip::address network_of(std::string_view client) {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(client, error);
    return error ? boost::asio::ip::address() : network_of(address);
}

bool rejection_log::add(rejection_record one) {
    const std::lock_guard guard(mutex_);
    ++version_;
    one.number = ++last_number_;
    one.network = network_of(one.client);
    auto& all = by_endpoint_[one.endpoint];
    const auto known = std::ranges::find_if(all, [&](const auto& other) { return is_alike(other, one); });
    const bool is_new = known == all.end();
    if (is_new)
        all.push_back(std::move(one));
    else
        count_in(*known, std::move(one));
    if (all.size() > most)
        all.erase(least(all));
    bound_bodies(all);
    return is_new;
}

std::vector<const rejection_record*> rejection_log::latest_first() const {
    std::vector<const rejection_record*> all;
    for (const auto& [endpoint, its] : by_endpoint_) {
        for (const auto& one : its)
            all.push_back(&one);
    }
    std::ranges::sort(all, std::greater(), &rejection_record::number);
    return all;
}

rejection_log::page rejection_log::list(std::optional<std::uint64_t> before, std::size_t limit,
                                        const rejection_filter& filter) const {
    const std::lock_guard guard(mutex_);
    page found;
    for (const auto* const one : latest_first()) {
        if (before && one->number >= *before)
            continue;
        if ((!filter.endpoint.empty() && one->endpoint != filter.endpoint) ||
            (filter.since && one->last < *filter.since))
            continue;
        if (found.items.size() == limit) {
            found.next = found.items.back().number;
            break;
        }
        found.items.push_back(*one);
    }
    return found;
}

rejection_log::census rejection_log::count() const {
    const std::lock_guard guard(mutex_);
    const auto all = latest_first();
    return {all.size(), all.empty() ? 0 : all.front()->number};
}

std::optional<rejection_log::headline> rejection_log::latest_of(std::string_view endpoint) const {
    const std::lock_guard guard(mutex_);
    const auto found = by_endpoint_.find(endpoint);
    if (found == by_endpoint_.end() || found->second.empty())
        return std::nullopt;
    const auto latest = std::ranges::max_element(found->second, {}, &rejection_record::number);
    return headline{latest->number, latest->found};
}

void rejection_log::keep_endpoints(std::span<const std::string_view> names) {
    const std::lock_guard guard(mutex_);
    version_ += std::erase_if(by_endpoint_, [&](const auto& one) {
        return !one.first.empty() && std::ranges::find(names, one.first) == names.end();
    });
}

std::size_t rejection_log::erase_bodies(const std::function<bool(std::string_view body)>& concerned) {
    const std::lock_guard guard(mutex_);
    std::size_t erased = 0;
    for (auto& [endpoint, its] : by_endpoint_) {
        for (auto& one : its) {
            if (one.body.empty() || !concerned(one.body))
                continue;
            one.body = std::string();
            one.body_cut = false;
            ++erased;
        }
    }
    version_ += erased;
    return erased;
}

std::uint64_t rejection_log::version() const {
    const std::lock_guard guard(mutex_);
    return version_;
}

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
