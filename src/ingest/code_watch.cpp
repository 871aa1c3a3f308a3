#include <shopbell/ingest/code_watch.hpp>

#include <algorithm>
#include <utility>

namespace shopbell {

code_watch::code_watch(std::string endpoint, endpoint_metrics& counts, std::shared_ptr<log> lines)
    : endpoint_(std::move(endpoint)), counts_(counts), log_(std::move(lines)) {}

void code_watch::configure(const code_settings* settings) {
    const std::lock_guard guard(mutex_);
    configured_ = settings != nullptr;
    from_pool_ = configured_ && settings->from_pool;
    low_ = configured_ ? settings->low : 0;
    closed_ = configured_ ? settings->closed : std::vector<std::string>();
    if (!configured_)
        return latest_problem_.reset();
    counts_.codes_given(0);
    counts_.codes_missing(0);
    for (auto& [product, at] : levels_)
        tell_if_low(product, at);
}

void code_watch::replace(std::span<const code_pool> pools) {
    const std::lock_guard guard(mutex_);
    auto before = std::exchange(levels_, {});
    for (const auto& one : pools) {
        if (one.endpoint != endpoint_)
            continue;
        if (const auto known = before.find(one.product); known != before.end())
            levels_.insert(before.extract(known));
        set(one);
    }
}

void code_watch::update(std::span<const code_pool> pools) {
    const std::lock_guard guard(mutex_);
    for (const auto& one : pools)
        set(one);
}

// Answers of two commits may come in either order: what was given later is what counts.
void code_watch::set(const code_pool& pool) {
    auto& at = levels_[pool.product];
    if (pool.given < at.given)
        return;
    at.left = pool.left;
    at.given = pool.given;
    tell_if_low(pool.product, at);
}

bool code_watch::is_low(const std::string& product, const level& at) const {
    return from_pool_ && at.left <= low_ && std::ranges::find(closed_, product) == closed_.end();
}

void code_watch::tell_if_low(const std::string& product, level& at) {
    const bool low_now = is_low(product, at);
    if (low_now && !at.told)
        log_->warn("the pool of codes runs low", {{"endpoint", endpoint_},
                                                  {"product", product},
                                                  {"left", static_cast<long long>(at.left)},
                                                  {"low", static_cast<long long>(low_)}});
    at.told = low_now;
}

void code_watch::given(std::size_t count) {
    counts_.codes_given(count);
    repeated();
}

void code_watch::repeated() {
    const std::lock_guard guard(mutex_);
    latest_problem_.reset();
}

void code_watch::missing(const std::string& reason) {
    counts_.codes_missing(1);
    log_->error("a completed sale got no code", {{"endpoint", endpoint_}, {"reason", reason}});
    const std::lock_guard guard(mutex_);
    latest_problem_ = reason;
}

void code_watch::refused(unsigned status, std::string_view reason) {
    {
        const std::lock_guard guard(mutex_);
        if (!configured_)
            return;
    }
    refusals_.error(status, "a request got no code",
                    {{"endpoint", endpoint_},
                     {"status", static_cast<long long>(status)},
                     {"reason", std::string(reason)}});
}

std::string code_watch::way_to_add(std::string_view product) const {
    return "add some: shopbell codes add " + endpoint_ + " " + std::string(product);
}

std::vector<endpoint_warning> code_watch::warnings() const {
    using kind = endpoint_warning::kind;
    const std::lock_guard guard(mutex_);
    std::vector<endpoint_warning> all;
    if (!configured_)
        return all;
    const auto add = [&](kind what, const std::string& text) {
        all.push_back({what, endpoint_, std::nullopt, "endpoint " + endpoint_ + text});
    };
    if (from_pool_ && levels_.empty())
        add(kind::codes_low, " has no codes to give: " + way_to_add("PRODUCT"));
    for (const auto& [product, at] : levels_) {
        if (is_low(product, at))
            add(kind::codes_low, ": " + std::to_string(at.left) + " codes of product " + product +
                                     " are left; " + way_to_add(product));
    }
    if (latest_problem_)
        add(kind::codes_missing, ": the latest sale got no code: " + *latest_problem_);
    return all;
}

std::vector<readings::code_pool> code_watch::read() const {
    const std::lock_guard guard(mutex_);
    std::vector<readings::code_pool> all;
    if (!from_pool_)
        return all;
    for (const auto& [product, at] : levels_)
        all.push_back({endpoint_, product, at.left, is_low(product, at)});
    return all;
}

}  // namespace shopbell
