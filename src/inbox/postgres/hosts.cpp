#include "hosts.hpp"

#include "schema.hpp"

#include <boost/asio/ip/address.hpp>
#include <netdb.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <string_view>
#include <thread>
#include <utility>

namespace shopbell::postgres {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds connect_patience{2}, examine_patience{4}, last_for{30};
constexpr auto system_authorities = "/etc/ssl/certs/ca-certificates.crt";

std::optional<boost::asio::ip::address> literal_address(const std::string& host) {
    boost::system::error_code malformed;
    const auto address = boost::asio::ip::make_address(host, malformed);
    return malformed ? std::nullopt : std::optional(address);
}

/// Whether the way to it needs no TLS.
bool is_this_machine(const std::string& host) {
    if (host.starts_with('/') || host == "localhost")
        return true;
    const auto address = literal_address(host);
    return address && address->is_loopback();
}

/// Blocks, for as long as the system's resolver likes.
std::vector<std::string> find_addresses(const std::string& host) {
    struct free_list {
        void operator()(::addrinfo* list) const noexcept { ::freeaddrinfo(list); }
    };
    ::addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    ::addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0)
        return {};
    const std::unique_ptr<::addrinfo, free_list> list(found);
    std::vector<std::string> addresses;
    for (const auto* each = list.get(); each != nullptr; each = each->ai_next) {
        std::array<char, NI_MAXHOST> text{};
        if (::getnameinfo(each->ai_addr, each->ai_addrlen, text.data(), text.size(), nullptr, 0,
                          NI_NUMERICHOST) == 0)
            addresses.emplace_back(text.data());
    }
    return addresses;
}

}  // namespace

bool known_inbox::is(const std::string& name) {
    const std::lock_guard guard(mutex_);
    if (name_.empty())
        name_ = name;
    return name_ == name;
}

server server_of(const postgres_settings& chosen, const std::string& host) {
    server at;
    at.host = host;
    at.port = chosen.port;
    at.database = chosen.database;
    at.user = chosen.user;
    at.password = chosen.password;
    at.ca_file = chosen.ca_file;
    if (at.ca_file.empty() && !is_this_machine(host))
        at.ca_file = system_authorities;
    return at;
}

bool is_foreign(std::string_view version) noexcept {
    // FOR UPDATE of the one is best effort, sequences of the other have a cache for each connection: numbers
    // would not become visible in their order.
    constexpr std::array<std::string_view, 3> products = {"CockroachDB", "Yugabyte", "-YB-"};
    return std::ranges::any_of(products, [version](std::string_view product) {
        return version.find(product) != std::string_view::npos;
    });
}

durability demand_of(const postgres_settings& chosen) noexcept {
    return chosen.standby == standby_demand::required ? durability::standby : durability::primary_only;
}

/// Of a name, on a thread that nobody waits for longer than he likes.
class host_rotation::lookup {
public:
    explicit lookup(const std::string& host) : work_(std::make_shared<work>()) {
        std::thread([work = work_, host] {
            auto found = find_addresses(host);
            const std::lock_guard guard(work->mutex);
            work->addresses = std::move(found);
            work->ended.notify_one();
        }).detach();
    }

    /// Nothing before it has ended.
    std::optional<std::vector<std::string>> wait(deadline until) {
        std::unique_lock lock(work_->mutex);
        work_->ended.wait_until(lock, until, [&] { return work_->addresses.has_value(); });
        return work_->addresses;
    }

private:
    struct work {
        std::mutex mutex;
        std::condition_variable ended;
        std::optional<std::vector<std::string>> addresses;
    };
    std::shared_ptr<work> work_;
};

host_rotation::host_rotation(const postgres_settings& chosen, std::shared_ptr<known_inbox> inbox,
                             meanwhile while_waiting)
    : wanted_(demand_of(chosen)), inbox_(std::move(inbox)), while_waiting_(std::move(while_waiting)) {
    for (const auto& host : chosen.hosts) {
        candidate next;
        next.at = server_of(chosen, host);
        servers_.push_back(std::move(next));
    }
}

