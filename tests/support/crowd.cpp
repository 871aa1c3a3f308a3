#include "support/crowd.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

namespace shopbell::test {
namespace {

file_descriptor connect_one(std::uint16_t port, bool reads) {
    file_descriptor made(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int smallest = 1;
    if (!reads)
        ::setsockopt(made.get(), SOL_SOCKET, SO_RCVBUF, &smallest, sizeof smallest);
    ::sockaddr_in there{};
    there.sin_family = AF_INET;
    there.sin_port = htons(port);
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const void* const address = &there;
    if (::connect(made.get(), static_cast<const ::sockaddr*>(address), sizeof there) != 0)
        throw std::system_error(errno, std::generic_category(), "connect one of a crowd");
    return made;
}

void send_some(int socket, std::string_view bytes) {
    (void)::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

std::size_t most_connections() {
    constexpr std::size_t others = 200;
    ::rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    return files.rlim_cur - std::min<std::size_t>(files.rlim_cur, others);
}

crowd::crowd(std::uint16_t port, std::size_t count, const manner& how) : reads_(how.reads) {
    (void)most_connections();
    for (std::size_t i = 0; i < count; ++i) {
        members_.push_back({connect_one(port, how.reads), {}});
        send_some(members_.back().socket.get(), how.first);
    }
}

void crowd::send(std::string_view bytes) {
    for (const auto& one : members_) {
        if (one.socket)
            send_some(one.socket.get(), bytes);
    }
}

std::size_t crowd::open_after(std::chrono::milliseconds time) {
    const short wanted = reads_ ? POLLIN : 0;
    std::vector<::pollfd> all;
    for (const auto& one : members_)
        all.push_back({one.socket ? one.socket.get() : -1, wanted, 0});
    if (::poll(all.data(), all.size(), static_cast<int>(time.count())) > 0) {
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (all[i].revents != 0)
                look_at(members_[i]);
        }
    }
    return static_cast<std::size_t>(
        std::count_if(members_.begin(), members_.end(), [](const member& one) { return bool(one.socket); }));
}

void crowd::look_at(member& one) const {
    std::array<char, 4096> bytes{};
    const auto size =
        reads_ ? ::recv(one.socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT) : ::ssize_t{0};
    if (size > 0)
        one.heard.append(bytes.data(), static_cast<std::size_t>(size));
    else if (size == 0 || errno != EAGAIN)
        one.socket = file_descriptor();
}

std::size_t crowd::answered(unsigned status) const {
    const auto line = "HTTP/1.1 " + std::to_string(status) + ' ';
    return static_cast<std::size_t>(std::count_if(
        members_.begin(), members_.end(), [&](const member& one) { return one.heard.starts_with(line); }));
}

usage usage_of(::pid_t process) {
    namespace fs = std::filesystem;
    const std::string folder = "/proc/" + std::to_string(process);
    usage found;
    found.descriptors = static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder + "/fd"), fs::directory_iterator()));
    std::ifstream status(folder + "/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:"))
            found.resident_kib = std::stoll(line.substr(6));
        if (line.starts_with("VmHWM:"))
            found.peak_kib = std::stoll(line.substr(6));
    }
    std::ifstream stat(folder + "/stat");
    const std::string text((std::istreambuf_iterator<char>(stat)), {});
    std::istringstream fields(text.substr(text.rfind(')') + 1));
    constexpr int before_times = 11;  // state to cmajflt, see proc(5)
    std::string skipped;
    for (int i = 0; i < before_times; ++i)
        fields >> skipped;
    long long user = 0, system = 0;
    fields >> user >> system;
    found.cpu = std::chrono::milliseconds((user + system) * 1000 / ::sysconf(_SC_CLK_TCK));
    return found;
}

}  // namespace shopbell::test
