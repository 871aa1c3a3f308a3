#include <shopbell/ingest/refusal_examiner.hpp>

#include "client_network.hpp"
#include "examination.hpp"

#include <shopbell/core/exceptions.hpp>

#include <pthread.h>

#include <algorithm>

namespace shopbell {

namespace {

/// Those that may wait, and those of one network among them, so that one sender does not take all the room.
constexpr std::size_t most_waiting = 64;
constexpr std::size_t most_of_a_network = 16;
constexpr std::size_t most_waiting_bytes = 4 * 1024 * 1024;

/// How much longer it rests than it works, and how much work goes together before a rest.
constexpr int rest_factor = 4;
constexpr std::chrono::milliseconds work_together{2};
constexpr std::chrono::milliseconds longest_rest{250};

/// Between two writings of the file, and how long a change may wait that nobody calls it for.
constexpr std::chrono::seconds save_every{2};
constexpr std::chrono::seconds look_every{10};

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

refusal_examiner::refusal_examiner(std::string path, std::shared_ptr<log> lines)
    : path_(std::move(path)), log_(std::move(lines)), next_save_(clock::now()) {
    if (const auto loaded = load_rejections(path_, found_); !loaded)
        log_->warn("the rejections of earlier are lost", {{"reason", loaded.error().reason}});
    thread_ = std::jthread([this](const std::stop_token& end) {
        ::pthread_setname_np(::pthread_self(), "rejections");
        run(end);
    });
}

refusal_examiner::~refusal_examiner() = default;

void refusal_examiner::attach(std::shared_ptr<const endpoints> all) {
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

void refusal_examiner::add(refused_request one) {
    one.bytes = one.body.size();
    if (one.body.size() > largest_examined) {
        one.body.resize(rejection_log::largest_body);
        one.body.shrink_to_fit();
    }
    const auto bytes = weight(one);
    const std::lock_guard guard(mutex_);
    if (!make_room(one, bytes))
        return count_only(one);
    found_.begin_pending();
    waiting_bytes_ += bytes;
    waiting_.push_back(std::move(one));
    work_.notify_one();
}

/// Whoever is many gives way to who is few: a flood must not keep out the one that the owner looks for.
bool refusal_examiner::make_room(const refused_request& one, std::size_t bytes) {
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
        give_up_latest_of(largest->first);
    }
    return true;
}

/// Precondition: there is one of that network.
void refusal_examiner::give_up_latest_of(const boost::asio::ip::address& network) {
    const auto latest = std::find_if(waiting_.rbegin(), waiting_.rend(),
                                     [&](const auto& one) { return network_behind(one) == network; });
    waiting_bytes_ -= weight(*latest);
    count_only(*latest);
    waiting_.erase(std::next(latest).base());
    found_.end_pending();
}

/// Scanners ask for thousands of paths that nobody has: those are not worth a number.
void refusal_examiner::count_only(const refused_request& one) {
    if (one.endpoint.empty())
        return;
    auto& its = crowds_[{one.endpoint, one.status}];
    its.provider = one.provider;
    its.last = one.at;
    ++its.count;
}

void refusal_examiner::run(const std::stop_token& end) {
    while (!end.stop_requested()) {
        await_work(end);
        const auto start = clock::now();
        (void)examine_next();
        keep_up(start);
        rest(end, clock::now() - start);
    }
    while (examine_next()) {
    }
    keep_up(clock::time_point::max());
}

/// What cannot be kept now may be kept at a later look; the thread stays.
void refusal_examiner::keep_up(clock::time_point present) {
    try {
        add_crowds();
        save_if_due(present);
    } catch (...) {
        log_->error("rejections cannot be kept", {{"error", describe_exception()}});
    }
}

void refusal_examiner::await_work(const std::stop_token& end) {
    const bool unsaved = found_.version() != saved_version_;
    const auto until = unsaved ? next_save_ : clock::now() + look_every;
    std::unique_lock lock(mutex_);
    work_.wait_until(lock, end, until, [this] { return !waiting_.empty() || !crowds_.empty(); });
}

void refusal_examiner::rest(const std::stop_token& end, clock::duration worked) {
    tired_ += worked;
    if (tired_ < work_together)
        return;
    const auto pause = std::min<clock::duration>(rest_factor * std::exchange(tired_, {}), longest_rest);
    std::unique_lock lock(mutex_);
    rest_.wait_for(lock, end, pause, [] { return false; });
}

std::optional<refused_request> refusal_examiner::take() {
    const std::lock_guard guard(mutex_);
    if (waiting_.empty())
        return std::nullopt;
    std::optional<refused_request> first(std::move(waiting_.front()));
    waiting_.pop_front();
    waiting_bytes_ -= weight(*first);
    return first;
}

bool refusal_examiner::examine_next() {
    const auto one = take();
    if (!one)
        return false;
    try {
        look_into(*one);
    } catch (...) {
        log_->error("a refused request could not be looked into",
                    {{"endpoint", one->endpoint}, {"error", describe_exception()}});
    }
    found_.end_pending();
    return true;
}

void refusal_examiner::look_into(const refused_request& one) {
    const auto before = former_ones();
    auto made = record_of(one, before);
    made.found = examine(one, before);
    if (made.endpoint.empty() && made.found.text.empty())
        return;
    const log_fields about = {{"endpoint", made.endpoint},
                              {"status", static_cast<long long>(made.status)},
                              {"diagnosis", made.found.text}};
    const bool proven = made.found.proven;
    if (found_.add(std::move(made)) && proven)
        log_->warn("a request was refused for a reason that is known", about);
}

void refusal_examiner::add_crowds() {
    std::map<std::pair<std::string, unsigned>, crowd> all;
    {
        const std::lock_guard guard(mutex_);
        all.swap(crowds_);
    }
    for (const auto& [of, one] : all) {
        rejection_record made;
        made.endpoint = of.first;
        made.status = of.second;
        made.provider = one.provider;
        made.reason = "too many at once";
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

void refusal_examiner::save_if_due(clock::time_point present) {
    const auto version = found_.version();
    if (version == saved_version_ || present < next_save_)
        return;
    next_save_ = clock::now() + save_every;
    saved_version_ = version;
    const auto saved = save_rejections(path_, found_);
    if (!saved && !told_of_trouble_)
        log_->warn("rejections cannot be kept over a restart", {{"reason", saved.error().reason}});
    told_of_trouble_ = !saved;
}

std::vector<former_endpoints> refusal_examiner::former_ones() {
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
