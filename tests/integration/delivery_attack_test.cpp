#include "attack_ledger.hpp"
#include "attacked_sinks.hpp"

#include "support/cpu_time.hpp"
#include "support/daemon.hpp"
#include "support/eventually.hpp"
#include "support/inbox_file.hpp"
#include "support/operator_line.hpp"
#include "support/reserved_port.hpp"
#include "support/shop.hpp"
#include "support/stepped_clock.hpp"
#include "support/store.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <limits>
#include <set>
#include <shared_mutex>
#include <sstream>
#include <system_error>
#include <thread>
#include <unordered_map>

// Everything that happens to a daemon in a bad year, in seconds and at random: targets, files and programs
// that fail, hang, block, lie and recover; an owner who edits, pauses, replays, drops and forgets; a clock
// that is stepped; kill -9, stops and a full disk. Afterwards every acknowledged event is where it is due.
//
//     SHOPBELL_ATTACK_SECONDS=600 integration --gtest_filter='delivery_under_attack.*'
//
// The seed is printed; SHOPBELL_ATTACK_SEED does the same again, as far as the threads' timing lets it, and
// SHOPBELL_ATTACK_WITHOUT leaves out what it names (acts, faults, sinks not to be judged; commas in between).
// A long search is --gtest_repeat=N: each round has a seed of its own, and what fails is found again sooner.

namespace shopbell::test {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr auto answer_bound = 2s;                ///< of every command
constexpr auto drain_timeout = 2s;               ///< as configured
constexpr auto stop_bound = drain_timeout + 3s;  ///< what a busy machine needs is in it
constexpr auto probe_bound = 5s;                 ///< from an order to the sink that never fails
constexpr auto settle_bound = 90s;               ///< for all that is left, once nothing fails any more
constexpr auto anywhere = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t senders = 3;
constexpr long long orders_each = 4;

long long number_of(const char* variable, long long otherwise) {
    const char* const text = std::getenv(variable);
    return text == nullptr ? otherwise : std::atoll(text);
}

/// Names with commas in between.
std::set<std::string> left_out() {
    const char* const text = std::getenv("SHOPBELL_ATTACK_WITHOUT");
    std::istringstream names(text == nullptr ? "" : text);
    std::set<std::string> all;
    for (std::string one; std::getline(names, one, ',');)
        all.insert(one);
    return all;
}

std::size_t below(std::mt19937_64& random, std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
}

bool chance(std::mt19937_64& random, unsigned percent) {
    return below(random, 100) < percent;
}

void sleep_for(std::chrono::milliseconds time) {
    std::this_thread::sleep_for(time);
}

std::string order_body(long long order, const std::string& email, const std::string& note) {
    return R"({"order":{"id":)" + std::to_string(order) +
           R"(,"status_enum":"paid","currency":"CLP","total":27990.10,"additional_information":")" + note +
           R"(","customer":{"id":"201","email":")" + email + R"("}}})";
}

/// A request, and what there is to say of its event.
struct planned {
    store_request request;
    acknowledged_event about;
};

/// Stores that send events, also while the daemon is away. Each waits for an answer before it sends the next.
class stores {
public:
    stores(std::uint16_t port, attack_ledger& into, std::uint64_t seed) : port_(port), ledger_(into) {
        for (std::size_t i = 0; i < senders; ++i)
            threads_.emplace_back([this, i, seed] { post(i, seed + i); });
    }
    ~stores() { stop(); }
    stores(const stores&) = delete;
    stores& operator=(const stores&) = delete;

