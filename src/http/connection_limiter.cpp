#include "connection_limiter.hpp"

#include <algorithm>
#include <utility>

namespace shopbell::http {

namespace {

namespace ip = boost::asio::ip;

ip::address counted_as(const ip::address& client) {
    if (client.is_v4())
        return client;
    auto bytes = client.to_v6().to_bytes();
    std::fill(bytes.begin() + bytes.size() / 2, bytes.end(), static_cast<unsigned char>(0));
    return ip::address_v6(bytes);
}

}  // namespace

connection_slot::connection_slot(connection_limiter& all, const ip::address& client)
    : all_(&all), client_(client) {}

connection_slot::connection_slot(connection_slot&& other) noexcept
    : all_(std::exchange(other.all_, nullptr)), client_(other.client_) {}

connection_slot& connection_slot::operator=(connection_slot&& other) noexcept {
    std::swap(all_, other.all_);
    std::swap(client_, other.client_);
    return *this;
}

connection_slot::~connection_slot() {
    if (all_ != nullptr)
        all_->give_back(client_);
}

std::optional<connection_slot> connection_limiter::take(const ip::address& client) {
    if (most_ == 0)
        return connection_slot();
    const auto counted = counted_as(client);
    const std::lock_guard lock(mutex_);
    auto& count = open_[counted];
    if (count >= most_)
        return std::nullopt;
    ++count;
    return connection_slot(*this, counted);
}

std::size_t connection_limiter::clients() const {
    const std::lock_guard lock(mutex_);
    return open_.size();
}

void connection_limiter::give_back(const ip::address& client) noexcept {
    const std::lock_guard lock(mutex_);
    const auto found = open_.find(client);
    if (--found->second == 0)
        open_.erase(found);
}

std::string describe_client(const ip::address& client) {
    const auto text = counted_as(client).to_string();
    return client.is_v4() ? text : text + "/64";
}

}  // namespace shopbell::http
