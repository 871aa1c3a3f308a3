#include <shopbell/ingest/certificate_watch.hpp>

#include <utility>

namespace shopbell {

namespace {

constexpr std::chrono::hours tell_every{24};
/// A renewed certificate, or a clock that was set, is noticed within that time.
constexpr std::chrono::hours look_at_it_every{1};

}  // namespace

std::optional<std::string> certificate_warning(time_point ends, time_point present) {
    if (ends - present > certificate_notice)
        return std::nullopt;
    if (ends > present)
        return "the TLS certificate ends on " + to_date(ends) + ": renew it, copy it and reload";
    return "the TLS certificate has expired on " + to_date(ends) +
           ", and stores refuse to deliver: renew it, copy it and reload";
}

void certificate_watch::attach(std::optional<time_point> ends) {
    const std::lock_guard guard(mutex_);
    if (std::exchange(ends_, ends) != ends)
        told_.reset();
}

std::optional<certificate_watch::clock::time_point> certificate_watch::check(time_point today,
                                                                             clock::time_point present) {
    const std::lock_guard guard(mutex_);
    if (!ends_)
        return std::nullopt;
    const auto warning = certificate_warning(*ends_, today);
    if (warning && (!told_ || present - *told_ >= tell_every)) {
        told_ = present;
        const auto level = *ends_ > today ? log_level::warn : log_level::error;
        log_->write(level, *warning, {{"ends", to_rfc3339(*ends_)}});
    }
    return present + look_at_it_every;
}

std::optional<time_point> certificate_watch::ends() const {
    const std::lock_guard guard(mutex_);
    return ends_;
}

}  // namespace shopbell