    void stop() {
        stopping_ = true;
        for (auto& one : threads_)
            one.join();
        threads_.clear();
    }

private:
    planned next(std::size_t sender, std::size_t turn, std::mt19937_64& random) const {
        planned made;
        const auto unique = std::to_string(sender) + "-" + std::to_string(turn);
        made.about.turn = turn;
        const auto kind = below(random, 10);
        if (kind == 0) {
            made.request = usaepay_request("event-" + unique);
            made.about.endpoint = "usaepay";
            made.about.subject = "of usaepay " + unique;
        } else if (kind == 1) {
            made.request = ejunkie_request("TXN" + unique);
            made.about.endpoint = "ejunkie";
            made.about.subject = "of ejunkie " + unique;
        } else {
            const auto order = static_cast<long long>(sender) * orders_each +
                               static_cast<long long>(below(random, orders_each));
            made.about.endpoint = "jumpseller";
            made.about.subject = "order/" + std::to_string(order);
            made.about.email = "buyer" + std::to_string(order % 5) + "@example.com";
            made.request =
                jumpseller_request("order_paid", order_body(order, made.about.email, "turn " + unique));
        }
        return made;
    }

    void post(std::size_t sender, std::uint64_t seed) {
        std::mt19937_64 random(seed);
        std::optional<raw_client> line;
        std::optional<planned> last;     // the latest that was acknowledged
        std::optional<planned> refused;  // the latest, where it was not: a store tries it again
        for (std::size_t turn = 0; !stopping_; ++turn) {
            sleep_for(std::chrono::milliseconds(5 + below(random, 40)));
            const bool again = !refused && last && chance(random, 5);
            auto one = refused ? *refused : again ? *last : next(sender, turn, random);
            one.about.turn = refused ? one.about.turn : turn;
            try {
                if (!line)
                    line.emplace(port_);
            } catch (const std::system_error&) {
                continue;  // the daemon is away
            }
            if (!refused)
                one.about.sent = steady::now();
            const auto told = read_receipt(line->ask(one.request.bytes()));
            take(told, again, one);
            refused.reset();
            if (told.status == 200) {
                last = one;
                continue;
            }
            line.reset();
            if (!again)
                refused = one;
        }
    }

    void take(const receipt& told, bool again, planned& one) {
        if (told.status == 0) {
            ledger_.add_unanswered();
            return;
        }
        if (told.status != 200) {
            EXPECT_EQ(told.status, 503U) << told.raw.head << told.raw.body;
            return;
        }
        if (again && told.outcome == "duplicate") {
            EXPECT_EQ(told.id, one.about.id) << "a repeat has its first one's id";
            return;
        }
        EXPECT_TRUE(!again || ledger_.may_be_erased(one.about))
            << "a repeat of " << one.about.id << " was accepted as news, as " << told.id;
        one.about.id = told.id;
        one.about.answered = steady::now();
        // A duplicate here is an earlier try of which no answer came.
        ledger_.add(one.about);
    }

    const std::uint16_t port_;
    attack_ledger& ledger_;
    std::atomic<bool> stopping_ = false;
    std::vector<std::thread> threads_;
};

/// The whole scene.
class attack {
public:
    /// `without`: names of acts, of faults, and of sinks that are not judged.
    attack(std::uint64_t seed, std::set<std::string> without)
        : seed_(seed),
          random_(seed),
          without_(std::move(without)),
          clock_(place_.file("clock")),
          ledger_(everything_to_all()) {
        write_config();
        start();
        stores_.emplace(port_.number(), ledger_, seed_ + 1000);
        observer_ = std::thread([this] { observe(); });
    }

    ~attack() {
        rest();
        if (::testing::Test::HasFailure())
            print_story();
    }
    attack(const attack&) = delete;
    attack& operator=(const attack&) = delete;

    void go_on_for(std::chrono::seconds time) {
        const auto end = steady::now() + time;
        while (steady::now() < end && is_well()) {
            act();
            probe();
            sleep_for(std::chrono::milliseconds(10 + below(random_, 250)));
        }
    }

