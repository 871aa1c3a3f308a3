#include <shopbell/service/inherited_sockets.hpp>

#include "environment.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <initializer_list>
#include <string>
#include <vector>

namespace shopbell {
namespace {

constexpr int first = 3;

file_descriptor tcp(bool listens = true) {
    file_descriptor made(::socket(AF_INET, SOCK_STREAM, 0));
    EXPECT_TRUE(!listens || ::listen(made.get(), 1) == 0);
    return made;
}

file_descriptor tcp6() {
    file_descriptor made(::socket(AF_INET6, SOCK_STREAM, 0));
    EXPECT_EQ(::listen(made.get(), 1), 0);
    return made;
}

file_descriptor unix_socket() {
    file_descriptor made(::socket(AF_UNIX, SOCK_STREAM, 0));
    const ::sockaddr any{AF_UNIX, {}};
    EXPECT_EQ(::bind(made.get(), &any, sizeof any.sa_family), 0);  // the kernel finds a name
    EXPECT_EQ(::listen(made.get(), 1), 0);
    return made;
}

/// Descriptors at 3, 4, ... as the manager puts them there; what was there before comes back at the end.
class passed {
public:
    explicit passed(std::vector<file_descriptor> sockets) {
        for (auto& one : sockets)
            one = file_descriptor(::fcntl(one.get(), F_DUPFD_CLOEXEC, above));
        for (auto& one : sockets) {
            const int number = first + static_cast<int>(before_.size());
            before_.emplace_back(::fcntl(number, F_DUPFD_CLOEXEC, above));
            flags_.push_back(::fcntl(number, F_GETFD));
            ::dup2(one.get(), number);
        }
    }
    passed(const passed&) = delete;
    passed& operator=(const passed&) = delete;
    ~passed() {
        for (std::size_t i = 0; i < before_.size(); ++i) {
            const int number = first + static_cast<int>(i);
            if (before_[i]) {
                ::dup2(before_[i].get(), number);
                ::fcntl(number, F_SETFD, flags_[i]);
            }
        }
    }

private:
    static constexpr int above = 100;
    std::vector<file_descriptor> before_;
    std::vector<int> flags_;
};

std::vector<file_descriptor> list(std::initializer_list<file_descriptor (*)()> makers) {
    std::vector<file_descriptor> all;
    for (auto* const make : makers)
        all.push_back(make());
    return all;
}

class sockets_of_the_manager : public testing::Test {
protected:
    environment_variable count_{"LISTEN_FDS", "1"};
    environment_variable process_{"LISTEN_PID", std::to_string(::getpid())};
    environment_variable names_{"LISTEN_FDNAMES", "http"};
};

TEST_F(sockets_of_the_manager, are_taken_with_their_names) {
    const environment_variable three("LISTEN_FDS", "3");
    const environment_variable names("LISTEN_FDNAMES", "http:http6:admin");
    const passed sockets(list({[] { return tcp(); }, tcp6, unix_socket}));
    const auto taken = inherited_sockets();
    ASSERT_TRUE(taken) << taken.error().reason;
    ASSERT_EQ(taken->size(), 3U);
    EXPECT_EQ(taken->at(0).name, "http");
    EXPECT_EQ(taken->at(1).name, "http6");
    EXPECT_EQ(taken->at(2).name, "admin");
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(taken->at(static_cast<std::size_t>(i)).socket.get(), first + i);
}

TEST_F(sockets_of_the_manager, are_not_for_the_programs_we_start) {
    const passed sockets(list({[] { return tcp(); }}));
    const auto taken = inherited_sockets();
    ASSERT_TRUE(taken) << taken.error().reason;
    EXPECT_EQ(::fcntl(taken->front().socket.get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    EXPECT_FALSE(count_.is_set());
    EXPECT_FALSE(process_.is_set());
    EXPECT_FALSE(names_.is_set());
}

TEST_F(sockets_of_the_manager, are_taken_once) {
    const passed sockets(list({[] { return tcp(); }}));
    const auto taken = inherited_sockets();
    ASSERT_TRUE(taken);
    const auto again = inherited_sockets();
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->empty());
}

TEST_F(sockets_of_the_manager, of_another_process_are_left_alone) {
    const environment_variable other("LISTEN_PID", std::to_string(::getppid()));
    const auto taken = inherited_sockets();
    ASSERT_TRUE(taken);
    EXPECT_TRUE(taken->empty());
    EXPECT_FALSE(count_.is_set()) << "a program that we start may by chance have that id";
}

TEST_F(sockets_of_the_manager, may_be_none) {
    const environment_variable none("LISTEN_FDS", std::nullopt);
    const auto taken = inherited_sockets();
    ASSERT_TRUE(taken);
    EXPECT_TRUE(taken->empty());
}

TEST_F(sockets_of_the_manager, that_cannot_be_counted_are_an_error) {
    const environment_variable strange("LISTEN_FDS", "many");
    const auto taken = inherited_sockets();
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().reason,
              "the service manager's sockets (LISTEN_FDS) cannot be taken: Invalid argument");
}

struct fault_row {
    std::string name;
    file_descriptor (*make)();
    std::string said;
};

class a_descriptor_of_the_manager : public sockets_of_the_manager,
                                    public testing::WithParamInterface<fault_row> {};

TEST_P(a_descriptor_of_the_manager, must_be_a_listening_stream_socket) {
    std::vector<file_descriptor> one;
    one.push_back(GetParam().make());
    const passed sockets(std::move(one));
    const auto taken = inherited_sockets();
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, errc::io);
    EXPECT_EQ(taken.error().reason, "descriptor 3 (http) from the service manager " + GetParam().said);
    EXPECT_EQ(::fcntl(first, F_GETFD), -1) << "it is still open";
}

INSTANTIATE_TEST_SUITE_P(
    kinds, a_descriptor_of_the_manager,
    testing::Values(
        fault_row{"a_file", [] { return file_descriptor(::open("/dev/null", O_RDWR)); }, "is no socket"},
        fault_row{"a_datagram_socket", [] { return file_descriptor(::socket(AF_INET, SOCK_DGRAM, 0)); },
                  "is no stream socket: the socket unit takes ListenStream="},
        fault_row{"a_socket_that_does_not_listen", [] { return tcp(false); },
                  "does not listen: the socket unit takes Accept=no"},
        fault_row{"another_family", [] { return file_descriptor(::socket(AF_NETLINK, SOCK_RAW, 0)); },
                  "is neither a TCP nor a unix socket"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace shopbell
