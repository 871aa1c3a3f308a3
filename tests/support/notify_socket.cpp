#include "support/notify_socket.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <system_error>

namespace shopbell::test {
namespace {

constexpr std::chrono::seconds longest_silence{60};

class socket_name {
public:
    explicit socket_name(const std::string& text) {
        name_.sun_family = AF_UNIX;
        std::memcpy(name_.sun_path, text.data(), text.size());
        if (text.front() == '@')
            name_.sun_path[0] = '\0';
        size_ = static_cast<::socklen_t>(offsetof(::sockaddr_un, sun_path) + text.size());
    }
    [[nodiscard]] const ::sockaddr* get() const noexcept {
        const void* any = &name_;
        return static_cast<const ::sockaddr*>(any);
    }
    [[nodiscard]] ::socklen_t size() const noexcept { return size_; }

private:
    ::sockaddr_un name_{};
    ::socklen_t size_ = 0;
};

int bound(const std::string& address) {
    const int made = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const socket_name name(address);
    if (made < 0 || ::bind(made, name.get(), name.size()) != 0)
        throw std::system_error(errno, std::generic_category(), "notify socket");
    return made;
}

bool has_line(std::string_view message, std::string_view wanted) {
    for (;;) {
        const auto end = std::min(message.find('\n'), message.size());
        const auto line = message.substr(0, end);
        if (line == wanted || (wanted.ends_with('=') && line.starts_with(wanted)))
            return true;
        if (end == message.size())
            return false;
        message.remove_prefix(end + 1);
    }
}

}  // namespace

notify_socket::notify_socket(const std::string& abstract_name)
    : address_(abstract_name.empty() ? folder_.file("notify") : abstract_name),
      socket_(bound(address_)),
      reader_([this] { read(); }) {}

notify_socket::~notify_socket() {
    // No service sends an empty message: the end, for our own thread.
    const socket_name name(address_);
    while (::sendto(socket_.get(), "", 0, 0, name.get(), name.size()) < 0 && errno == EINTR) {
    }
    reader_.join();
}

void notify_socket::read() {
    std::array<char, 8192> block{};
    for (;;) {
        const auto size = ::recv(socket_.get(), block.data(), block.size(), 0);
        if (size == 0 || (size < 0 && errno != EINTR))
            return;
        if (size < 0)
            continue;
        const std::lock_guard lock(mutex_);
        messages_.emplace_back(block.data(), static_cast<std::size_t>(size));
        more_.notify_all();
    }
}

std::vector<std::string> notify_socket::messages() const {
    const std::lock_guard lock(mutex_);
    return messages_;
}

std::size_t notify_socket::wait_for(std::string_view line, std::size_t from) const {
    std::unique_lock lock(mutex_);
    const auto bound = std::chrono::steady_clock::now() + longest_silence;
    for (;;) {
        for (; from < messages_.size(); ++from) {
            if (has_line(messages_[from], line))
                return from;
        }
        if (more_.wait_until(lock, bound) == std::cv_status::timeout) {
            ADD_FAILURE() << "no message says " << line << ": " << ::testing::PrintToString(messages_);
            return from;
        }
    }
}

std::size_t notify_socket::count(std::string_view line) const {
    const std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(
        std::ranges::count_if(messages_, [line](const std::string& one) { return has_line(one, line); }));
}

}  // namespace shopbell::test