    /// Nothing fails any more, nobody sends any more, and all dead letters get another chance.
    void settle() {
        tell("all is well again");
        stores_->stop();
        clock_.step_to(0ns);
        running_->limit_file_size(RLIM_INFINITY);
        for (const auto& one : sinks_)
            one->heal();
        auto all = current_;
        for (const auto& one : sinks_)
            all.try_emplace(one->name(), everything());
        edit(all);
        for (const auto& one : sinks_)
            EXPECT_EQ(ask("POST", "/api/sinks/" + one->name() + "/resume").status, 200U);
        EXPECT_TRUE(eventually([&] { return !is_well() || is_settled(); }, settle_bound))
            << "not all is delivered: " << ask("GET", "/api/sinks").text;
    }

    void expect_idle() {
        rest();
        const auto used = cpu_time_over(running_->id(), 2s);
        EXPECT_LT(used, 100ms) << "a daemon with nothing to do is busy";
        EXPECT_EQ(ask("GET", "/readyz").status, 200U) << ask("GET", "/readyz").text;
    }

    /// Every acknowledged event, at every sink; in a new life, so that the log of the last one is whole.
    void judge() {
        restart(SIGTERM);
        const auto events = ledger_.events();
        judge_erasure(events);
        for (const auto& one : sinks_) {
            if (!without_.contains(one->name()))
                judge(*one, events);
        }
    }

    void end() {
        const std::unique_lock alone(alive_);
        end_life(SIGTERM);
        EXPECT_EQ(check_integrity(place_.inbox()), "ok");
        std::cout << "seed=" << seed_ << " acknowledged=" << ledger_.events().size()
                  << " unanswered=" << ledger_.unanswered() << " lives=" << lives_
                  << " acts=" << story_.size() << " slowest_answer_ms=" << slowest_.load() << '\n';
    }

    [[nodiscard]] bool is_well() {
        if (::testing::Test::HasFailure())
            return false;
        if (!running_->ends_within(0ms))
            return true;
        ADD_FAILURE() << "the daemon ended by itself:\n" << tail_of(running_->written());
        return false;
    }

private:
    using act_function = void (attack::*)();
    struct possible_act {
        unsigned weight;
        std::string name;
        act_function what;
    };

    // ---- Configuration and lives

    static std::set<std::string> everything() { return {"jumpseller", "ejunkie", "usaepay"}; }

    routing everything_to_all() {
        const auto add = [this](std::unique_ptr<attacked_sink> one) { sinks_.push_back(std::move(one)); };
        const auto folder = place_.file("");
        add(steady_target("steady"));
        add(attack_target("flaky", "3s"));
        add(attack_target("partner", "1h"));
        add(attack_file("file", folder));
        add(attack_file("archive", folder));
        add(attack_program("program", folder));
        auto log = std::make_unique<log_under_attack>("log");
        log_ = log.get();
        add(std::move(log));
        for (const auto& one : sinks_)
            current_[one->name()] = everything();
        current_["program"] = {"usaepay"};  // a process for each event
        return current_;
    }

    void write_config() {
        shop_settings settings;
        settings.listen = "127.0.0.1:" + std::to_string(port_.number());
        settings.server = "drain_timeout = \"" + std::to_string(drain_timeout.count()) + "s\"";
        settings.operated = true;
        for (const auto& one : sinks_) {
            const auto found = current_.find(one->name());
            if (found == current_.end())
                continue;
            settings.sinks += one->table(random_);
            std::string endpoints;
            for (const auto& name : found->second)
                endpoints += (endpoints.empty() ? "\"" : ", \"") + name + "\"";
            if (!endpoints.empty())
                settings.sinks += "[[route]]\nevents = [\"**\"]\nendpoints = [" + endpoints +
                                  "]\nsinks = [\"" + one->name() + "\"]\n";
        }
        place_.write_config(settings);
    }

    void start() {
        auto how = serve(place_.config());
        how.environment = clock_.environment();
        running_.emplace(how);
        operator_.emplace(place_.file("admin.sock"));
        ++lives_;
    }

