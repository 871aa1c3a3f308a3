#include <shopbell/ingest/endpoint_watches.hpp>

#include <shopbell/core/exceptions.hpp>

#include <algorithm>
#include <limits>

namespace shopbell {

namespace {

namespace asio = boost::asio;

/// Calls that look for an endpoint's last event, each a bounded walk back from the newest event.
constexpr int most_pages = 10;

asio::awaitable<result<std::optional<time_point>>> last_of(archive& stored, std::string endpoint,
                                                           std::stop_token end, int pages) {
    event_filter filter;
    filter.endpoint = std::move(endpoint);
    std::optional<sequence> cursor;
    for (int i = 0; i < pages && !end.stop_requested(); ++i) {
        const auto page = co_await stored.list(filter, cursor, 1);
        if (!page)
            co_return page.error();
        if (!page->items.empty())
            co_return std::optional(page->items.front().accepted_at);
        if (!page->next)
            break;
        cursor = page->next;
    }
    co_return std::optional<time_point>();
}

}  // namespace

endpoint_watches::endpoint_watches(metrics& counts, std::shared_ptr<log> lines)
    : counts_(counts), log_(std::move(lines)), certificate_(log_) {}

endpoint_watches::~endpoint_watches() = default;

void endpoint_watches::attach(endpoints& all) {
    {
        const std::lock_guard guard(mutex_);
        configured_.clear();
        for (auto& one : all) {
            auto& counts = counts_.endpoint(one.name, one.kind->name);
            auto& watch = all_.try_emplace({one.name, one.kind->name}, one, counts, log_).first->second;
            watch.expect_every(one.expect_every);
            watch.codes().configure(one.codes ? &*one.codes : nullptr);
            one.watch = &watch;
            configured_.push_back({&watch, one.path});
        }
    }
    look_again();
}

void endpoint_watches::attach_certificate(std::optional<time_point> ends) {
    certificate_.attach(ends);
    look_again();
}

asio::awaitable<result<void>> endpoint_watches::recall(archive& stored) {
    const auto all = current();
    for (const auto& at : all) {
        const auto last = co_await last_of(stored, at.watch->name(), std::stop_token(), most_pages);
        if (!last)
            co_return last.error();
        if (*last)
            at.watch->remember(**last);
    }
    co_return co_await recall_codes(stored);
}

asio::awaitable<result<void>> endpoint_watches::recall_quiet(archive& stored, std::stop_token end) {
    const auto all = current();
    for (const auto& at : all) {
        if (at.watch->has_accepted())
            continue;
        const auto last = co_await last_of(stored, at.watch->name(), end, std::numeric_limits<int>::max());
        if (!last)
            co_return last.error();
        if (*last)
            at.watch->recall(**last);
    }
    co_return result<void>();
}

asio::awaitable<result<void>> endpoint_watches::recall_codes(archive& stored) {
    const auto pools = co_await stored.code_pools(std::string());
    if (!pools)
        co_return pools.error();
    const auto all = current();
    for (const auto& at : all)
        at.watch->codes().replace(*pools);
    co_return result<void>();
}

void endpoint_watches::start(housekeeping& on) {
    duty_.emplace(on, [this] { return check_safely(clock::now()); });
}

void endpoint_watches::look_again() {
    if (duty_)
        duty_->wake();
}

/// What cannot be told now (no memory for the line, say) is told at a later look; the thread stays.
std::optional<endpoint_watches::clock::time_point> endpoint_watches::check_safely(clock::time_point present) {
    constexpr std::chrono::seconds look_again{10};
    try {
        return check(present);
    } catch (...) {
        log_->error("the silence of endpoints cannot be watched", {{"error", describe_exception()}});
        return present + look_again;
    }
}

std::vector<endpoint_watches::place> endpoint_watches::current() const {
    const std::lock_guard guard(mutex_);
    return configured_;
}

std::optional<endpoint_watches::clock::time_point> endpoint_watches::check(clock::time_point present) {
    auto next = certificate_.check(now(), present);
    for (const auto& place : current()) {
        const auto at = place.watch->check(present);
        if (at)
            next = std::min(next.value_or(*at), *at);
    }
    return next;
}

std::vector<readings::endpoint> endpoint_watches::read(clock::time_point present) const {
    std::vector<readings::endpoint> all;
    for (const auto& at : current()) {
        all.push_back(at.watch->read(present));
        all.back().path = at.path;
    }
    return all;
}

std::vector<std::pair<std::string, counted_requests>> endpoint_watches::counted() const {
    std::vector<std::pair<std::string, counted_requests>> all;
    for (const auto& at : current())
        all.emplace_back(at.watch->name(), at.watch->counted());
    return all;
}

std::vector<readings::code_pool> endpoint_watches::read_codes() const {
    std::vector<readings::code_pool> all;
    for (const auto& at : current()) {
        for (auto& pool : at.watch->codes().read())
            all.push_back(std::move(pool));
    }
    return all;
}

std::vector<endpoint_warning> endpoint_watches::warnings(clock::time_point present) const {
    std::vector<endpoint_warning> all;
    for (const auto& at : current()) {
        auto its = at.watch->warnings(present);
        all.insert(all.end(), std::make_move_iterator(its.begin()), std::make_move_iterator(its.end()));
    }
    if (const auto ends = certificate_.ends()) {
        if (auto warning = certificate_warning(*ends, now()))
            all.push_back({endpoint_warning::kind::certificate, "", *ends, *std::move(warning)});
    }
    return all;
}

}  // namespace shopbell