host_rotation::~host_rotation() = default;
host_rotation::host_rotation(host_rotation&&) noexcept = default;
host_rotation& host_rotation::operator=(host_rotation&&) noexcept = default;

void host_rotation::put_last(const std::string& host) {
    for (auto& each : servers_) {
        if (each.at.host == host)
            each.last_until = clock::now() + last_for;
    }
}

std::vector<host_rotation::candidate*> host_rotation::in_order(const std::string& without) {
    std::vector<candidate*> order, last;
    const auto at = clock::now();
    for (std::size_t i = 0; i < servers_.size(); ++i) {
        auto& next = servers_[(current_ + i) % servers_.size()];
        if (without.empty() || next.at.host != without)
            (next.last_until <= at ? order : last).push_back(&next);
    }
    order.insert(order.end(), last.begin(), last.end());
    return order;
}

answer<connection> host_rotation::open(const std::string& without) {
    error refused{errc::unavailable, "", ""};
    for (auto* const next : in_order(without)) {
        auto opened = open_one(*next);
        if (opened) {
            current_ = static_cast<std::size_t>(next - servers_.data());
            return opened;
        }
        if (!refused.reason.empty())
            refused.reason += "; ";
        refused.reason += opened.error().reason;
    }
    if (refused.reason.empty())
        refused.reason = "there is no other PostgreSQL server to ask";
    return refused;
}

answer<connection> host_rotation::open_one(candidate& host) {
    if (auto found = look_up(host, clock::now() + connect_patience); !found)
        return found.error();
    answer<connection> opened = error{errc::unavailable, "", ""};
    for (const auto& address : host.addresses) {
        host.at.address = address;
        opened = connection::open(host.at, clock::now() + connect_patience, while_waiting_);
        if (opened)
            break;
    }
    if (!opened)
        return opened;
    if (auto fit = examine(*opened, clock::now() + examine_patience); !fit) {
        put_last(host.at.host);
        return fit.error();
    }
    return opened;
}

/// Where the resolver does not answer in time, the addresses of the last time do.
answer<void> host_rotation::look_up(candidate& host, deadline until) {
    const auto& name = host.at.host;
    if (name.starts_with('/') || literal_address(name)) {
        host.addresses = {std::string()};
        return {};
    }
    if (!host.name)
        host.name = std::make_shared<lookup>(name);
    std::optional<std::vector<std::string>> found;
    while (!found && clock::now() < until)
        found = host.name->wait(while_waiting_ ? std::min(until, while_waiting_()) : until);
    if (found)
        host.name.reset();
    if (found && !found->empty())
        host.addresses = *std::move(found);
    if (!host.addresses.empty())
        return {};
    std::string reason = "PostgreSQL on ";
    reason += name;
    reason += found ? ": no address is known for this name" : ": its name is not looked up in time";
    return error{errc::unavailable, "", reason};
}

/// Whether what is stored there would be as safe as it has to be.
answer<void> host_rotation::examine(connection& fresh, deadline until) const {
    const auto refuse = [&](std::string_view why) {
        return error{errc::unavailable, "", fresh.describe(why)};
    };
    const auto told = fresh.run_all({{"SELECT version(), pg_backend_pid()", {}}, make_guard()}, until);
    if (!told)
        return told.error();
    if (is_foreign(told->at(0).bytes(0, 0)))
        return refuse("it is no PostgreSQL but another product, which does not keep the order of events");
    if (told->at(0).number(0, 1) != fresh.server_process())
        return refuse("a pooler answers for it: give its own port in [inbox.postgres]");
    if (wanted_ == durability::standby) {
        if (auto durable = check_guard(fresh, told->at(1)); !durable)
            return durable;
    }
    const auto name = prepare_schema(fresh, until);
    if (!name)
        return name.error();
    if (!inbox_->is(*name))
        return error{
            errc::corrupt, "",
            fresh.describe("it holds another inbox than the one that this daemon began with; restart "
                           "shopbell if that is meant so")};
    return {};
}

}  // namespace shopbell::postgres