    /// For whoever holds `alive_` alone.
    void end_life(int by) {
        running_->signal(by);
        if (by == SIGTERM && !running_->ends_within(stop_bound)) {
            ADD_FAILURE() << "a stop takes longer than drain_timeout";
            running_->signal(SIGKILL);
        }
        const auto how = running_->wait();
        EXPECT_TRUE(by == SIGKILL || how.code == 0) << tail_of(running_->written());
        log_->end_life(running_->whole_log());
    }

    void restart(int by) {
        const std::unique_lock alone(alive_);
        end_life(by);
        start();
    }

    /// Reloads, and waits until the daemon has said how it went.
    std::string reload() {
        const auto from = running_->log_lines();
        running_->signal(SIGHUP);
        const auto line = running_->wait_for_log({R"("message":"reload)"}, from);
        return line.is_object() ? line.value("message", "") : std::string();
    }

    void edit(const routing& next) {
        current_ = next;
        write_config();
        ledger_.begin_edit(next);
        EXPECT_EQ(reload(), "reloaded") << tail_of(running_->written());
        ledger_.end_edit();
    }

    // ---- Acts

    void act() {
        static const std::vector<possible_act> all{{20, "fault", &attack::misbehave},
                                                   {15, "recovery", &attack::heal},
                                                   {8, "pause", &attack::pause},
                                                   {8, "replay", &attack::replay_one},
                                                   {8, "replays", &attack::replay_many},
                                                   {8, "retry", &attack::retry_dead},
                                                   {5, "drop", &attack::drop_dead},
                                                   {8, "routes", &attack::edit_routes},
                                                   {4, "sinks", &attack::edit_sinks},
                                                   {2, "nonsense", &attack::reload_nonsense},
                                                   {4, "forget", &attack::forget_person},
                                                   {8, "clock", &attack::step_clock},
                                                   {4, "disk", &attack::fill_disk},
                                                   {6, "kill", &attack::kill},
                                                   {4, "stop", &attack::stop}};
        unsigned total = 0;
        for (const auto& one : all)
            total += one.weight;
        auto drawn = below(random_, total);
        for (const auto& one : all) {
            if (drawn >= one.weight) {
                drawn -= one.weight;
                continue;
            }
            if (!without_.contains(one.name))
                (this->*one.what)();
            return;
        }
    }

    void misbehave() {
        auto& chosen = any_sink();
        tell(chosen.name() + ": " + chosen.misbehave(random_, without_));
    }

    void heal() {
        auto& chosen = any_sink();
        tell(chosen.name() + ": well again");
        chosen.heal();
    }

    void pause() {
        const auto name = any_configured();
        const std::string verb = chance(random_, 50) ? "pause" : "resume";
        if (name == "steady")
            return;
        tell(verb + " " + name);
        (void)ask("POST", "/api/sinks/" + name + "/" + verb);
    }

    void replay_one() {
        const auto one = ledger_.any_event(random_);
        if (!one)
            return;
        replay_order order;
        order.id = one->id;
        std::string target = "/api/events/" + one->id + "/replay";
        if (chance(random_, 50)) {
            order.sink = any_configured();
            target += "?sink=" + order.sink;
        }
        replay(std::move(order), target);
    }

    void replay_many() {
        replay_order order;
        std::string query;
        switch (below(random_, 4)) {
            case 0:
                query = "since=" + std::string(chance(random_, 50) ? "1h" : "2s");
                break;
            case 1:
                order.endpoint = any_endpoint();
                query = "type=" + order.endpoint + ".**";
                break;
            case 2:
                order.endpoint = any_endpoint();
                query = "endpoint=" + order.endpoint + "&until=1s";
                break;
            default: {
                const auto one = ledger_.any_event(random_);
                if (!one)
                    return;
                order.subject = one->endpoint == "jumpseller" ? one->subject : "order/0";
                query = "subject=" + order.subject;
            }
        }
        if (chance(random_, 70)) {
            order.sink = any_configured();
            query += "&sink=" + order.sink;
        }
        replay(std::move(order), "/api/replay?" + query);
    }

    void replay(replay_order order, const std::string& target) {
        tell("POST " + target);
        log_->set_line(running_->log_lines());
        for (const auto& one : sinks_)
            order.from[one->name()] = one->place();
        ledger_.add_replay(std::move(order));
        auto next = ask("POST", target).document.value("next", "");
        for (int part = 0; part < 20 && !next.empty(); ++part)
            next = ask("POST", target + "&cursor=" + next).document.value("next", "");
    }

    std::optional<std::pair<std::string, std::string>> any_dead() {
        const auto listed = ask("GET", "/api/dead?limit=100").document;
        const auto letters = listed.value("dead", nlohmann::json::array());
        if (letters.empty())
            return std::nullopt;
        const auto& one = letters[below(random_, letters.size())];
        return std::pair(one["sink"].get<std::string>(), one["id"].get<std::string>());
    }

    void retry_dead() {
        if (chance(random_, 50)) {
            tell("retry all dead letters");
            for (const auto& [name, endpoints] : current_)
                (void)ask("POST", "/api/dead/" + name + "/retry");
            return;
        }
        if (const auto one = any_dead()) {
            tell("retry the dead letter " + one->second + " of " + one->first);
            (void)ask("POST", "/api/dead/" + one->first + "/" + one->second + "/retry");
        }
    }

    void drop_dead() {
        const auto one = any_dead();
        if (!one)
            return;
        const bool all = chance(random_, 20);
        tell("drop " + (all ? "all dead letters" : "the dead letter " + one->second) + " of " + one->first);
        (void)ask("POST", "/api/dead/" + one->first + (all ? "" : "/" + one->second) + "/drop");
        ledger_.add_drop(one->first, all ? std::string() : one->second);
    }

    void edit_routes() {
        auto next = current_;
        for (const auto* const name : {"partner", "archive"}) {
            const auto found = next.find(name);
            if (found == next.end() || !chance(random_, 60))
                continue;
            const auto endpoint = any_endpoint();
            if (found->second.erase(endpoint) == 0)
                found->second.insert(endpoint);
        }
        tell("edit routes");
        edit(next);
    }

    /// One of two sinks leaves the configuration, or is forgotten, or returns.
    void edit_sinks() {
        auto next = current_;
        const std::string name = chance(random_, 50) ? "partner" : "archive";
        if (next.erase(name) == 0) {
            if (chance(random_, 50)) {
                tell("forget the sink " + name);
                ledger_.add_removal(name);
                (void)ask("POST", "/api/sinks/" + name + "/forget");
                return;
            }
            next[name] = everything();
        }
        tell(name + (next.contains(name) ? " returns" : " leaves the configuration"));
        edit(next);
    }

    void reload_nonsense() {
        tell("reload a broken configuration");
        write_file(place_.config(), "[server\nlisten = 7\n");
        EXPECT_EQ(reload(), "reload refused: the old configuration stays in force");
        write_config();
    }

    void forget_person() {
        const auto order = static_cast<long long>(below(random_, senders * orders_each));
        const bool by_email = chance(random_, 30);
        const auto subject = by_email ? std::string() : "order/" + std::to_string(order);
        const auto email = by_email ? "buyer" + std::to_string(order % 5) + "@example.com" : std::string();
        tell("forget " + subject + email);
        const auto body = by_email ? R"({"email":")" + email + "\"}" : R"({"subject":")" + subject + "\"}";
        ledger_.begin_erasure(subject, email);
        auto told = ask("POST", "/api/forget", body);
        while (told.status == 200 && told.document.contains("next"))
            told = ask("POST", "/api/forget?cursor=" + told.document["next"].get<std::string>(), body);
        ledger_.end_erasure(told.status == 200);
    }

    void step_clock() {
        constexpr std::array steps{0h, 0h, 1h, -1h, 50h, -50h};
        if (chance(random_, 20)) {
            tell("the clock is a year ahead for a moment");
            clock_.step_to(24h * 366);
            sleep_for(std::chrono::milliseconds(300 + below(random_, 1000)));
            clock_.step_to(0ns);
            return;
        }
        const auto step = steps.at(below(random_, steps.size()));
        tell("the clock is off by " + std::to_string(step.count()) + " h");
        clock_.step_to(step);
    }

    void fill_disk() {
        tell("the disk is full for a moment");
        running_->limit_file_size(4096);
        sleep_for(std::chrono::milliseconds(100 + below(random_, 900)));
        running_->limit_file_size(RLIM_INFINITY);
    }

    void kill() {
        std::thread asking;
        if (chance(random_, 50)) {
            replay_order order;
            order.endpoint = any_endpoint();
            tell("replay " + order.endpoint + ", and in the middle of it");
            const auto target = "/api/replay?endpoint=" + order.endpoint;
            log_->set_line(running_->log_lines());
            for (const auto& one : sinks_)
                order.from[one->name()] = one->place();
            ledger_.add_replay(order);
            asking = std::thread([this, target] { (void)operator_->ask("POST", target); });
            sleep_for(std::chrono::milliseconds(below(random_, 20)));
        }
        tell("kill -9");
        const std::unique_lock alone(alive_);
        end_life(SIGKILL);
        if (asking.joinable())
            asking.join();
        start();
    }

    void stop() {
        tell("stop and start");
        restart(SIGTERM);
    }

    // ---- What must hold throughout

    /// An order reaches the sink that never fails, whatever the others do.
    void probe() {
        if (!is_well() || !chance(random_, 40))
            return;
        const auto number = 10'000 + static_cast<long long>(story_.size());
        acknowledged_event about;
        about.endpoint = "jumpseller";
        about.subject = "order/" + std::to_string(number);
        about.email = "probe@example.com";
        about.sent = steady::now();
        const auto told = running_->send(jumpseller_request(
            "order_paid", order_body(number, about.email, "probe " + std::to_string(++probes_))));
        if (told.status != 200)
            return;
        about.id = told.id;
        about.answered = steady::now();
        ledger_.add(about);
        auto& target = *sinks_.front();
        const auto is_there = [&] {
            const auto all = target.arrivals();
            return std::any_of(all.rbegin(), all.rend(), [&](const came& one) { return one.id == told.id; });
        };
        EXPECT_TRUE(eventually(is_there, probe_bound))
            << "an order does not reach a sink that never fails: " << ask("GET", "/api/sinks").text;
    }

    /// Somebody looks, all the time.
    void observe() {
        std::mt19937_64 random(seed_ + 2000);
        while (!resting_) {
            sleep_for(std::chrono::milliseconds(20 + below(random, 100)));
            std::string target;
            switch (below(random, 7)) {
                case 0:
                    target = "/healthz";
                    break;
                case 1:
                    target = "/readyz";
                    break;
                case 2:
                    target = "/metrics";
                    break;
                case 3:
                    target = "/api/events?limit=50";
                    break;
                case 4:
                    target = "/api/dead?limit=50";
                    break;
                case 5:
                    target = "/api/sinks";
                    break;
                default:
                    if (const auto one = ledger_.any_event(random))
                        target = "/api/events/" + one->id;
            }
            const std::shared_lock present(alive_);
            if (!target.empty() && !resting_)
                (void)ask("GET", target);
        }
    }

    operator_answer ask(const std::string& method, const std::string& target, const std::string& body = {}) {
        const auto begun = steady::now();
        auto told = operator_->ask(method, target, body);
        const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(steady::now() - begun);
        slowest_ = std::max<long long>(slowest_, took.count());
        EXPECT_LE(took, answer_bound) << method << ' ' << target;
        EXPECT_NE(told.status, 0U) << method << ' ' << target << " is not answered";
        EXPECT_NE(told.status, 500U) << method << ' ' << target << ' ' << told.text;
        return told;
    }

    // ---- What must hold at the end

    bool is_settled() {
        std::vector<std::string> dead;
        for (const auto& one : ask("GET", "/api/sinks").document.value("sinks", nlohmann::json::array())) {
            if (one["lag"]["events"] != 0 || one.value("in_flight", 1) != 0)
                return false;
            if (one["dead"] != 0)
                dead.push_back(one["name"]);
        }
        for (const auto& name : dead)
            (void)ask("POST", "/api/dead/" + name + "/retry");
        for (const auto& one : sinks_)
            one->heal();  // reads what still stands in a FIFO
        return dead.empty();
    }

    void judge_erasure(const std::vector<acknowledged_event>& events) {
        std::size_t looked_at = 0;
        for (const auto& one : events) {
            if (looked_at < 50 && ledger_.must_be_erased(one)) {
                ++looked_at;
                EXPECT_EQ(ask("GET", "/api/events/" + one.id).status, 404U) << one.id << " was erased";
            }
        }
    }

    void judge(attacked_sink& sink, const std::vector<acknowledged_event>& events) {
        std::unordered_map<std::string, std::uint64_t> first;
        std::vector<std::string> in_order;
        for (const auto& one : sink.arrivals()) {
            if (first.emplace(one.id, one.place).second)
                in_order.push_back(one.id);
        }
        const auto aside = sink.aside();
        std::unordered_map<std::string, const acknowledged_event*> known;
        std::size_t missing = 0;
        for (const auto& one : events) {
            known.emplace(one.id, &one);
            const bool is_there = first.contains(one.id) || aside.contains(one.id);
            const auto due = ledger_.what_is_due(one, sink.name());
            if (!is_there && due == attack_ledger::due::certainly && !is_accounted_for(one, sink.name()) &&
                ++missing <= 5)
                ADD_FAILURE() << sink.name() << " has never had " << one.id << " (" << one.subject
                              << ", turn " << one.turn << ", from " << one.endpoint
                              << "): " << ask("GET", "/api/events/" + one.id).text;
            if (is_there && due == attack_ledger::due::never &&
                !ledger_.was_replayed(one, sink.name(), first.contains(one.id) ? first[one.id] : anywhere))
                ADD_FAILURE() << sink.name() << " has " << one.id << ", which no route led there";
        }
        EXPECT_LE(missing, 5U) << "... and more";
        judge_order(sink.name(), in_order, known, first, aside);
        std::size_t strangers = 0;
        for (const auto& id : in_order)
            strangers += known.contains(id) ? 0U : 1U;
        EXPECT_LE(strangers, ledger_.unanswered()) << sink.name() << " has events that nobody sent";
    }

    /// It is not at the sink because a person wanted it so, or is a dead letter that a person sees.
    bool is_accounted_for(const acknowledged_event& one, const std::string& sink) {
        if (ledger_.may_be_erased(one))
            return true;
        const auto state = delivery_of(one.id, sink).value("state", "");
        return state == "dead" || (state == "dropped" && ledger_.may_be_dropped(one, sink));
    }

    nlohmann::json delivery_of(const std::string& id, const std::string& sink) {
        for (const auto& one :
             ask("GET", "/api/events/" + id).document.value("deliveries", nlohmann::json::array())) {
            if (one["sink"] == sink)
                return one;
        }
        return nlohmann::json::object();
    }

    using known_events = std::unordered_map<std::string, const acknowledged_event*>;
    using first_places = std::unordered_map<std::string, std::uint64_t>;

    /// Events of one subject came for the first time in the order they were accepted, but for those that a
    /// person replayed before, and dead letters, which let the next ones pass. What was erased tells neither.
    void judge_order(const std::string& sink, const std::vector<std::string>& in_order,
                     const known_events& known, const first_places& first,
                     const std::set<std::string>& aside) {
        std::unordered_map<std::string, std::vector<const acknowledged_event*>> before;
        std::size_t wrong = 0;
        const auto is_excused = [&](const acknowledged_event& one) {
            return aside.contains(one.id) || ledger_.was_replayed(one, sink, first.at(one.id)) ||
                   ledger_.may_be_erased(one) || was_dead(one.id, sink);
        };
        for (const auto& id : in_order) {
            const auto found = known.find(id);
            if (found == known.end())
                continue;
            const auto& late = *found->second;
            auto& earlier = before[late.subject];
            const auto overtook = std::find_if(earlier.begin(), earlier.end(), [&](const auto* one) {
                return one->turn > late.turn && !is_excused(*one);
            });
            if (overtook != earlier.end() && !is_excused(late) && ++wrong <= 5)
                ADD_FAILURE() << sink << ": " << (*overtook)->id << " came before " << late.id << " of "
                              << late.subject << "\n"
                              << delivery_of((*overtook)->id, sink).dump() << "\n"
                              << delivery_of(late.id, sink).dump();
            earlier.push_back(&late);
        }
    }

    bool was_dead(const std::string& id, const std::string& sink) {
        const auto history = delivery_of(id, sink).value("history", nlohmann::json::array());
        return std::any_of(history.begin(), history.end(),
                           [](const nlohmann::json& one) { return one["what"] == "dead"; });
    }

    // ---- Small things

    attacked_sink& any_sink() { return *sinks_[below(random_, sinks_.size())]; }

    std::string any_configured() {
        return std::next(current_.begin(), static_cast<std::ptrdiff_t>(below(random_, current_.size())))
            ->first;
    }

    std::string any_endpoint() {
        constexpr std::array<const char*, 3> names{"jumpseller", "ejunkie", "usaepay"};
        return names.at(below(random_, names.size()));
    }

    void tell(const std::string& what) {
        const auto at = std::chrono::duration_cast<std::chrono::milliseconds>(steady::now() - begun_);
        story_.push_back(std::to_string(at.count()) + " ms: " + what);
    }

    void print_story() const {
        std::cout << "seed=" << seed_ << ", what happened:\n";
        for (const auto& one : story_)
            std::cout << "  " << one << '\n';
    }

    static std::string tail_of(const std::string& text) {
        constexpr std::size_t most = 4000;
        return text.substr(text.size() - std::min(text.size(), most));
    }

    void rest() {
        if (stores_)
            stores_->stop();
        resting_ = true;
        if (observer_.joinable())
            observer_.join();
    }

    const std::uint64_t seed_;
    const moment begun_ = steady::now();
    std::mt19937_64 random_;
    const std::set<std::string> without_;
    shop place_;
    const reserved_port port_;
    stepped_clock clock_;
    std::vector<std::unique_ptr<attacked_sink>> sinks_;
    log_under_attack* log_ = nullptr;  // one of them
    routing current_;
    attack_ledger ledger_;
    std::vector<std::string> story_;
    std::size_t lives_ = 0;
    std::size_t probes_ = 0;
    std::atomic<long long> slowest_ = 0;

    std::shared_mutex alive_;  // shared while somebody looks, alone while the daemon ends and starts
    std::optional<daemon> running_;
    std::optional<operator_line> operator_;
    std::optional<stores> stores_;
    std::atomic<bool> resting_ = false;
    std::thread observer_;
};

TEST(delivery_under_attack, every_acknowledged_event_is_where_it_is_due) {
    const auto seed = static_cast<std::uint64_t>(number_of("SHOPBELL_ATTACK_SEED", std::random_device{}()));
    const std::chrono::seconds length(number_of("SHOPBELL_ATTACK_SECONDS", 15));
    std::cout << "SHOPBELL_ATTACK_SEED=" << seed << " SHOPBELL_ATTACK_SECONDS=" << length.count()
              << std::endl;

    attack scene(seed, left_out());
    scene.go_on_for(length);
    if (scene.is_well())
        scene.settle();
    if (scene.is_well())
        scene.expect_idle();
    if (scene.is_well())
        scene.judge();
    if (scene.is_well())
        scene.end();
}

}  // namespace
}  // namespace shopbell::test
