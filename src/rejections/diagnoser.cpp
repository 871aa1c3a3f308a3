#include <shopbell/rejections/diagnoser.hpp>

#include "diagnosis.hpp"

#include <shopbell/core/exceptions.hpp>

#include <algorithm>

namespace shopbell {

namespace {

/// Those that may wait, and those of one network among them, so that one sender does not take all the room.
constexpr std::size_t most_waiting = 64;
constexpr std::size_t most_of_a_network = 16;
constexpr std::size_t most_waiting_bytes = 4 * 1024 * 1024;

/// Between two writings of the file.
constexpr std::chrono::seconds save_every{2};

/// USAePay repeats a delivery for 72 hours.
constexpr std::chrono::hours remember_former{72};
constexpr std::size_t most_former = 8;

std::size_t weight(const refused_request& one) {
    std::size_t bytes = one.body.capacity() + one.path.size();
    for (const auto& field : one.fields)
        bytes += field.name.size() + field.value.size();
    return bytes;
}

boost::asio::ip::address network_behind(const refused_request& one) {
    return one.client ? network_of(*one.client) : boost::asio::ip::address();
}

}  // namespace

rejection_diagnoser::rejection_diagnoser(std::string path, std::shared_ptr<log> lines, housekeeping& on)
    : path_(std::move(path)), log_(std::move(lines)), next_save_(clock::now()) {
    if (const auto loaded = load_rejections(path_, found_); !loaded)
        log_->warn("the rejections of earlier are lost", {{"reason", loaded.error().reason}});
    duty_.emplace(on, [this] { return run_round(); });
}

rejection_diagnoser::~rejection_diagnoser() {
    duty_.reset();
    while (diagnose_next()) {
    }
    next_save_ = clock::time_point::min();
    keep();
}

void rejection_diagnoser::attach(std::shared_ptr<const endpoints> all) {
    std::vector<std::string_view> names;
    for (const auto& one : *all)
        names.push_back(one.name);
    found_.keep_endpoints(names);

    const std::lock_guard guard(mutex_);
    current_.swap(all);
    if (all == nullptr)
        return;
    former_.push_front({{std::move(all), now()}, clock::now() + remember_former});
    if (former_.size() > most_former)
        former_.pop_back();
}

void rejection_diagnoser::refused(refused_request request) {
    request.bytes = request.body.size();
    if (request.body.size() > largest_diagnosed) {
        request.body.resize(rejection_log::largest_body);
        request.body.shrink_to_fit();
    }
    const auto bytes = weight(request);
    {
        const std::lock_guard guard(mutex_);
        if (!has_place_for(request, bytes))
            return count_only(request);
        found_.begin_pending();
        waiting_bytes_ += bytes;
        waiting_.push_back(std::move(request));
    }
    duty_->wake();
}

/// Whoever is many gives way to who is few: a flood must not keep out the one that the owner looks for.
bool rejection_diagnoser::has_place_for(const refused_request& one, std::size_t bytes) {
    std::map<boost::asio::ip::address, std::size_t> by_network;
    for (const auto& other : waiting_)
        ++by_network[network_behind(other)];
    const auto mine = by_network[network_behind(one)];
    if (mine >= most_of_a_network)
        return false;
    while (waiting_.size() >= most_waiting || waiting_bytes_ + bytes > most_waiting_bytes) {
        const auto largest =
            std::ranges::max_element(by_network, {}, [](const auto& network) { return network.second; });
        if (largest->second <= mine + 1)
            return false;
        --largest->second;
        drop_latest_of(largest->first);
    }
    return true;
}

/// Precondition: there is one of that network.
void rejection_diagnoser::drop_latest_of(const boost::asio::ip::address& network) {
    const auto latest = std::find_if(waiting_.rbegin(), waiting_.rend(),
                                     [&](const auto& one) { return network_behind(one) == network; });
    waiting_bytes_ -= weight(*latest);
    count_only(*latest);
    waiting_.erase(std::next(latest).base());
    found_.end_pending();
}

/// Scanners ask for thousands of paths that nobody has: those are not worth a number.
void rejection_diagnoser::count_only(const refused_request& one) {
    if (one.endpoint.empty())
        return;
    auto& its = overflow_[{one.endpoint, one.status}];
    its.provider = one.provider;
    its.last = one.at;
    ++its.count;
}

std::optional<rejection_diagnoser::clock::time_point> rejection_diagnoser::run_round() {
    const bool more = diagnose_next();
    keep();
    if (more)
        return clock::now();
    if (found_.version() != saved_version_)
        return next_save_;
    return std::nullopt;
}

/// What cannot be kept now may be kept in a later round.
void rejection_diagnoser::keep() {
    try {
        add_overflow();
        save_if_due(clock::now());
    } catch (...) {
        log_->error("rejections cannot be kept", {{"error", describe_exception()}});
    }
}

std::optional<refused_request> rejection_diagnoser::take() {
    const std::lock_guard guard(mutex_);
    if (waiting_.empty())
        return std::nullopt;
    std::optional<refused_request> first(std::move(waiting_.front()));
    waiting_.pop_front();
    waiting_bytes_ -= weight(*first);
    return first;
}

bool rejection_diagnoser::diagnose_next() {
    const auto one = take();
    if (!one)
        return false;
    try {
        diagnose(*one);
    } catch (...) {
        log_->error("a refused request could not be diagnosed",
                    {{"endpoint", one->endpoint}, {"error", describe_exception()}});
    }
    found_.end_pending();
    return true;
}

void rejection_diagnoser::diagnose(const refused_request& one) {
    const auto before = former_configurations();
    auto made = record_of(one, before);
    made.found = diagnose_refusal(one, before);
    if (made.endpoint.empty() && made.found.text.empty())
        return;
    const log_fields about = {{"endpoint", made.endpoint},
                              {"status", static_cast<long long>(made.status)},
                              {"diagnosis", made.found.text}};
    const bool proven = made.found.proven;
    if (found_.add(std::move(made)) && proven)
        log_->warn("a request was refused for a reason that is known", about);
}

void rejection_diagnoser::add_overflow() {
    std::map<std::pair<std::string, unsigned>, overflow> all;
    {
        const std::lock_guard guard(mutex_);
        all.swap(overflow_);
    }
    for (const auto& [of, one] : all) {
        rejection_record made;
        made.endpoint = of.first;
        made.status = of.second;
        made.provider = one.provider;
        made.reason = "too many at once";
        made.found.cause = "too_many_at_once";
        made.found.text =
            "More requests were refused at once than can be looked into, so these were only counted: "
            "somebody "
            "sends many, or the store repeats its own.";
        made.first = one.last;
        made.last = one.last;
        made.count = one.count;
        (void)found_.add(std::move(made));
    }
}

void rejection_diagnoser::save_if_due(clock::time_point present) {
    const auto version = found_.version();
    if (version == saved_version_ || present < next_save_)
        return;
    next_save_ = clock::now() + save_every;
    saved_version_ = version;
    const auto saved = save_rejections(path_, found_);
    if (!saved && !saving_failed_)
        log_->warn("rejections cannot be kept over a restart", {{"reason", saved.error().reason}});
    saving_failed_ = !saved;
}

std::vector<former_endpoints> rejection_diagnoser::former_configurations() {
    const std::lock_guard guard(mutex_);
    const auto present = clock::now();
    while (!former_.empty() && former_.back().forget_at <= present)
        former_.pop_back();
    std::vector<former_endpoints> all;
    for (const auto& one : former_)
        all.push_back(one.those);
    return all;
}

}  // namespace shopbell
