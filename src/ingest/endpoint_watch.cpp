#include <shopbell/ingest/endpoint_watch.hpp>

#include <shopbell/config/reader.hpp>

#include <algorithm>

namespace shopbell {

namespace {

/// How often to look whether a silence, once told of, is over.
constexpr std::chrono::minutes look_again{1};

/// Methods other than POST come from people and scanners: a store sends none.
constexpr unsigned method_not_allowed = 405;

bool is_failure(const answered_request& one) {
    return one.status == 0 || !one.sent || one.status >= 400;
}

}  // namespace

endpoint_watch::endpoint_watch(const endpoint& of, endpoint_metrics& counts, std::shared_ptr<log> lines)
    : name_(of.name),
      kind_(*of.kind),
      counts_(counts),
      log_(std::move(lines)),
      codes_(name_, counts_, log_),
      expect_every_(of.expect_every) {}

void endpoint_watch::answered(const answered_request& one) {
    counts_.answered(one);
    if (one.status == method_not_allowed)
        return;
    if (is_failure(one))
        count_failure(one.status);
    else
        failures_ = 0;
}

void endpoint_watch::count_failure(unsigned status) {
    const auto failures = ++failures_;
    const auto present = now();
    if (failures == 1)
        failing_since_ = present;
    last_failure_status_ = status;
    last_failure_ = present;
    const auto limit = kind_.pauses_after;
    if (limit == 0 || (failures != limit && failures != limit / 2))
        return;
    const log_fields about = {{"endpoint", name_},
                              {"provider", std::string(kind_.name)},
                              {"failures", static_cast<long long>(failures)},
                              {"pauses_after", static_cast<long long>(limit)},
                              {"status", static_cast<long long>(status)}};
    if (failures < limit)
        log_->warn("deliveries fail one after the other: the store will pause its webhook", about);
    else
        log_->warn(
            "the store has probably paused its webhook: mend what makes its deliveries fail, then switch the "
            "webhook on again in the store's panel",
            about);
}

void endpoint_watch::accepted(std::string_view type) {
    counts_.accepted();
    if (type.ends_with(".unparsed"))
        counts_.unparsed();
    if (type.ends_with(".contradicted"))
        counts_.contradicted();
    last_accepted_ = now();
    heard();
}

void endpoint_watch::duplicate() {
    counts_.duplicate();
    heard();
}

std::optional<std::string> endpoint_watch::recognise(std::uint64_t signed_content,
                                                     std::string_view event_id) {
    auto earlier = contents_.remember(signed_content, event_id);
    if (earlier)
        counts_.same_content();
    return earlier;
}

void endpoint_watch::heard() {
    heard_ = clock::now();
    if (told_silent_.exchange(false))
        log_->info("an endpoint that was silent is heard again", {{"endpoint", name_}});
}

bool endpoint_watch::is_silent(clock::time_point present) const {
    const auto every = expect_every_.load();
    return every.count() > 0 && present - heard_.load() >= every;
}

std::optional<endpoint_watch::clock::time_point> endpoint_watch::check(clock::time_point present) {
    const auto every = expect_every_.load();
    if (every.count() == 0) {
        told_silent_ = false;
        return std::nullopt;
    }
    if (!is_silent(present))
        return heard_.load() + every;
    if (!told_silent_.exchange(true))
        log_->warn("nothing came for longer than expect_every", {{"endpoint", name_},
                                                                 {"provider", std::string(kind_.name)},
                                                                 {"expect_every", config::to_text(every)}});
    return present + std::min<clock::duration>(every, look_again);
}

readings::endpoint endpoint_watch::read(clock::time_point present) const {
    readings::endpoint seen;
    seen.name = name_;
    seen.provider = kind_.name;
    seen.last_accepted = known(last_accepted_.load());
    seen.consecutive_failures = failures_.load();
    seen.expect_every = expect_every_.load();
    seen.silent = is_silent(present);
    seen.pauses_after = kind_.pauses_after;
    seen.last_failure = known(last_failure_.load());
    seen.last_failure_status = last_failure_status_.load();
    if (seen.consecutive_failures > 0)
        seen.failing_since = known(failing_since_.load());
    return seen;
}

std::optional<time_point> endpoint_watch::known(time_point at) {
    return at == unknown ? std::nullopt : std::optional(at);
}

std::vector<endpoint_warning> endpoint_watch::warnings(clock::time_point present) const {
    using kind = endpoint_warning::kind;
    constexpr unsigned failures_that_tell = 3;
    std::vector<endpoint_warning> all;
    if (is_silent(present))
        all.push_back({kind::silent, name_, known(last_accepted_.load()),
                       "endpoint " + name_ + " is silent: nothing came for longer than expect_every, " +
                           config::to_text(expect_every_.load())});
    const auto failures = failures_.load();
    const auto limit = kind_.pauses_after;
    auto text = "endpoint " + name_ + " fails: " + std::to_string(failures) + " deliveries in a row";
    if (limit > 0 && failures >= limit / 2) {
        text += "; after " + std::to_string(limit) + " the store pauses its webhook";
        all.push_back({kind::about_to_pause, name_, known(failing_since_.load()), std::move(text)});
    } else if (failures >= failures_that_tell) {
        all.push_back({kind::failing, name_, known(failing_since_.load()), std::move(text)});
    }
    for (auto& warning : codes_.warnings())
        all.push_back(std::move(warning));
    return all;
}

}  // namespace shopbell
